// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Whether a page in the pseudo-locale en_XA has a text of its own: all texts come from the catalog, where
// each is within ⟦ and ⟧, and longer than in English. Data is not translated: it is in an element with
// translate="no", or in one that never holds a text. English reports of l4d2ctl have lang="en".

// Runs in the page. Returns what is wrong there.
const look = () => {
        const DATA = "[translate=no], body [lang=en], code, pre, time, bdi, textarea, script, style, template";
        const ATTRIBUTES = ["title", "aria-label", "placeholder", "alt"];
        const BOXES = "button, .button, label, summary, legend, th, dt, .tag, .state, .chip, h1, h2, h3, nav a";
        const faults = [];
        let depth = 0;

        const lookAtText = (text) => {
                let bare = "";

                for (const sign of text)
                        if (sign === "⟦")
                                depth++;
                        else if (sign === "⟧")
                                depth--;
                        else if (depth === 0 && /\p{L}/u.test(sign))
                                bare += sign;
                if (bare || depth < 0)
                        faults.push(`a bare text: '${text.trim()}'`);
        };

        // A text goes on in the elements within it, so all nodes are looked at in their order.
        const walk = (node) => {
                if (node.nodeType === Node.TEXT_NODE)
                        lookAtText(node.data);
                if (node.nodeType !== Node.ELEMENT_NODE)
                        return;
                if (!node.matches("[translate=no], time"))
                        for (const name of ATTRIBUTES) {
                                const value = node.getAttribute(name) ?? "";

                                if (/\p{L}/u.test(value) && !/^⟦.*⟧$/su.test(value))
                                        faults.push(`a bare ${name}: '${value}'`);
                        }
                if (!node.matches(DATA))
                        node.childNodes.forEach(walk);
        };

        walk(document.body);
        if (depth !== 0)
                faults.push(`${depth} texts are not closed`);
        for (const box of document.querySelectorAll(BOXES))
                if (box.clientWidth > 0 && box.scrollWidth > box.clientWidth + 1)
                        faults.push(`wider than its box by ${box.scrollWidth - box.clientWidth}: ` +
                                `${box.tagName} '${box.textContent.trim().slice(0, 60)}'`);
        if (document.documentElement.scrollWidth > document.documentElement.clientWidth) {
                const wide = [...document.querySelectorAll("main *, header *")].filter((element) =>
                        element.getBoundingClientRect().right > document.documentElement.clientWidth + 1);

                faults.push(`the page is ${document.documentElement.scrollWidth} wide, for example ` +
                        wide.slice(-1).map((element) => element.outerHTML.slice(0, 120)));
        }
        return faults;
};

export const pseudo = { extraHTTPHeaders: { "Accept-Language": "en-XA" } };

// Faults in the texts of the page as it is now.
export async function bareTexts(page) {
        const url = new URL(page.url());

        return (await page.evaluate(look)).map((fault) => `${url.pathname}${url.search}: ${fault}`);
}
