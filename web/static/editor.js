// SPDX-License-Identifier: LGPL-2.1-or-later
//
// CodeMirror in place of a textarea; without it the textarea stays.

import { make } from "./dom.js";

const load = (element) => new Promise((done, failed) => {
        element.addEventListener("load", done);
        element.addEventListener("error", failed);
        document.head.append(element);
});

const start = async (area) => {
        const label = document.querySelector(`label[for="${area.id}"]`);

        if (!window.CodeMirror)
                await Promise.all([
                        load(make("script", { src: "/static/codemirror.js" })),
                        load(make("link", { rel: "stylesheet", href: "/static/codemirror.css" })),
                ]);
        if (!area.isConnected)
                return;
        const editor = window.CodeMirror.fromTextArea(area, {
                lineNumbers: true,
                lineWrapping: true,
                viewportMargin: 50,
                screenReaderLabel: label?.textContent,
                // Tab goes on to the next control, as everywhere.
                extraKeys: { Tab: false, "Shift-Tab": false },
        });

        // The guard of the form reads the textarea.
        editor.on("change", () => editor.save());
        label?.addEventListener("click", () => editor.focus());
};

// A password in it stays hidden until the user asks for it.
export const edit = (area) => {
        if (area.classList.contains("is-secret"))
                area.addEventListener("focus", () => start(area), { once: true });
        else
                start(area).catch(() => {});
};
