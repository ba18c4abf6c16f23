// SPDX-License-Identifier: Apache-2.0
// Corrections, where the server takes them.

answer.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-correct]");
    if (!button) return;
    drawing.settle();
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
        if (response.ok) {
            box.textContent = said;
            focus_on(box);
        }
    } catch {
        said = "It could not be stored: the server could not be reached.";
    }
    if (box.textContent !== said) box.querySelector("p").textContent = said;
    tell(said);
});
