// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The part of upload-browser that is a browser's scenario.

import { rmSync } from "node:fs";

import { scenario } from "../browser/lib/browser.mjs";
import { ctl, makeUser, run } from "../browser/lib/machine.mjs";
import { logInToOverview } from "../browser/pages/frame.mjs";

const rounds = Number(process.env.rounds), megabytes = Number(process.env.megabytes);
const state = "/var/lib/left4me", file = `${state}/sent.vpk`, nginx = "http://127.0.0.1:8099";
const median = (values) => values.sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)];

// Chooses the file. The milliseconds from then on until the last answer to a PUT, and until the page shows the end:
// isShown() runs in the page, because Playwright's own functions look only every half second.
const choose = async (page, input, isShown) => {
        let sent;
        const note = (response) => {
                if (response.request().method() === "PUT")
                        sent = performance.now();
        };
        const shown = page.waitForFunction(isShown).then(() => performance.now());

        page.on("response", note);
        const begin = performance.now();
        await page.locator(input).setInputFiles(file);
        const end = await shown;

        page.off("response", note);
        return [sent - begin, end - begin];
};

// By the web app's page of an overlay.
const upload = async (page, ref) => {
        ctl("overlay", "create", ref);
        await page.goto(`/overlays/${ref}`);
        const times = await choose(page, "input[data-choose=files]", () =>
                [...document.querySelectorAll(".files a")].some((link) => link.textContent === "sent.vpk"));

        run("cmp", [file, `${state}/overlays/${ref}/current/sent.vpk`]);
        rmSync(`${state}/overlays/${ref}`, { recursive: true });
        return times;
};

// The same browser and the same file, by one request to nginx and nothing else.
const bare = async (page) => {
        await page.goto("/page.html");
        const [sent] = await choose(page, "input", () => document.title === "sent");

        run("cmp", [file, `${state}/nginx/sent.vpk`]);
        rmSync(`${state}/nginx/sent.vpk`);
        return sent;
};

const curl = () => {
        const begin = performance.now();

        run("curl", ["--silent", "--fail", "--upload-file", file, `${nginx}/sent.vpk`]);
        const end = performance.now();

        rmSync(`${state}/nginx/sent.vpk`);
        return end - begin;
};

scenario("upload", async ({ open }) => {
        makeUser("bench", "sends a large file", "admin");
        const window = await open(), other = await open({ baseURL: nginx });
        const times = { curl: [], bare: [], sent: [], shown: [] };

        await logInToOverview(window, "bench", "sends a large file");
        for (let round = 0; round <= rounds; round++) {
                const byCurl = curl(), byBrowser = await bare(other.page);
                const [sent, shown] = await upload(window.page, `bench-${round}`);

                // The first one warms up.
                if (round === 0)
                        continue;
                times.curl.push(byCurl);
                times.bare.push(byBrowser);
                times.sent.push(sent);
                times.shown.push(shown);
        }
        const rows = {
                "curl -T to nginx": median(times.curl),
                "Chromium to nginx": median(times.bare),
                "sent": median(times.sent),
                "in the overlay": median(times.shown),
        };

        console.log(`${rounds} rounds of ${megabytes} MiB                     speed to curl  to Chromium`);
        for (const [name, time] of Object.entries(rows))
                console.log(`${name.padEnd(20)} ${time.toFixed(0).padStart(6)} ms ` +
                        `${(megabytes * 1000 / time).toFixed(0).padStart(6)} MiB/s ` +
                        `${(rows["curl -T to nginx"] / time).toFixed(2).padStart(12)} ` +
                        `${(rows["Chromium to nginx"] / time).toFixed(2).padStart(12)}`);
});
