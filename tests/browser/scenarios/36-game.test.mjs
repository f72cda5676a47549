// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The game as an admin sees it: Steam is asked for an update, the update is watched while a server runs, the server is
// named as outdated, and the version before comes back. steamcmd is the stand-in of the suites.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";

import { scenario } from "../lib/browser.mjs";
import { ctl, makeServer, makeUser, run, startServer } from "../lib/machine.mjs";
import { logInToOverview } from "../pages/frame.mjs";

const password = "updates and updates";
const home = "/var/lib/left4me-build", config = "/etc/left4me/left4me.conf.d/steamcmd.conf";
const steamcmd = (behaviour, build) => {
        writeFileSync(`${home}/steamcmd-behaviour`, behaviour);
        writeFileSync(`${home}/steamcmd-build`, `${build}`);
};

// Another scenario that starts an installation would wait for one that hangs.
const withSteamcmd = async (body) => {
        mkdirSync("/etc/left4me/left4me.conf.d", { recursive: true });
        writeFileSync(config, "[install]\nsteamcmd=/usr/lib/left4me-tests/suites/steamcmd\n");
        steamcmd("works", 1000);
        try {
                await body();
        } finally {
                run("systemctl", ["stop", "left4me-install.service"]);
                rmSync(config);
        }
};

scenario("an update of the game: checked for, watched, seen at the servers, taken back", ({ open }) => withSteamcmd(async () => {
        makeUser("updater", password, "admin");
        ctl("install");
        const before = JSON.parse(ctl("game", "versions", "--json")).find((v) => v.is_current).version;
        makeServer("played", "port: 27041\n");
        await startServer("played");

        const window = await open(), { page } = window;
        await logInToOverview(window, "updater", password);
        await page.getByRole("link", { name: "Host", exact: true }).click();
        await page.getByText("Servers get build 1000.").waitFor();
        await page.getByRole("link", { name: "Versions of the game" }).click();
        await page.getByRole("heading", { level: 1, name: "Game" }).waitFor();

        // The answer appears when the job has ended, without a click.
        steamcmd("newer", 1001);
        await page.getByRole("button", { name: "Check for an update" }).click();
        await page.getByText("Update available: Steam has build 1001.").waitFor();
        await window.check();
        await window.screenshot("game-update-available");

        steamcmd("hangs", 1001);
        await page.getByRole("button", { name: "Install or update the game" }).click();
        await page.getByText("12 % downloading").or(page.getByText("downloading", { exact: true })).first().waitFor();
        await page.getByRole("progressbar").waitFor();
        await window.check();
        await window.screenshot("game-update-running");
        run("systemctl", ["stop", "left4me-install.service"]);
        await page.getByText("cancelled").first().waitFor();

        steamcmd("newer", 1001);
        await page.getByRole("button", { name: "Install or update the game" }).click();
        await page.getByText("Servers get build 1001. Steam has no newer one.").waitFor();
        const outdated = page.locator("section", { has: page.getByRole("heading", { name: "Servers with another version" }) });
        await outdated.getByText(`Version ${before}, build 1000`).waitFor();
        await outdated.getByRole("link", { name: "played" }).waitFor();
        await window.check();
        await window.screenshot("game-outdated");

        await page.getByRole("button", { name: `Roll back to version ${before}` }).click();
        await page.getByText(`The game is at version ${before} again.`).waitFor();
        await page.getByText("Update available: Steam has build 1001.").waitFor();
        await outdated.waitFor({ state: "detached" });
        ctl("stop", "played");
}));
