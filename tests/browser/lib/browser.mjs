// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The browser and the frame of a scenario. A scenario gets a function `open` that opens a browser window
// of its own, with cookies of its own; at the end every window must have gone without a complaint.

import { createRequire } from "node:module";
import { mkdirSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { checkAccessibility } from "./axe.mjs";
import { origin, output } from "./machine.mjs";
import { Watch } from "./watch.mjs";

const require = createRequire("/usr/lib/left4me-browser/");
const { chromium } = require("playwright-core");

// A slow machine is not a failure: these only end what hangs.
const patience = 60000;
// So many milliseconds after a page its scripts come, as on a slow machine.
const lateness = Number(process.env.LEFT4ME_LATE_SCRIPTS ?? 0);

let started;

function browser() {
        started ??= chromium.launch({
                executablePath: "/usr/bin/chromium",
                // The sandbox of a browser that root runs doesn't work; it sees our own pages only.
                args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                        "--disable-background-networking", "--disable-component-update", "--disable-sync",
                        // The machine has no DNS.
                        "--host-resolver-rules=MAP left4me.example.org 127.0.0.1"],
        });
        return started;
}

after(async () => {
        await (await started)?.close();
});

export const phone = { viewport: { width: 390, height: 844 } };
export const dark = { colorScheme: "dark" };
export const withoutScript = { javaScriptEnabled: false };

// A window: a page and the watch over it.
class Window {
        constructor(context, page, watch, hasScripts) {
                Object.assign(this, { context, page, watch, hasScripts });
        }

        static async open(options) {
                const settings = {
                        baseURL: origin, viewport: { width: 1280, height: 800 }, reducedMotion: "reduce", ...options,
                };
                const context = await (await browser()).newContext(settings);
                const watch = new Watch(context, settings.baseURL);

                context.setDefaultTimeout(patience);
                if (lateness > 0)
                        await context.route("**/static/app.js", async (route) => {
                                await pause(lateness);
                                // The page may be gone by then.
                                await route.fallback().catch(() => {});
                        });
                return new Window(context, await context.newPage(), watch, settings.javaScriptEnabled ?? true);
        }

        // A picture of the whole page, build/browser/NAME.png on the host.
        async screenshot(name) {
                await this.page.screenshot({ path: `${output}/${name}.png`, fullPage: true });
        }

        // The page as it is now is accessible and fits its window.
        async check() {
                await checkAccessibility(this.page, this.hasScripts);
                const [width, room] = await this.page.evaluate(() =>
                        [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
                if (width > room)
                        throw new Error(`${this.page.url()} is ${width} wide in a window of ${room}`);
        }
}

async function keep(windows, name) {
        const safe = name.replace(/[^a-z0-9]+/gi, "-").toLowerCase();

        mkdirSync(`${output}/failed`, { recursive: true });
        for (const [i, { page }] of windows.entries()) {
                if (page.isClosed())
                        continue;
                await page.screenshot({ path: `${output}/failed/${safe}-${i}.png`, fullPage: true });
                writeFileSync(`${output}/failed/${safe}-${i}.html`, `<!-- ${page.url()} -->\n${await page.content()}`);
        }
}

// Declares a test. body({ open }): open(options) resolves to a Window.
export function scenario(name, body) {
        test(name, { timeout: 10 * patience }, async () => {
                const windows = [];
                const open = async (options) => {
                        windows.push(await Window.open(options));
                        return windows.at(-1);
                };

                try {
                        await body({ open });
                        for (const { watch } of windows)
                                watch.check();
                } catch (error) {
                        await keep(windows, name);
                        throw error;
                } finally {
                        for (const { context } of windows)
                                await context.close();
                }
        });
}
