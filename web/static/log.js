// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The log of a server as it is written: follows its end until the user scrolls away, is filtered in the
// page, and has a bounded number of lines.

import { all, make, setText } from "./dom.js";
import { fetchPart } from "./live.js";
import { findServer, hasPlaces, isInUse, isLeaving, isTyped, listen, refreshPage, showServer } from "./servers.js";
import { text } from "./texts.js";
import { showTime } from "./times.js";

const LINES_MAX = 4000; // in the page
const LINES_KEPT_MAX = 20000; // while somebody reads further up
const LEVELS = { error: 3, warning: 4, notice: 5, info: 6, debug: 7 };

const END_DELAY = 500; // ms

// The filters of the user, also when the content of the page is fetched again.
const filtered = { search: "", level: "debug" };

// A page that has more than the job, and is in use or says that an action failed, gets only its part about the job again.
const showEnd = () => {
        const part = document.querySelector("[data-job-part]");

        if (part && window.htmx && !isLeaving() && (isInUse() || isTyped() || document.querySelector(".failure")))
                fetchPart(part.id, part.dataset.jobPart);
        else
                refreshPage();
};

// A bar without a value is one that moves.
const showProgress = (progress) => {
        const box = document.querySelector("[data-progress]");
        const bar = box?.querySelector("progress");

        if (!bar)
                return;
        if (progress.has_percent)
                bar.value = progress.percent;
        else
                bar.removeAttribute("value");
        setText(box.querySelector("[data-progress-text]"), progress.text);
};

const lineElement = (line) => {
        const time = make("time", { datetime: line.time.iso, title: line.time.local });
        const element = make("div", { class: "line", "data-level": line.level }, time, " ",
                make("span", { class: "source", translate: "no" }, line.source), " ",
                make("span", { class: "text", translate: "no" }, line.text));

        if (line.note)
                element.append(" ", make("span", { class: "note", lang: "en" }, line.note));

        showTime(time);
        return element;
};

export class Log {
        constructor(element) {
                const parts = element.closest(".log-box");

                this.element = element;
                this.newest = parts.querySelector("[data-newest]");
                this.live = document.querySelector("[data-live]");
                this.search = document.querySelector("[data-log-search]");
                this.level = document.querySelector("[data-log-level]");
                this.isFollowing = true;
                this.waiting = []; // lines that came since the last frame

                for (const key of ["search", "level"].filter((name) => this[name])) {
                        this[key].hidden = false;
                        this[key].value = filtered[key];
                        this[key].addEventListener("input", () => {
                                filtered[key] = this[key].value;
                                this.filter();
                        });
                }
                element.addEventListener("scroll", () => this.onScroll(), { passive: true });
                this.newest.addEventListener("click", () => this.toEnd());
                this.filter();
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

        // Many lines may come at once: they go into the page together.
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

                // A user further up in the log is not moved and keeps those lines, up to a limit.
                const most = this.isFollowing ? LINES_MAX : LINES_KEPT_MAX;

                while (this.element.childElementCount > most)
                        this.element.firstElementChild.remove();
                if (this.isFollowing)
                        this.element.scrollTop = this.element.scrollHeight;
        }

        setLive(isOn) {
                if (!this.live)
                        return;
                this.live.hidden = false;
                this.live.dataset.live = isOn ? "on" : "off";
                setText(this.live, text(isOn ? "live" : "connecting"));
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
                        this.add(make("div", { class: "line gap" }, JSON.parse(event.data).text));
                });
                events.addEventListener("state", (event) => {
                        const server = JSON.parse(event.data);
                        const element = findServer(server.name);

                        if (element && (hasPlaces(element, server) || !refreshPage()))
                                showServer(element, server);
                });
                events.addEventListener("progress", (event) => showProgress(JSON.parse(event.data)));
                // systemd writes the last entries about a job after it has announced its end.
                events.addEventListener("end", () => {
                        events.close();
                        setTimeout(showEnd, END_DELAY);
                });
                events.addEventListener("gone", () => {
                        if (!isLeaving())
                                window.location.assign("/");
                });
        }
}
