// SPDX-License-Identifier: Apache-2.0
// The history of this visit.

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
