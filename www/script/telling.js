// SPDX-License-Identifier: Apache-2.0
// What a screen reader is told.

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
