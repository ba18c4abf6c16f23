// SPDX-License-Identifier: Apache-2.0
// What makes the page quick: the drawing pad, drop, paste, camera, answers without a reload, the
// history of this visit. The answer itself is always the server's HTML, as a form post gets it;
// without this script everything but drawing works too. Nothing is kept beyond the page.
"use strict";

const byId = (id) => document.getElementById(id);
const form = byId("upload");
const input = byId("myfile");
const answer = byId("answer");
const preview = byId("preview");

document.documentElement.classList.add("js");
form.noValidate = true; // a drawing is as good as a file

// ---- What a screen reader is told ---------------------------------------------------------------

let telling;

// Once things are quiet, so that an answer that changes with each stroke is told once.
function tell(sentence, quiet_ms = 0) {
    clearTimeout(telling);
    telling = setTimeout(() => (byId("status").textContent = sentence), quiet_ms);
}

function sentences(sections) {
    return sections.map((section) => {
        const parts = section.querySelectorAll(".sentence, .sureness, .doubt, .warning, .refusal p");
        return [...parts].map((part) => part.textContent.trim()).join(". ");
    }).join(" ");
}

// ---- Asking the server --------------------------------------------------------------------------

let latest = 0;

function refusal(title, message) {
    const section = document.createElement("section");
    section.className = "sheet refusal";
    section.setAttribute("role", "alert");
    section.setAttribute("aria-label", title);
    const heading = document.createElement("h2");
    heading.textContent = title;
    const paragraph = document.createElement("p");
    paragraph.textContent = message;
    section.append(heading, paragraph);
    return section;
}

// The sections of the page that a post of these files is answered with.
async function ask(files) {
    const data = new FormData();
    for (const file of files) data.append("myfile", file, file.name || "picture");
    const start = performance.now();
    try {
        const response = await fetch(form.action, {
            method: "POST", body: data, headers: { Accept: "text/html" }, cache: "no-store",
        });
        const page = new DOMParser().parseFromString(await response.text(), "text/html");
        const took_ms = Math.max(1, Math.round(performance.now() - start));
        const sections = [...(page.getElementById("answer")?.children ?? [])];
        if (sections.length === 0)
            return [refusal(`Error ${response.status}`, `The server answered ${response.status} ` +
                `${response.statusText}. Try again, or send a smaller picture.`)];
        for (const time of page.querySelectorAll(".time"))
            time.textContent = `Answered in ${took_ms} ms, there and back.`;
        document.title = page.title;
        return sections.map((section) => document.importNode(section, true));
    } catch {
        return [refusal("No answer", "The server could not be reached. Check the connection and " +
            "try again; what you drew or chose is still here.")];
    }
}

// The bars grow from where they were.
function show(sections) {
    const before = [...answer.querySelectorAll("meter")].map((meter) => meter.value);
    answer.replaceChildren(...sections);
    const meters = [...answer.querySelectorAll("meter")];
    if (before.length !== meters.length) return;
    const after = meters.map((meter) => meter.value);
    meters.forEach((meter, i) => (meter.value = before[i]));
    answer.getBoundingClientRect(); // lays out, so that the change is a change
    meters.forEach((meter, i) => (meter.value = after[i]));
}

// ---- Pictures: chosen, dropped, pasted, photographed, clicked -----------------------------------

const kServerTypes = ["image/png", "image/jpeg", "image/gif"];
const kLongestEdge = 1600;
const max_bytes = Number(form.dataset.maxBytes) || 1 << 20;
let picture_url = null;
let shown_files = []; // what the preview shows the first of

// What the server does not take but the browser can show, such as a phone's 12 megapixels or WebP,
// is drawn anew. What the browser cannot show goes as it is, for the server to say what is wrong.
async function made_fit(file) {
    if (kServerTypes.includes(file.type) && file.size <= max_bytes) return file;
    let bitmap;
    try {
        bitmap = await createImageBitmap(file);
    } catch {
        return file;
    }
    const scale = Math.min(1, kLongestEdge / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff"; // what is transparent is paper
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9));
    return new File([blob], "picture.jpg", { type: "image/jpeg" });
}

function show_picture(url) {
    const image = preview.querySelector("img");
    image.hidden = false;
    preview.querySelector("p").hidden = true;
    if (url) image.src = url;
    else image.removeAttribute("src");
    preview.hidden = !url;
    picture_url = url;
    byId("clear").disabled = !url && pad.strokes.length === 0;
    byId("clear").lastChild.textContent = url ? "Draw again" : "Clear";
}

preview.querySelector("img").addEventListener("error", (event) => {
    event.target.hidden = true;
    preview.querySelector("p").hidden = false;
});

async function read_files(chosen) {
    const files = [...chosen];
    if (files.length === 0) return;
    const turn = ++latest;
    shown_files = files;
    pad.set_aside();
    show_picture(URL.createObjectURL(files[0]));
    form.setAttribute("aria-busy", "true");
    tell(files.length === 1 ? "Reading the picture" : `Reading ${files.length} pictures`);
    const sections = await ask(await Promise.all(files.map(made_fit)));
    form.removeAttribute("aria-busy");
    if (turn !== latest) return;
    show(sections);
    tell(sentences(sections.filter((section) => !section.matches("[role=alert]"))));
    const urls = files.map((file, i) => (i === 0 ? picture_url : URL.createObjectURL(file)));
    sections.forEach((section, i) => visit.add(section, { url: urls[i] ?? null, file: files[i] }));
    bring_into_view();
}

function bring_into_view() {
    const { top } = answer.getBoundingClientRect();
    if (top > window.innerHeight * 0.75)
        answer.scrollIntoView({
            block: "nearest",
            behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth",
        });
}

// Emptied, so that the same file may be chosen once more.
function read_input(control) {
    const files = [...control.files];
    control.value = "";
    read_files(files);
}

input.addEventListener("change", () => read_input(input));
byId("camera").addEventListener("change", () => read_input(byId("camera")));

form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!preview.hidden) read_files(shown_files);
    else if (pad.strokes.length > 0) pad.changed();
    else {
        answer.replaceChildren(refusal("No picture yet",
            "Draw a digit on the pad, or choose a picture, drop one on the page or paste one."));
        byId("canvas").focus();
    }
});

addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files];
    if (files.length === 0) return;
    event.preventDefault();
    read_files(files);
});

let dragged_over = 0; // how many nested elements the drag has entered
const has_files = (event) => event.dataTransfer?.types.includes("Files");
function mark_drop(change) {
    dragged_over = Math.max(0, dragged_over + change);
    form.classList.toggle("drop-here", dragged_over > 0);
}
addEventListener("dragenter", (event) => has_files(event) && mark_drop(1));
addEventListener("dragleave", (event) => has_files(event) && mark_drop(-1));
addEventListener("dragover", (event) => {
    if (!has_files(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
});
addEventListener("drop", (event) => {
    if (!has_files(event)) return;
    event.preventDefault();
    mark_drop(-dragged_over);
    read_files(event.dataTransfer.files);
});

for (const sample of document.querySelectorAll(".samples a")) {
    sample.removeAttribute("download");
    sample.addEventListener("click", async (event) => {
        event.preventDefault();
        const picture = await (await fetch(sample.href)).blob();
        read_files([new File([picture], sample.href.split("/").pop(), { type: picture.type })]);
    });
}

// ---- The drawing pad ----------------------------------------------------------------------------

// A stroke is {size, points: [{x, y, pressure}]}; everything in parts of the pad's edge.
const pad = {
    canvas: byId("canvas"),
    strokes: [],
    past: [], // what undo goes back to: arrays of strokes
    stroke: null, // the one that is being drawn
    cursor: null, // {x, y} where the keyboard draws
    drawing_id: 0, // one for each drawing, from empty to cleared

    begin(point) {
        if (this.strokes.length === 0) ++this.drawing_id;
        this.past.push(this.strokes);
        this.stroke = { size: Number(byId("brush").value) / 100, points: [point] };
        this.strokes = [...this.strokes, this.stroke];
        this.changed();
    },

    extend(points) {
        this.stroke.points.push(...points);
        this.changed();
    },

    end() {
        if (!this.stroke) return;
        const dab = this.is_dab();
        this.stroke = null;
        if (dab) drawing.want();
    },

    // The very beginning of the first stroke, which is not worth asking about before it ends.
    is_dab() {
        if (!this.stroke || this.strokes.length > 1) return false;
        const [{ x, y }] = this.stroke.points;
        return this.stroke.points.every((p) => Math.hypot(p.x - x, p.y - y) < 0.12);
    },

    undo() {
        if (this.past.length === 0) return;
        this.end();
        this.strokes = this.past.pop();
        show_picture(null);
        this.changed();
    },

    // What was drawn makes room for another picture; undo brings it back.
    set_aside() {
        this.end();
        if (this.strokes.length > 0) this.past.push(this.strokes);
        this.strokes = [];
        this.draw();
    },

    clear() {
        this.set_aside();
        show_picture(null);
        ++latest;
        show([kEmptyAnswer.cloneNode(true)]);
        tell("Cleared");
    },

    changed() {
        this.draw();
        if (this.strokes.length === 0) this.clear();
        else if (!this.is_dab()) drawing.want();
    },

    draw() {
        const context = this.canvas.getContext("2d");
        const edge = this.canvas.width;
        context.clearRect(0, 0, edge, edge);
        ink(context, edge, this.strokes, getComputedStyle(this.canvas).color);
        if (this.cursor && this.canvas.matches(":focus")) {
            context.beginPath();
            context.arc(this.cursor.x * edge, this.cursor.y * edge, 14, 0, 2 * Math.PI);
            context.lineWidth = this.stroke ? 8 : 3;
            context.strokeStyle = getComputedStyle(this.canvas).outlineColor;
            context.stroke();
        }
        byId("hint").hidden = this.strokes.length > 0;
        byId("undo").disabled = this.past.length === 0;
        byId("clear").disabled = this.strokes.length === 0 && preview.hidden;
    },
};

// Curves through the middles of the points, as wide as the pen pressed.
function ink(context, edge, strokes, colour) {
    context.strokeStyle = context.fillStyle = colour;
    context.lineCap = context.lineJoin = "round";
    for (const { size, points } of strokes) {
        const at = (i) => points[Math.min(Math.max(i, 0), points.length - 1)];
        const middle = (a, b) => [(a.x + b.x) / 2 * edge, (a.y + b.y) / 2 * edge];
        for (let i = 0; i <= points.length; ++i) {
            const [from, via, to] = [at(i - 2), at(i - 1), at(i)];
            context.lineWidth = size * edge * (0.4 + 1.2 * via.pressure);
            context.beginPath();
            context.moveTo(...middle(from, via));
            context.quadraticCurveTo(via.x * edge, via.y * edge, ...middle(via, to));
            context.stroke();
        }
    }
}

// The drawing as a file: dark ink on white, whatever the colours of the page.
function drawn_file() {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 280;
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, 280, 280);
    ink(context, 280, pad.strokes, "#000");
    return new Promise((done) => canvas.toBlob(
        (blob) => done(new File([blob], "drawing.png", { type: "image/png" })), "image/png"));
}

// Reads the drawing while it is drawn: one request at a time, the next one with what is there then.
const drawing = {
    wanted: false,
    busy: false,

    async want() {
        this.wanted = true;
        if (this.busy) return;
        this.busy = true;
        while (this.wanted) {
            this.wanted = false;
            await this.read();
            await new Promise((done) => setTimeout(done, 60));
        }
        this.busy = false;
    },

    async read() {
        const turn = ++latest;
        const { strokes, drawing_id } = pad;
        const sections = await ask([await drawn_file()]);
        if (turn !== latest || pad.strokes.length === 0) return;
        show(sections);
        tell(sentences(sections), 900);
        if (sections[0].matches(".answer")) visit.add(sections[0], { strokes, drawing_id });
    },
};

function point_of(event) {
    const box = pad.canvas.getBoundingClientRect();
    return {
        x: (event.clientX - box.left) / box.width,
        y: (event.clientY - box.top) / box.height,
        pressure: event.pointerType === "pen" ? event.pressure : 0.5,
    };
}

pad.canvas.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button !== 0) return;
    pad.canvas.setPointerCapture(event.pointerId);
    pad.cursor = null;
    pad.begin(point_of(event));
});
pad.canvas.addEventListener("pointermove", (event) => {
    if (!pad.stroke || !event.isPrimary || pad.cursor) return;
    const all = event.getCoalescedEvents?.() ?? [];
    pad.extend((all.length > 0 ? all : [event]).map(point_of));
});
for (const end of ["pointerup", "pointercancel"])
    pad.canvas.addEventListener(end, () => pad.end());

const kSteps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

pad.canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Delete" || event.key === "Backspace") {
        pad.clear();
    } else if (event.key === " ") {
        pad.cursor ??= { x: 0.5, y: 0.5 };
        if (pad.stroke) pad.end();
        else if (preview.hidden) pad.begin({ ...pad.cursor, pressure: 0.5 });
        pad.draw();
        tell(pad.stroke ? "Pen down" : "Pen up");
    } else if (event.key in kSteps) {
        pad.cursor ??= { x: 0.5, y: 0.5 };
        const [right, down] = kSteps[event.key];
        pad.cursor.x = Math.min(1, Math.max(0, pad.cursor.x + right / 28));
        pad.cursor.y = Math.min(1, Math.max(0, pad.cursor.y + down / 28));
        if (pad.stroke) pad.extend([{ ...pad.cursor, pressure: 0.5 }]);
        else pad.draw();
    } else {
        return;
    }
    event.preventDefault();
});
pad.canvas.addEventListener("blur", () => {
    pad.end();
    pad.draw();
});
pad.canvas.addEventListener("focus", () => pad.draw());

addEventListener("keydown", (event) => {
    if (event.key !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey) return;
    event.preventDefault();
    pad.undo();
});
byId("undo").addEventListener("click", () => pad.undo());
byId("clear").addEventListener("click", () => pad.clear());

// ---- The history of this visit ------------------------------------------------------------------

const visit = {
    list: byId("visit-list"),
    most: 30,
    drawn: null, // the entry of the drawing on the pad, which changes with it

    // What was read: the picture `file` at `url`, or `strokes` of the drawing `drawing_id`.
    add(section, { url = null, file = null, strokes = null, drawing_id = null }) {
        const same = drawing_id !== null && this.drawn?.drawing_id === drawing_id;
        const item = same ? this.drawn.item : document.createElement("li");
        item.replaceChildren(this.button(section, url, file, strokes));
        if (!same) this.list.prepend(item);
        if (drawing_id !== null) this.drawn = { drawing_id, item };
        if (this.list.children.length > this.most) this.list.lastElementChild.remove();
        byId("visit").hidden = false;
    },

    button(section, url, file, strokes) {
        const button = document.createElement("button");
        const { digit } = section.dataset;
        button.type = "button";
        button.classList.toggle("unsure", !section.matches(".answer:not(.answer-uncertain)"));
        button.setAttribute("aria-label", digit ? `Read as ${digit}: show again` : "Refused: show again");
        const seen = section.querySelector(".seen img")?.src ?? url;
        if (seen) {
            const image = document.createElement("img");
            image.src = seen;
            image.alt = "";
            image.addEventListener("error", () => image.remove());
            button.append(image);
        }
        const text = document.createElement("span");
        text.textContent = digit ?? "–";
        button.append(text);
        button.addEventListener("click", () => {
            ++latest;
            pad.set_aside();
            if (strokes) pad.strokes = strokes;
            shown_files = file ? [file] : [];
            show_picture(url);
            pad.draw();
            show([section]);
            tell(sentences([section]));
            bring_into_view();
        });
        return button;
    },

    forget() {
        this.list.replaceChildren();
        this.drawn = null;
        byId("visit").hidden = true;
        tell("The history is forgotten");
    },
};
byId("forget").addEventListener("click", () => visit.forget());

// ---- Corrections, where the server takes them ---------------------------------------------------

answer.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-correct]");
    if (!button) return;
    const section = button.closest("section");
    const box = button.closest(".correction");
    const digit = Number(button.dataset.correct);
    const picture = section.querySelector(".seen img")?.src;
    let said;
    try {
        const response = await fetch(new URL("feedback", new URL(form.action, location)), {
            method: "POST",
            headers: { "Content-Type": "application/json", Accept: "application/json" },
            body: JSON.stringify({ digit, picture }),
        });
        const told = response.ok ? null : await response.json().catch(() => null);
        said = response.ok ? `Thank you. It is stored as an example of ${digit}.`
            : told?.detail ?? `It could not be stored: the server answered ${response.status}.`;
        if (response.ok) box.textContent = said;
    } catch {
        said = "It could not be stored: the server could not be reached.";
    }
    if (box.textContent !== said) box.querySelector("p").textContent = said;
    tell(said);
});

// ---- The rest -----------------------------------------------------------------------------------

async function copied(text) {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    // Over plain HTTP there is no clipboard to write to but by the old way.
    getSelection().selectAllChildren(byId("command"));
    if (!document.execCommand("copy")) throw new Error("not copied");
}

byId("copy").addEventListener("click", async () => {
    const button = byId("copy");
    try {
        await copied(byId("command").textContent);
        button.textContent = "Copied";
    } catch {
        getSelection().selectAllChildren(byId("command"));
        button.textContent = "Press Ctrl+C";
    }
    setTimeout(() => (button.textContent = "Copy"), 2500);
});

const prefers_dark = matchMedia("(prefers-color-scheme: dark)");
const is_dark = () => (document.documentElement.dataset.bsTheme ?? (prefers_dark.matches ? "dark" : "light")) === "dark";
function show_theme() {
    byId("theme").setAttribute("aria-pressed", String(is_dark()));
    pad.draw();
}
byId("theme").addEventListener("click", () => {
    document.documentElement.dataset.bsTheme = is_dark() ? "light" : "dark";
    show_theme();
});
prefers_dark.addEventListener("change", show_theme);

// The answer before there is one, for when the pad is cleared.
const kEmptyAnswer = answer.querySelector(".answer-empty")?.cloneNode(true) ?? document.createElement("section");
show_theme();
