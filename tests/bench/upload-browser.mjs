// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The part of upload-browser that is a browser's scenario.

import { rmSync } from "node:fs";

import { scenario } from "../browser/lib/browser.mjs";
import { ctl, makeUser, run } from "../browser/lib/machine.mjs";
import { logInToOverview } from "../browser/pages/frame.mjs";

const rounds = Number(process.env.rounds), megabytes = Number(process.env.megabytes);
const state = "/var/lib/left4me", file = `${state}/sent.vpk`;
const median = (values) => values.sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)];

// The milliseconds of a round: until all of it was sent, and until the page shows it.
const upload = async (page, ref) => {
        const put = new RegExp(`upload/.*size=${megabytes << 20}`);
        let sent;

        ctl("overlay", "create", ref);
        await page.goto(`/overlays/${ref}`);
        const note = (response) => {
                if (put.test(response.url()))
                        sent = performance.now();
        };
        page.on("response", note);
        const begin = performance.now();
        await page.locator("input[data-choose=files]").setInputFiles(file);
        await page.getByRole("link", { name: "sent.vpk" }).waitFor();
        const end = performance.now();

        page.off("response", note);
        run("cmp", [file, `${state}/overlays/${ref}/current/sent.vpk`]);
        rmSync(`${state}/overlays/${ref}`, { recursive: true });
        return [sent - begin, end - begin];
};

const nginx = () => {
        const begin = performance.now();

        run("curl", ["--silent", "--fail", "--upload-file", file, "http://127.0.0.1:8099/sent.vpk"]);
        const end = performance.now();

        rmSync(`${state}/nginx/sent.vpk`);
        return end - begin;
};

scenario("upload", async ({ open }) => {
        makeUser("bench", "sends a large file", "admin");
        const window = await open(), { page } = window, times = { nginx: [], sent: [], shown: [] };

        await logInToOverview(window, "bench", "sends a large file");
        for (let round = 0; round <= rounds; round++) {
                const theirs = nginx(), [sent, shown] = await upload(page, `bench-${round}`);

                // The first one warms up.
                if (round === 0)
                        continue;
                times.nginx.push(theirs);
                times.sent.push(sent);
                times.shown.push(shown);
        }
        const [theirs, sent, shown] = Object.values(times).map(median);

        console.log(`${rounds} rounds of ${megabytes} MiB`);
        for (const [name, time] of Object.entries({ "curl -T to nginx": theirs, "sent": sent, "in the overlay": shown }))
                console.log(`${name.padEnd(20)} ${time.toFixed(0).padStart(6)} ms ${(megabytes * 1000 / time).toFixed(0).padStart(6)} MiB/s`);
        console.log(`speed to nginx: sent ${(theirs / sent).toFixed(2)}, in the overlay ${(theirs / shown).toFixed(2)}`);
});
