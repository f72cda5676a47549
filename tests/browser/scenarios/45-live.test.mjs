// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The live state of a server, on the overview and on the server's page, as it changes. The live states are
// written here, so that each can be shown.

import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";

import { dark, phone, scenario } from "../lib/browser.mjs";
import { ctl, logged, makeBlueprint, makeServer, makeUser, run } from "../lib/machine.mjs";
import { logInToOverview } from "../pages/frame.mjs";
import { Overview, ServerPage } from "../pages/servers.mjs";

const password = "sees them live";
const names = ["live-1", "live-2", "live-3", "live-4", "live-5"];
const config = "/etc/left4me/left4me.conf.d/live.conf";

const see = (name, ...values) => run("/usr/lib/left4me-tests/suites/web/live-state", [name, ...values]);

scenario("players, map, speed and processor are seen as they change", async ({ open }) => {
        run("sh", ["-c", "systemctl stop left4me-watch.service || true"]);
        // A state that is written once stays new as long as the scenarios take.
        mkdirSync("/etc/left4me/left4me.conf.d", { recursive: true });
        writeFileSync(config, "[watch]\ninterval=300\n");
        makeUser("liver", password);
        makeBlueprint("liver/versus", "config: ['hostname \"Seen live\"']\narguments: [-tickrate, '60']\n");
        names.forEach((name, i) => makeServer(name, `port: ${27110 + i}\nblueprint: liver/versus\n`));
        ctl("start", ...names);
        for (const name of names)
                await logged(name, "VAC secure mode is activated.");

        const window = await open(), { page } = window, overview = new Overview(page);
        const row = overview.row("live-1");

        await logInToOverview(window, "liver", password);
        await overview.state("live-1", "running");
        assert.equal(await row.locator("[data-show='live.players_text']").isVisible(), false);
        see("live-1");
        await row.getByText("4/8 players").waitFor();
        await row.getByText("c1m1_hotel").waitFor();
        await row.getByText("60 FPS").waitFor();
        await row.getByText("CPU 12 %").waitFor();
        see("live-1", "players=1", 'map="c2m1_highway"');
        await row.getByText("1/8 players").waitFor();
        await row.getByText("c2m1_highway").waitFor();

        // The cost of a restart is said before it.
        await row.locator("summary", { hasText: "Restart" }).click();
        await page.getByRole("dialog").getByText("1 player is there now.").waitFor();
        await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();

        await new ServerPage(page, "live-1").open();
        const server = new ServerPage(page, "live-1");
        await server.fact("Players").getByText("1/8").waitFor();
        see("live-1", "players=7");
        await server.fact("Players").getByText("7/8").waitFor();
        await server.fact("Traffic").getByText("10 KiB/s in, 40 KiB/s out").waitFor();
        await window.check();
});

scenario("a trouble of a server is said in words, and old values say their age", async ({ open }) => {
        const window = await open(), { page } = window, overview = new Overview(page);

        await logInToOverview(window, "liver", password);
        await page.getByText("5 of 5 running", { exact: true }).waitFor();
        see("live-2", 'health="hung"');
        see("live-3", "is_lan=true", "players=0");
        see("live-4", "is_slow=true", "fps=31");
        see("live-5", "age=3600");
        await overview.row("live-2").getByText("Hung: the game has not answered").waitFor();
        await overview.row("live-3").getByText("LAN mode").waitFor();
        await overview.row("live-4").getByText("Slow: it runs below its tick rate").waitFor();
        await overview.row("live-4").getByText("31 FPS, slow").waitFor();
        await overview.row("live-5").getByText("as of 1h ago").waitFor();
        await page.getByText("5 of 5 running, 2 with problems").waitFor();
        await window.check();
        await window.screenshot("live/overview-desktop-light");

        // It answers again.
        see("live-2");
        await overview.row("live-2").getByText("Hung").waitFor({ state: "hidden" });
        await page.getByText("5 of 5 running, 1 with problems").waitFor();
        // Another one needs the latest update: the page has no words for that yet.
        see("live-1", "needs_update=true", "players=7");
        await overview.row("live-1").getByText("Outdated: Steam has a newer version").waitFor();
        await page.getByText("5 of 5 running, 2 with problems").waitFor();
        see("live-1", "players=7");
        await overview.row("live-1").getByText("Outdated:").waitFor({ state: "hidden" });
        await page.getByText("5 of 5 running, 1 with problems").waitFor();
        see("live-2", 'health="hung"');
        await page.getByText("5 of 5 running, 2 with problems").waitFor();
});

for (const [kind, options] of Object.entries({ "desktop-dark": dark, "phone-light": phone, "phone-dark": { ...phone, ...dark } }))
        scenario(`live servers: ${kind}`, async ({ open }) => {
                const window = await open(options), { page } = window, overview = new Overview(page);

                await logInToOverview(window, "liver", password);
                await overview.row("live-5").getByText("as of").waitFor();
                await window.check();
                await window.screenshot(`live/overview-${kind}`);
                await new ServerPage(page, "live-4").open();
                await page.getByText("31 FPS, slow").waitFor();
                await window.check();
                await window.screenshot(`live/server-${kind}`);
        });

scenario("without scripts the same is there to read", async ({ open }) => {
        const window = await open({ javaScriptEnabled: false }), { page } = window, overview = new Overview(page);

        await logInToOverview(window, "liver", password);
        await overview.row("live-1").getByText("7/8 players").waitFor();
        await overview.row("live-2").getByText("Hung: the game has not answered").waitFor();
        ctl("stop", ...names);
        rmSync(config);
        run("/usr/lib/left4me-tests/suites/web/live-events", ["--restore"]);
});
