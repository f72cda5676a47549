// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A part of a page that is fetched again when its server changes: players, a timeline. The element is
// [data-part], has an id, the stream in data-events and the server's name in data-of.

import { findServer, isLeaving, listen, showServer } from "./servers.js";
import { showTimes } from "./times.js";

// A change is not fetched at once: a server may write many lines. Nor is a part whose server writes without end
// fetched all the time: [data-pause] is the shortest time between two, in ms.
const PAUSE = 1500; // ms

// For a page in the background, until it is looked at; one part is watched at a time.
let whenSeen = null;

document.addEventListener("visibilitychange", () => {
        if (document.hidden)
                return;
        whenSeen?.();
        whenSeen = null;
});

// Buttons with an id keep the focus: htmx sees to it.
export const fetchPart = (id, path = window.location.pathname + window.location.search) =>
        window.htmx.ajax("GET", path, {
                target: `#${id}`, select: `#${id}`, swap: "outerHTML",
        }).then(() => showTimes(document.getElementById(id) ?? document));

const isBusy = (part) => isLeaving() ||
        document.querySelector("dialog[open]") !== null || part.querySelector("details[open]") !== null;

export const watchPart = (first) => {
        const { id } = first, name = first.dataset.of, pause = Number(first.dataset.pause ?? PAUSE);
        const events = window.htmx ? listen(first.dataset.events) : null;
        let timer = null, fetched = -pause;

        const renew = () => {
                const part = document.getElementById(id);

                timer = null;
                if (!part)
                        return;
                if (document.hidden)
                        whenSeen = refresh;
                else if (isBusy(part))
                        refresh();
                else {
                        fetched = performance.now();
                        fetchPart(id);
                }
        };
        const refresh = () => {
                timer ??= setTimeout(renew, Math.max(PAUSE, fetched + pause - performance.now()));
        };
        const show = (event) => {
                const server = JSON.parse(event.data);

                if (server.name !== name)
                        return;
                showServer(findServer(name), server);
                refresh();
        };

        events?.addEventListener("server", show);
        events?.addEventListener("state", show);
        events?.addEventListener("line", refresh);
        events?.addEventListener("gone", (event) => {
                if (JSON.parse(event.data).name === name && !isLeaving())
                        window.location.assign("/");
        });
};
