// SPDX-License-Identifier: Apache-2.0
// Asking the server, and showing what it answers.

let latest = 0;

function refusal(title, message) {
    const section = document.createElement("section");
    section.className = "sheet refusal";
    section.setAttribute("role", "alert");
    section.setAttribute("aria-label", title);
    const heading = document.createElement("h2");
    heading.textContent = title;
    const paragraph = document.createElement("p");
    paragraph.textContent = message;
    section.append(heading, paragraph);
    return section;
}

// The sections of the page that a post of these files is answered with.
async function ask(files) {
    const data = new FormData();
    for (const file of files) data.append("myfile", file, file.name || "picture");
    const start = performance.now();
    try {
        const response = await fetch(form.action, {
            method: "POST", body: data, headers: { Accept: "text/html" }, cache: "no-store",
        });
        const page = new DOMParser().parseFromString(await response.text(), "text/html");
        const took_ms = Math.max(1, Math.round(performance.now() - start));
        const sections = [...(page.getElementById("answer")?.children ?? [])];
        if (sections.length === 0)
            return [refusal(`Error ${response.status}`, `The server answered ${response.status} ` +
                `${response.statusText}. Try again, or send a smaller picture.`)];
        for (const time of page.querySelectorAll(".time"))
            time.textContent = `Answered in ${took_ms}\u00a0ms, there and back.`;
        document.title = page.title;
        return sections.map((section) => document.importNode(section, true));
    } catch {
        return [refusal("No answer", "The server could not be reached. Check the connection and " +
            "try again; what you drew or chose is still here.")];
    }
}

// The bars grow from where they were.
function show(sections) {
    const before = [...answer.querySelectorAll("meter")].map((meter) => meter.value);
    answer.replaceChildren(...sections);
    const meters = [...answer.querySelectorAll("meter")];
    if (before.length !== meters.length) return;
    const after = meters.map((meter) => meter.value);
    meters.forEach((meter, i) => (meter.value = before[i]));
    answer.getBoundingClientRect(); // lays out, so that the change is a change
    meters.forEach((meter, i) => (meter.value = after[i]));
}

// The answer before there is one, for when the pad is cleared.
const kEmptyAnswer = answer.querySelector(".answer-empty")?.cloneNode(true) ?? document.createElement("section");
