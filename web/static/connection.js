// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Tracks whether the page is still kept up to date, and tells the user when it is not: without that an
// overview would stay green forever.

import { make } from "./dom.js";
import { text } from "./texts.js";

const PATIENCE = 3000; // ms; a restart of the service takes less
const AGAIN = 10000;

const bar = make("p", { class: "connection", role: "status" });
let since = null; // when it was lost
let timer = null;

const say = (...content) => {
        document.documentElement.toggleAttribute("data-stale", true);
        bar.replaceChildren(...content);
        bar.hidden = false;
        if (!bar.isConnected)
                document.body.append(bar);
};

export const connected = () => {
        clearTimeout(timer);
        since = null;
        timer = null;
        bar.hidden = true;
        document.documentElement.toggleAttribute("data-stale", false);
};

const lost = () => {
        if (since)
                return;
        since = new Date();
        timer = setTimeout(() => {
                const time = since.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });

                say(text("disconnected", { time }));
        }, PATIENCE);
};

export const loggedOut = () => {
        const page = encodeURIComponent(window.location.pathname + window.location.search);

        clearTimeout(timer);
        say(text("logged-out"), " ", make("a", { href: `/login?then=${page}` }, text("log-in")));
};

// A browser gives up a refused stream, and doesn't tell why.
const askWhy = async (events, isCurrent, renew) => {
        if (!isCurrent())
                return;
        try {
                const answer = await fetch("/api/password", { cache: "no-store" });

                if (answer.status === 401) {
                        loggedOut();
                        return;
                }
                setTimeout(() => isCurrent() && renew(), AGAIN);
        } catch {
                // The service can't be reached.
        }
        setTimeout(() => askWhy(events, isCurrent, renew), AGAIN + PATIENCE);
};

// isCurrent tells whether it is still the page's stream; renew fetches the page, and with it a new stream.
export const watchConnection = (events, isCurrent, renew) => {
        events.addEventListener("open", () => isCurrent() && connected());
        events.addEventListener("error", () => {
                if (!isCurrent())
                        return;
                lost();
                if (events.readyState === EventSource.CLOSED)
                        askWhy(events, isCurrent, renew);
        });
};
