// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Times: in the reader's own time zone, and how long ago they were.

import { all, setText } from "./dom.js";
import { text } from "./texts.js";

// The browser knows the word; "h" and "min" are signs of units.
const days = new Intl.NumberFormat(document.documentElement.lang,
        { style: "unit", unit: "day", unitDisplay: "long", useGrouping: false });

const span = (seconds) => {
        const units = [[86400, "day"], [3600, "h"], [60, "min"]];

        for (const [size, name] of units) {
                const n = Math.floor(seconds / size);

                if (n < 1)
                        continue;
                if (name === "day")
                        return days.format(n);
                const rest = Math.floor((seconds % 3600) / 60);

                return name === "h" && rest > 0 ? `${n}h ${rest}min` : `${n}${name}`;
        }
        return `${seconds}s`;
};

const relative = (date) => {
        const seconds = Math.round((Date.now() - date) / 1000);

        return text(seconds >= 0 ? "ago" : "in", { span: span(Math.abs(seconds)) });
};

const two = (n) => String(n).padStart(2, "0");

// The reader's own time zone; the day is said when it is not today.
const clock = (date) => {
        const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
        const isToday = date.toDateString() === new Date().toDateString();

        return isToday ? time : `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
};

export const showTime = (element) => {
        const date = new Date(element.dateTime);

        if (Number.isNaN(date.getTime()))
                return;
        if (element.closest(".line")) {
                setText(element, clock(date));
                return;
        }
        setText(element, "absolute" in element.dataset ? clock(date) : relative(date));
        element.title = date.toLocaleString();
};

export const showTimes = (root) => all(root, "time[datetime]").forEach(showTime);
