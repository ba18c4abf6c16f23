// SPDX-License-Identifier: Apache-2.0
// What makes the page quicker to use; without it everything but the click on a sample works too.
"use strict";

const form = document.getElementById("upload");
const input = document.getElementById("myfile");

function send(file) {
    const chosen = new DataTransfer();
    chosen.items.add(file);
    input.files = chosen.files;
    form.requestSubmit();
}

for (const sample of document.querySelectorAll(".samples a")) {
    sample.removeAttribute("download");
    sample.addEventListener("click", async (event) => {
        event.preventDefault();
        const answer = await fetch(sample.href);
        const picture = await answer.blob();
        send(new File([picture], sample.href.split("/").pop(), { type: picture.type }));
    });
}
