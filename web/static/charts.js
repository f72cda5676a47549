// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Charts of a server's samples, drawn by Debian's Chart.js beside the table that the page has anyway. A time without
// samples stays a gap.

import { loggedOut } from "./connection.js";
import { all, make, setText } from "./dom.js";
import { text } from "./texts.js";

const REFRESH = 60000; // ms: left4me-watch adds a sample each minute
const DAY = 86400000;
const language = document.documentElement.lang;

// The lines of each figure: a metric, which of its values, and the text of its line.
const figures = {
        players: [["players", "mean", "chart-mean"], ["players", "max", "chart-highest"]],
        fps: [["fps", "mean", "chart-mean"], ["fps", "min", "chart-lowest"]],
        cpu_percent: [["cpu_percent", "mean", "chart-mean"], ["cpu_percent", "max", "chart-highest"]],
        memory_bytes: [["memory_bytes", "mean", "chart-mean"], ["memory_bytes", "max", "chart-highest"]],
        network: [["in_bytes_per_sec", "mean", "chart-in"], ["out_bytes_per_sec", "mean", "chart-out"]],
};

const bytes = (value) => {
        const units = ["B", "KiB", "MiB", "GiB", "TiB"];
        let unit = 0;

        for (; value >= 1024 && unit + 1 < units.length; unit++)
                value /= 1024;
        return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
};

const short = (value) => Number.isInteger(value) ? String(value) : value.toFixed(1);

const formats = {
        players: short,
        fps: short,
        cpu_percent: (value) => `${short(value)} %`,
        memory_bytes: bytes,
        network: (value) => `${bytes(value)}/s`,
};

const load = (() => {
        let loading = null;

        return () => loading ??= new Promise((done, failed) => {
                const script = make("script", { src: "/static/chart.min.js" });

                script.addEventListener("load", done);
                script.addEventListener("error", failed);
                document.head.append(script);
        });
})();

// --- time --------------------------------------------------------------------------------------------

const hours = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hour12: false });
const days = new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric" });
const full = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });

// Full hours and midnights of the reader's own time zone.
const ticks = (min, max) => {
        const span = max - min, values = [];
        const step = span > 2 * DAY ? DAY : span > DAY / 4 ? DAY / 6 : DAY / 144;
        const time = new Date(min);

        time.setHours(0, 0, 0, 0);
        for (let day = time.getTime(); day <= max; day = time.setDate(time.getDate() + 1))
                for (let value = day; value < day + DAY && value <= max; value += step)
                        if (value >= min)
                                values.push({ value });
        return values;
};

// --- drawing -----------------------------------------------------------------------------------------

// Colors are variables of the style, which only an element resolves.
const colors = (probe) => {
        const of = (name) => {
                probe.className = name;
                return window.getComputedStyle(probe).color;
        };

        return { lines: [of("chart-first"), of("chart-second")], grid: of("chart-grid"), words: of("chart-words") };
};

const paint = (chart, color) => {
        chart.data.datasets.forEach((set, i) => {
                set.borderColor = color.lines[i];
                set.backgroundColor = color.lines[i];
        });
        for (const axis of Object.values(chart.options.scales)) {
                axis.grid = { color: color.grid, borderColor: color.grid };
                axis.ticks.color = color.words;
        }
        chart.options.plugins.legend.labels.color = color.words;
        chart.update("none");
};

// A point between two gaps would have no line.
const isAlone = ({ dataset, dataIndex }) =>
        dataset.data[dataIndex - 1]?.y == null && dataset.data[dataIndex + 1]?.y == null;

const points = (series, name, value) => {
        const metric = series.metrics.find((each) => each.metric === name);

        return metric[value].map((number, i) => ({
                x: (series.since_usec + (i + 0.5) * series.step_usec) / 1000,
                y: number === null ? null : number / metric.scale,
        }));
};

const draw = (figure) => {
        const name = figure.dataset.chart, format = formats[name];

        figure.hidden = false;
        return new window.Chart(figure.querySelector("canvas"), {
                type: "line",
                data: {
                        datasets: figures[name].map(([, , label], i) => ({
                                label: text(label),
                                data: [],
                                borderWidth: 2,
                                borderDash: i === 0 ? [] : [4, 3],
                                pointRadius: (point) => isAlone(point) ? 2 : 0,
                                pointHitRadius: 8,
                        })),
                },
                options: {
                        animation: false,
                        maintainAspectRatio: false,
                        parsing: false,
                        normalized: true,
                        spanGaps: false,
                        interaction: { mode: "index", intersect: false },
                        plugins: {
                                legend: { align: "end", labels: { boxWidth: 18, boxHeight: 1 } },
                                tooltip: {
                                        callbacks: {
                                                title: ([item]) => full.format(item.parsed.x),
                                                label: (item) => `${item.dataset.label}: ${format(item.parsed.y)}`,
                                        },
                                },
                        },
                        scales: {
                                x: {
                                        type: "linear",
                                        afterBuildTicks: (scale) => {
                                                scale.ticks = ticks(scale.min, scale.max);
                                        },
                                        ticks: {
                                                maxRotation: 0,
                                                callback(value) {
                                                        return (this.max - this.min > 2 * DAY ? days : hours).format(value);
                                                },
                                        },
                                },
                                y: { beginAtZero: true, grace: "5%", ticks: { maxTicksLimit: 6, callback: format } },
                        },
                },
        });
};

// --- the page ----------------------------------------------------------------------------------------

const fill = (charts, series) => {
        for (const [name, chart] of Object.entries(charts)) {
                figures[name].forEach(([metric, value], i) => {
                        chart.data.datasets[i].data = points(series, metric, value);
                });
                chart.options.scales.x.min = series.since_usec / 1000;
                chart.options.scales.x.max = (series.since_usec + series.metrics[0].mean.length * series.step_usec) / 1000;
                chart.update("none");
        }
        for (const total of series.totals)
                for (const cell of all(document, `[data-total="${total.metric}"] [data-value]`))
                        setText(cell, total[cell.dataset.value] ?? "");
};

// The series; null when the session is over or the web app can't be reached.
const ask = async (href) => {
        try {
                const answer = await fetch(href, { cache: "no-store" });

                if (answer.status === 401)
                        loggedOut();
                if (!answer.ok)
                        return null;
                return await answer.json();
        } catch {
                return null;
        }
};

export const showCharts = async (element) => {
        const probe = make("span", { hidden: "" });
        const [series] = await Promise.all([ask(element.dataset.charts), load().catch(() => null)]);

        if (!series || !window.Chart || !element.isConnected)
                return;
        element.append(probe);
        const charts = Object.fromEntries(all(element, "[data-chart]").map((figure) => [figure.dataset.chart, draw(figure)]));
        const repaint = () => Object.values(charts).forEach((chart) => paint(chart, colors(probe)));
        const scheme = window.matchMedia("(prefers-color-scheme: dark)");
        const theme = new MutationObserver(repaint);

        fill(charts, series);
        repaint();
        scheme.addEventListener("change", repaint);
        theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });

        const timer = setInterval(async () => {
                if (!element.isConnected) {
                        clearInterval(timer);
                        scheme.removeEventListener("change", repaint);
                        theme.disconnect();
                        Object.values(charts).forEach((chart) => chart.destroy());
                        return;
                }
                const next = "refresh" in element.dataset && !document.hidden ? await ask(element.dataset.charts) : null;

                if (next && element.isConnected)
                        fill(charts, next);
        }, REFRESH);
};
