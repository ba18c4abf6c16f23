// SPDX-License-Identifier: Apache-2.0
// Drawing: what the server reads of it meanwhile; mouse, finger, pen and keyboard.

// Reads the drawing while it is drawn: one request at a time, the next one with what is there then.
const drawing = {
    wanted: false,
    busy: false,
    settled: false,
    pointer: null, // the finger, pen or mouse whose stroke it is, by its pointerId

    async want() {
        this.wanted = true;
        if (this.busy) return;
        this.busy = true;
        answer.setAttribute("aria-busy", "true");
        while (this.wanted) {
            this.wanted = false;
            await this.read();
            await new Promise((done) => setTimeout(done, 60));
        }
        this.busy = false;
        answer.removeAttribute("aria-busy");
    },

    // What is shown stays, whatever is still on its way of what was drawn.
    settle() {
        this.wanted = false;
        this.settled = true;
    },

    async read() {
        if (pad.strokes.length === 0) return; // undone or cleared since it was wanted
        const turn = ++latest;
        this.settled = false;
        const drawn = { strokes: pad.strokes, drawing_id: pad.drawing_id };
        const sections = await ask([await drawn_file()]);
        if (turn !== latest || this.settled || pad.strokes.length === 0) return;
        show(sections);
        tell(sentences(sections), 900);
        if (sections[0].matches(".answer")) visit.add(sections[0], { drawn });
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

// Whether this pointer is drawing a stroke: while one does, a second finger or a palm does not.
const is_drawing = (pointer) => pad.stroke !== null && !pad.cursor && pointer === drawing.pointer;

pad.canvas.addEventListener("pointerdown", (event) => {
    if (is_drawing(drawing.pointer) || event.button !== 0) return;
    pad.canvas.setPointerCapture(event.pointerId);
    drawing.pointer = event.pointerId;
    pad.cursor = null;
    pad.begin(point_of(event));
});
pad.canvas.addEventListener("pointermove", (event) => {
    if (!is_drawing(event.pointerId)) return;
    const all = event.getCoalescedEvents?.() ?? [];
    pad.extend((all.length > 0 ? all : [event]).map(point_of));
});
for (const end of ["pointerup", "pointercancel"])
    pad.canvas.addEventListener(end, (event) => {
        if (is_drawing(event.pointerId)) pad.end();
    });

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
