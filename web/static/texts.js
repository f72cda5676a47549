// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Texts of the scripts, in the page's language: the page has them, see templates/texts.mustache.

// text("disconnected", {time}): the text with its places filled.
export const text = (name, values = {}) =>
        document.getElementById("texts").getAttribute(`data-text-${name}`).replace(/\{(\w+)\}/g, (_, place) => values[place]);
