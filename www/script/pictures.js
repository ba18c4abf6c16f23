// SPDX-License-Identifier: Apache-2.0
// Pictures: chosen, dropped, pasted, photographed, clicked.

let picture_url = null;
let shown_files = []; // what the preview shows the first of

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
    const sections = await ask(await all_made_fit(files));
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

input.accept = "image/*"; // the browser may know more formats than the server, and converts them
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

// Null where the server does not give it.
async function fetched(url) {
    try {
        const response = await fetch(url);
        const picture = response.ok && await response.blob();
        return picture && new File([picture], url.split("/").pop(), { type: picture.type });
    } catch {
        return null;
    }
}

for (const sample of document.querySelectorAll(".samples a")) {
    sample.removeAttribute("download");
    sample.addEventListener("click", async (event) => {
        event.preventDefault();
        const turn = ++latest;
        const picture = await fetched(sample.href);
        if (turn !== latest) return;
        if (picture) read_files([picture]);
        else show([refusal("No answer", "The sample could not be fetched from the server. Check the " +
            "connection and click it again.")]);
    });
}
