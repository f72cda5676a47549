// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Keeps a page's view of its servers up to date by events.

import { connected, watchConnection } from "./connection.js";
import { all, announce, setText } from "./dom.js";
import { replacePage } from "./swap.js";
import { text } from "./texts.js";
import { showTime } from "./times.js";

const TROUBLES = ["is_failed", "is_restarting", "is_down", "is_unknown", "is_spec_refused",
        "is_spec_missing", "restart_to_apply", "is_unread", "is_opening", "has_last_end",
        "waits_for_players", "waits_blindly", "has_after_builds", "is_hung", "is_silent",
        "is_unasked", "is_lan", "needs_update", "is_slow"];

// A form is on its way, and its answer is the next page. The form may delete the server, so this page must
// not ask for it again.
export const isLeaving = () => document.querySelector("form:not([data-in-place]) [aria-busy=true]") !== null;

// The page has the words for its troubles; for a new one, that part of the page is fetched.
const showTroubles = (element, server) => {
        const find = (name) => element.querySelector(`[data-when=${name}]`);

        for (const name of TROUBLES.filter(find))
                find(name).hidden = !server[name];
        if (!window.htmx || isLeaving() || TROUBLES.every((name) => !server[name] || find(name)))
                return;
        window.htmx.ajax("GET", window.location.pathname + window.location.search, {
                target: element.querySelector(".troubles"), swap: "outerHTML",
                select: `[data-server="${CSS.escape(server.name)}"] .troubles`,
        }).then(() => {
                // Not of a page that was replaced meanwhile.
                const list = element.isConnected && element.closest("[data-servers]");

                if (list)
                        countServers(list);
        });
};

// "live.map" is a key of the object "live", which is null when nothing is known.
const valueAt = (server, path) => path.split(".").reduce((object, key) => object?.[key], server);

export const showServer = (element, server) => {
        for (const part of all(element, "[data-show]"))
                part.hidden = !valueAt(server, part.dataset.show);
        for (const field of all(element, "[data-field]")) {
                const isState = field.dataset.field === "state";
                const value = valueAt(server, isState ? "state_text" : field.dataset.field);

                if (isState)
                        field.dataset.state = server.state;
                if (field.tagName === "TIME" && value) {
                        field.dateTime = value.iso;
                        showTime(field);
                } else if (field.tagName !== "TIME")
                        setText(field, value === null || value === undefined ? "" : String(value));
        }
        for (const link of all(element, "a[data-link]"))
                link.href = server[link.dataset.link] ?? "";
        showTroubles(element, server);
        for (const action of all(element, "[data-action]"))
                action.hidden = !server[`can_${action.dataset.action}`];
};

// A value that was empty has no place on the page; when it appears, the page is fetched again. A page that shows
// little of its server has the places that it needs.
const OPTIONAL = ["since", "address", "hostname", "label", "blueprint"];

export const hasPlaces = (element, server) =>
        "brief" in element.dataset || OPTIONAL.every((key) => !server[key] || element.querySelector(`[data-field=${key}]`));

const isChosen = (select) => select.selectedIndex !== Math.max(0, [...select.options].findIndex((option) => option.defaultSelected));

// Text in a field, or a choice, that is not saved. The log keeps what it is filtered by.
export const isTyped = () => all(document.getElementById("main"),
        "input:not([type=hidden], [data-log-search]), textarea, select:not([data-log-level])")
        .some((field) => field.tagName === "SELECT" ? isChosen(field) : field.value !== field.defaultValue);

// A question that is open, files on their way.
export const isInUse = () => document.querySelector("dialog[open], details[open], .uploads") !== null;

// Fetches the page again, unless a user would lose something by that; returns whether it does.
export const refreshPage = () => {
        if (!window.htmx || isLeaving() || isInUse() || isTyped())
                return false;
        replacePage("GET", window.location.pathname + window.location.search);
        return true;
};

export const findServer = (name) => document.querySelector(`[data-server="${CSS.escape(name)}"]`);

const countServers = (list) => {
        const states = all(list, "[data-field=state]").map((state) => state.dataset.state);
        // These run, or not, as they are told, and still need an admin; each counts once.
        const troubled = all(list, "[data-server]").filter((server) =>
                all(server, "[data-when=is_down], [data-when=is_hung], [data-when=is_lan], [data-when=needs_update]")
                        .some((trouble) => !trouble.hidden));
        const isBad = (state) => ["failed", "refused", "restarting", "unknown"].includes(state);
        const counts = {
                all: states.length,
                running: states.filter((state) => state === "running").length,
                problems: states.filter(isBad).length + troubled.length,
        };

        for (const element of all(document, "[data-count]"))
                setText(element, String(counts[element.dataset.count]));
        for (const element of all(document, "[data-problems]"))
                element.hidden = (element.dataset.problems === "yes") !== counts.problems > 0;
};

// Only one stream is open: browsers allow few to one host.
let stream = null;

export const listen = (path) => {
        const events = path && "EventSource" in window ? new EventSource(path) : null;

        stream?.close();
        stream = events;
        if (events)
                watchConnection(events, () => stream === events, refreshPage);
        else
                connected();
        return events;
};

export const watchServers = (list) => {
        const events = listen(list.dataset.events);

        events?.addEventListener("server", (event) => {
                const server = JSON.parse(event.data);
                const row = findServer(server.name);

                if (!(row && hasPlaces(row, server)) && refreshPage())
                        return;
                if (!row)
                        return;
                const before = row.querySelector("[data-field=state]").dataset.state;

                showServer(row, server);
                countServers(list);
                if (before !== server.state)
                        announce(text("state", { name: server.name, state: server.state_text }));
        });
        events?.addEventListener("gone", (event) => {
                findServer(JSON.parse(event.data).name)?.remove();
                countServers(list);
        });
};
