// SPDX-License-Identifier: Apache-2.0
// The command with the address that the browser has, whatever a proxy before the server makes of it;
// and copied.

// What a shell and curl take as it is: of an address, all but a host in brackets.
function api_address() {
    const url = new URL("curl-api", form.action);
    const hexadecimal = (sign) => "%" + sign.charCodeAt(0).toString(16).toUpperCase();
    url.pathname = url.pathname.replace(/[^\w@%+=:,./~-]/g, hexadecimal);
    return /^[\w@%+=:,./~-]+$/.test(url.href) ? url.href : `'${url.href}'`;
}

byId("command").textContent = `curl -F 'myfile=@seven.png' ${api_address()}`;

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
