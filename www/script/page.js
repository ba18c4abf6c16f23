// SPDX-License-Identifier: Apache-2.0
// What makes the page quick: the drawing pad, drop, paste, camera, answers without a reload, the
// history of this visit. The answer itself is always the server's HTML, as a form post gets it;
// without this script everything but drawing works too. Nothing is kept beyond the page.
//
// The server puts the files of this folder together to one script, digit.js; this one comes first.
"use strict";

const byId = (id) => document.getElementById(id);
const form = byId("upload");
const input = byId("myfile");
const answer = byId("answer");
const preview = byId("preview");

document.documentElement.classList.add("js");
form.noValidate = true; // a drawing is as good as a file

// For when what had the focus goes: the keyboard stays where it was.
function focus_on(element) {
    element.tabIndex = -1;
    element.focus({ preventScroll: true });
}

