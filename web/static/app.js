// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What the pages do beyond HTML. Every page works without this file: it makes what is there quicker.
// Text from the server only ever becomes text, never markup.

const LINES_MAX = 4000; // of a log, in the page
const all = (root, selector) => [...root.querySelectorAll(selector)];

// make("button", {type: "button"}, "text", child…)
const make = (name, attributes = {}, ...children) => {
        const element = document.createElement(name);

        for (const [key, value] of Object.entries(attributes))
                element.setAttribute(key, value);
        element.append(...children);
        return element;
};

const setText = (element, text) => {
        if (element.textContent !== text)
                element.textContent = text;
};

// What the reader of a screen is told.
const announcer = make("p", { class: "hidden", role: "status" });
const announce = (text) => {
        announcer.textContent = text;
};

// --- times -----------------------------------------------------------------------------------------

const span = (seconds) => {
        const units = [[86400, "day"], [3600, "h"], [60, "min"]];

        for (const [size, name] of units) {
                const n = Math.floor(seconds / size);

                if (n < 1)
                        continue;
                if (name === "day")
                        return n === 1 ? "1 day" : `${n} days`;
                const rest = Math.floor((seconds % 3600) / 60);

                return name === "h" && rest > 0 ? `${n}h ${rest}min` : `${n}${name}`;
        }
        return `${seconds}s`;
};

const relative = (date) => {
        const seconds = Math.round((Date.now() - date) / 1000);

        return seconds >= 0 ? `${span(seconds)} ago` : `in ${span(-seconds)}`;
};

const two = (n) => String(n).padStart(2, "0");

// The reader's own time zone; the day is said when it is not today.
const clock = (date) => {
        const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
        const isToday = date.toDateString() === new Date().toDateString();

        return isToday ? time : `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
};

const showTime = (element) => {
        const date = new Date(element.dateTime);

        if (Number.isNaN(date.getTime()))
                return;
        if (element.closest(".line")) {
                setText(element, clock(date));
                return;
        }
        setText(element, relative(date));
        element.title = date.toLocaleString();
};

const showTimes = (root) => all(root, "time[datetime]").forEach(showTime);

// --- questions and forms ---------------------------------------------------------------------------

// The box behind a <summary> becomes a dialog, with the same button in it.
const ask = (details) => {
        const box = details.querySelector("summary").nextElementSibling;
        const cancel = make("button", { type: "button" }, "Cancel");
        const submit = box.querySelector("button:last-of-type");
        const buttons = make("div", { class: "buttons" });
        const dialog = make("dialog", { "aria-label": details.querySelector("summary").textContent }, box);

        box.append(buttons);
        buttons.append(cancel, submit);
        cancel.addEventListener("click", () => dialog.close());
        dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
        dialog.addEventListener("close", () => {
                cancel.remove();
                box.append(submit);
                buttons.remove();
                details.append(box);
                dialog.remove();
                details.querySelector("summary").focus();
        });
        document.body.append(dialog);
        dialog.showModal();
        cancel.focus();
};

document.addEventListener("click", (event) => {
        const summary = event.target.closest(".ask > summary");

        if (!summary)
                return;
        event.preventDefault();
        ask(summary.parentElement);
});

const parentPage = () => document.getElementById("main");

const replacePage = (method, path, values) =>
        window.htmx.ajax(method, path, {
                target: "#main", select: "#main", swap: "outerHTML", values,
        });

// Start, stop, restart: the page comes again where it stands, with what was said about it.
document.addEventListener("submit", (event) => {
        const form = event.target;
        const submit = event.submitter;

        if (event.defaultPrevented || form.method !== "post")
                return;
        if (submit) {
                if (submit.getAttribute("aria-busy") === "true") {
                        event.preventDefault();
                        return;
                }
                submit.setAttribute("aria-busy", "true");
        }
        if (!("inPlace" in form.dataset) || !window.htmx)
                return;
        event.preventDefault();
        const values = Object.fromEntries(new FormData(form));

        (submit ?? form).closest("dialog")?.close();
        replacePage("POST", (submit ?? form).getAttribute("formaction") ?? form.getAttribute("action"), values)
                .finally(() => submit?.removeAttribute("aria-busy"));
});

// The page of an error is a page as well; a lost connection is said.
document.addEventListener("htmx:beforeSwap", (event) => {
        if (event.detail.xhr.status >= 400) {
                event.detail.shouldSwap = true;
                event.detail.isError = false;
        }
});
document.addEventListener("htmx:sendError", () => {
        parentPage().prepend(make("p", { class: "failure", role: "alert" },
                "The web app can't be reached. Nothing was changed as far as is known; try again."));
});
document.addEventListener("htmx:afterSwap", () => {
        begin(parentPage());
        const said = parentPage().querySelector(".notice, .failure");

        // It is read out, and the next key goes on from there.
        if (said && document.activeElement === document.body) {
                said.tabIndex = -1;
                said.focus({ preventScroll: true });
        }
});

// Nothing that was typed is lost by a slip.
const guard = (form) => {
        const state = () => new URLSearchParams(new FormData(form)).toString();
        const first = state();
        let isSent = false;

        form.addEventListener("submit", () => {
                isSent = true;
        });
        window.addEventListener("beforeunload", (event) => {
                if (!isSent && form.isConnected && state() !== first)
                        event.preventDefault();
        });
};

// --- one server on a page --------------------------------------------------------------------------

const showServer = (element, server) => {
        for (const field of all(element, "[data-field]")) {
                const value = server[field.dataset.field];

                if (field.dataset.field === "state")
                        field.dataset.state = value;
                if (field.tagName === "TIME" && value) {
                        field.dateTime = value.iso;
                        showTime(field);
                } else if (field.tagName !== "TIME")
                        setText(field, value === null || value === undefined ? "" : String(value));
        }
        for (const link of all(element, "a[data-field=address]"))
                link.href = server.connect ?? "";
        for (const trouble of all(element, "[data-when]")) {
                const name = trouble.dataset.when;

                trouble.hidden = !(server[name] ?? server[`is_${name}`]);
        }
        for (const action of all(element, "[data-action]"))
                action.hidden = !server[`can_${action.dataset.action}`];
};

// What the page has no place for, because there was none of it, needs the page anew.
const OPTIONAL = ["since", "address", "hostname", "blueprint"];

const hasPlaces = (element, server) =>
        OPTIONAL.every((key) => !server[key] || element.querySelector(`[data-field=${key}]`));

const refreshPage = () => {
        if (window.htmx && !document.querySelector("dialog[open], details[open]"))
                replacePage("GET", window.location.pathname + window.location.search);
};

const findServer = (name) => document.querySelector(`[data-server="${CSS.escape(name)}"]`);

const countServers = (list) => {
        const states = all(list, "[data-field=state]").map((state) => state.dataset.state);
        const isBad = (state) => ["failed", "refused", "restarting", "unknown"].includes(state);
        const counts = {
                all: states.length,
                running: states.filter((state) => state === "running").length,
                problems: states.filter(isBad).length,
        };

        for (const element of all(document, "[data-count]"))
                setText(element, String(counts[element.dataset.count]));
        for (const element of all(document, "[data-problems]"))
                element.hidden = counts.problems === 0;
};

// Only one stream is open: browsers allow few to one host.
let stream = null;

const listen = (path) => {
        stream?.close();
        stream = path && "EventSource" in window ? new EventSource(path) : null;
        return stream;
};

const watchServers = (list) => {
        const events = listen(list.dataset.events);

        events?.addEventListener("server", (event) => {
                const server = JSON.parse(event.data);
                const row = findServer(server.name);

                if (!row || !hasPlaces(row, server)) {
                        refreshPage();
                        return;
                }
                const before = row.querySelector("[data-field=state]").dataset.state;

                showServer(row, server);
                countServers(list);
                if (before !== server.state)
                        announce(`${server.name}: ${server.state}`);
        });
        events?.addEventListener("gone", (event) => {
                findServer(JSON.parse(event.data).name)?.remove();
                countServers(list);
        });
};

// --- log -------------------------------------------------------------------------------------------

const LEVELS = { error: 3, warning: 4, notice: 5, info: 6, debug: 7 };

const lineElement = (line) => {
        const time = make("time", { datetime: line.time.iso, title: line.time.local });
        const element = make("div", { class: "line", "data-level": line.level }, time, " ",
                make("span", { class: "source" }, line.source), " ",
                make("span", { class: "text" }, line.text));

        showTime(time);
        return element;
};

class Log {
        constructor(element) {
                const parts = element.closest(".log-box");

                this.element = element;
                this.newest = parts.querySelector("[data-newest]");
                this.live = document.querySelector("[data-live]");
                this.search = document.querySelector("[data-log-search]");
                this.level = document.querySelector("[data-log-level]");
                this.isFollowing = true;
                this.waiting = []; // lines that came since the last frame

                for (const control of [this.search, this.level].filter(Boolean)) {
                        control.hidden = false;
                        control.addEventListener("input", () => this.filter());
                }
                element.addEventListener("scroll", () => this.onScroll(), { passive: true });
                this.newest.addEventListener("click", () => this.toEnd());
                this.toEnd();
                this.watch();
        }

        isAtEnd() {
                const { scrollTop, scrollHeight, clientHeight } = this.element;

                return scrollHeight - scrollTop - clientHeight < 24;
        }

        onScroll() {
                this.isFollowing = this.isAtEnd();
                this.newest.hidden = this.isFollowing;
        }

        toEnd() {
                this.isFollowing = true;
                this.newest.hidden = true;
                this.element.scrollTop = this.element.scrollHeight;
        }

        matches(line) {
                const least = LEVELS[this.level?.value ?? "debug"];
                const words = (this.search?.value ?? "").toLowerCase();

                return (LEVELS[line.dataset.level] ?? 6) <= least &&
                        (words === "" || line.querySelector(".text")?.textContent.toLowerCase().includes(words));
        }

        filter() {
                for (const line of all(this.element, ".line"))
                        line.hidden = !this.matches(line);
                this.toEnd();
        }

        // Many lines may come at once: they are put into the page together.
        add(element) {
                this.waiting.push(element);
                if (this.waiting.length === 1)
                        requestAnimationFrame(() => this.flush());
        }

        flush() {
                const lines = this.waiting.splice(0).slice(-LINES_MAX);

                for (const line of lines)
                        line.hidden = !line.classList.contains("gap") && !this.matches(line);
                this.element.append(...lines);

                // Who reads further up is not moved, and keeps what he reads.
                if (!this.isFollowing)
                        return;
                while (this.element.childElementCount > LINES_MAX)
                        this.element.firstElementChild.remove();
                this.element.scrollTop = this.element.scrollHeight;
        }

        setLive(isOn) {
                if (!this.live)
                        return;
                this.live.hidden = false;
                this.live.dataset.live = isOn ? "on" : "off";
                setText(this.live, isOn ? "live" : "connecting");
        }

        watch() {
                const events = listen(this.element.dataset.events);

                if (!events)
                        return;
                this.setLive(false);
                events.addEventListener("open", () => this.setLive(true));
                events.addEventListener("error", () => this.setLive(false));
                events.addEventListener("line", (event) => this.add(lineElement(JSON.parse(event.data))));
                events.addEventListener("gap", (event) => {
                        const { lost, text } = JSON.parse(event.data);

                        this.add(make("div", { class: "line gap" }, text ?? `${lost} lines are missing here.`));
                });
                events.addEventListener("state", (event) => {
                        const server = JSON.parse(event.data);
                        const element = findServer(server.name);

                        if (element && !hasPlaces(element, server))
                                refreshPage();
                        else if (element)
                                showServer(element, server);
                });
                events.addEventListener("gone", () => window.location.assign("/"));
        }
}

// --- small things ----------------------------------------------------------------------------------

const copyButton = (button) => {
        if (!navigator.clipboard)
                return;
        button.hidden = false;
        button.addEventListener("click", async () => {
                const label = button.textContent;

                await navigator.clipboard.writeText(button.dataset.copy);
                button.textContent = "Copied";
                announce("Copied");
                setTimeout(() => {
                        button.textContent = label;
                }, 2000);
        });
};

// From an error to the place in the text.
const linkErrors = (text) => {
        const go = (line, column) => {
                const lines = text.value.split("\n");
                const start = lines.slice(0, line - 1).reduce((n, each) => n + each.length + 1, 0);

                text.focus();
                text.setSelectionRange(start + column - 1, start + (lines[line - 1] ?? "").length);
        };

        const makeButton = (label, name, line, column) => {
                const button = make("button", { type: "button", class: name }, label);

                button.addEventListener("click", () => go(Number(line), Number(column)));
                return button;
        };

        for (const item of all(document, ".spec-errors li")) {
                const place = item.querySelector(".place");

                place.replaceWith(makeButton(
                        place.textContent, "place", item.dataset.line, item.dataset.column));
        }
        // l4d2ctl says FILE:LINE:COLUMN: what is wrong.
        for (const said of all(document, ".failure pre")) {
                const match = /:(\d+):(\d+): /.exec(said.textContent);

                if (match)
                        said.append(makeButton(`Go to line ${match[1]}`, "", match[1], match[2]));
        }
};

const themeButton = (button) => {
        button.hidden = false;
        button.addEventListener("click", () => {
                const root = document.documentElement;
                const isDark = root.dataset.theme
                        ? root.dataset.theme === "dark"
                        : window.matchMedia("(prefers-color-scheme: dark)").matches;

                root.dataset.theme = isDark ? "light" : "dark";
                try {
                        localStorage.setItem("theme", root.dataset.theme);
                } catch {
                        // Then it holds for this page.
                }
        });
};

document.addEventListener("click", (event) => {
        for (const menu of all(document, ".menu[open]"))
                if (!menu.contains(event.target))
                        menu.open = false;
});
document.addEventListener("keydown", (event) => {
        if (event.key === "Escape")
                all(document, ".menu[open]").forEach((menu) => {
                        menu.open = false;
                        menu.querySelector("summary").focus();
                });
});

// --- the page --------------------------------------------------------------------------------------

// All that a page, or its new content, begins with.
function begin(main) {
        const list = main.querySelector("[data-servers]");
        const log = main.querySelector("[data-log]");

        listen(null);
        showTimes(main);
        all(main, "[data-copy]").forEach(copyButton);
        all(main, "[data-order]").forEach((element) => window.orderList?.(element, announce));
        all(main, "form[data-guard]").forEach(guard);
        all(main, "textarea[data-code]").forEach(linkErrors);
        if (list)
                watchServers(list);
        if (log)
                new Log(log);
}

document.body.append(announcer);
all(document, "[data-theme-toggle]").forEach(themeButton);
begin(parentPage());
setInterval(() => {
        if (!document.hidden)
                all(document, "time[datetime]").filter((time) => !time.closest(".line")).forEach(showTime);
}, 15000);
