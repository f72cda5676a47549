// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Helpers for elements. Text from the server only ever becomes text, never markup.

export const all = (root, selector) => [...root.querySelectorAll(selector)];

// make("button", {type: "button"}, "text", child…)
export const make = (name, attributes = {}, ...children) => {
        const element = document.createElement(name);

        for (const [key, value] of Object.entries(attributes))
                element.setAttribute(key, value);
        element.append(...children);
        return element;
};

export const setText = (element, text) => {
        if (element.textContent !== text)
                element.textContent = text;
};

// The text for screen readers.
export const announcer = make("p", { class: "hidden", role: "status" });
export const announce = (text) => {
        announcer.textContent = text;
};
