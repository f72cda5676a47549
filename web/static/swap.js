// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Replaces parts of the page with new ones from the server, by htmx.

export const parentPage = () => document.getElementById("main");

export const replacePage = (method, path, values) =>
        window.htmx.ajax(method, path, {
                target: "#main", select: "#main", swap: "outerHTML", values,
        });
