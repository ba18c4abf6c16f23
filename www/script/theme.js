// SPDX-License-Identifier: Apache-2.0
// Dark and light.

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

show_theme();
