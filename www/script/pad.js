// SPDX-License-Identifier: Apache-2.0
// The drawing pad: strokes, and how they look.

// A stroke is {size, points: [{x, y, pressure}]}; everything in parts of the pad's edge.
const pad = {
    canvas: byId("canvas"),
    strokes: [],
    drawing_id: 0, // whose strokes they are: one for each drawing, from empty to cleared
    drawings: 0, // how many there have been
    past: [], // what undo goes back to: {strokes, drawing_id}
    stroke: null, // the one that is being drawn
    cursor: null, // {x, y} where the keyboard draws

    begin(point) {
        this.remember();
        if (this.strokes.length === 0) this.drawing_id = ++this.drawings;
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

    remember() {
        this.past.push({ strokes: this.strokes, drawing_id: this.drawing_id });
    },

    undo() {
        if (this.past.length === 0) return;
        this.end();
        Object.assign(this, this.past.pop());
        show_picture(null);
        this.changed();
    },

    // What was drawn makes room for another picture; undo brings it back.
    set_aside() {
        this.end();
        if (this.strokes.length > 0) this.remember();
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
