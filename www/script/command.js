// SPDX-License-Identifier: Apache-2.0
// The command, copied.

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
