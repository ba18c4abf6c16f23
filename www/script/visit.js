// SPDX-License-Identifier: Apache-2.0
// The history of this visit.

const visit = {
    list: byId("visit-list"),
    most: 30,

    // What was read: the picture `file` at `url`, or `drawn`, {strokes, drawing_id}, whose entry
    // changes with the drawing.
    add(section, { url = null, file = null, drawn = null }) {
        const before = drawn && this.list.querySelector(`[data-drawing="${drawn.drawing_id}"]`);
        const item = before ?? document.createElement("li");
        if (drawn) item.dataset.drawing = drawn.drawing_id;
        item.replaceChildren(this.button(section, url, file, drawn));
        if (!before) this.list.prepend(item);
        if (this.list.children.length > this.most) this.list.lastElementChild.remove();
        byId("visit").hidden = false;
    },

    button(section, url, file, drawn) {
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
            Object.assign(pad, drawn);
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
        byId("visit").hidden = true;
        focus_on(byId("samples-title")); // what follows; the button that had the focus is gone
        tell("The history is forgotten");
    },
};
byId("forget").addEventListener("click", () => visit.forget());
