// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The players of a server: those who are there, with hostile names, kick and ban, and those who were there.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

import { dark, phone, scenario } from "../lib/browser.mjs";
import { console_, ctl, makeBlueprint, makeServer, makeUser, run, startServer } from "../lib/machine.mjs";
import { Frame, logInToOverview } from "../pages/frame.mjs";

const password = "knows the players";
const name = "play-1";
const tools = "/usr/lib/left4me-tests/suites/web";
const first = 76561197960267728n; // of the stand-in's players

const player = (i, called, more = {}) => ({
        user_id: i + 2, name: called, steam_id: "", steam_id64: String(first + BigInt(i)), is_bot: false,
        connected_sec: 754, ping_msec: 40 + i, loss: 0, rate: 30000, state: "active", address: "", ...more,
});
const see = (...players) => run(`${tools}/live-state`, [name, `players=${JSON.stringify(players)}`, `humans=${players.length}`]);

scenario("a server with players", async () => {
        makeUser("player", password);
        makeBlueprint("player/versus", "config: ['hostname \"Players\"']\n");
        makeServer(name, "port: 27105\nblueprint: player/versus\n");
        await startServer(name);
        const visits = Array.from({ length: 60 }, (_, i) => JSON.stringify({
                instance: name, kind: i % 2 ? "leave" : "join", player: `Visitor ${i >> 1}`,
                steam_id64: String(76561197960300000n + BigInt(i >> 1)),
        }));
        execFileSync(`${tools}/live-events`, { input: visits.join("\n") + "\n" });
        console_(name, "standin_players", "4");
});

scenario("players are seen as they come, and one is kicked after a question", async ({ open }) => {
        const window = await open(), { page } = window, frame = new Frame(page);
        const item = (called) => page.locator(".players > li", { hasText: called });

        await logInToOverview(window, "player", password);
        await page.goto(`/servers/${name}/players`);
        await frame.heading(`Players of ${name}`).waitFor();
        see(player(0, "Zoey fan"));
        await item("Zoey fan").getByText("12min 34s").waitFor();
        assert.equal(await item("Zoey fan").getByRole("link").getAttribute("href"),
                `https://steamcommunity.com/profiles/${first}`);
        see(player(0, "Zoey fan"), player(3, "Zоey fan"), player(5, "<img src=x onerror=alert(1)>\u202e"),
                player(9, "Coach", { is_bot: true, steam_id64: null }));
        await item("Zоey fan").getByText("Looks like another player: Zoey fan").waitFor();
        await item("\\u202e").getByText("<img src=x onerror=alert(1)>").first().waitFor();
        await item("Coach").getByText("bot").waitFor();
        assert.equal(await item("Coach").getByText("Kick").count(), 0);
        assert.equal(await page.locator("main img").count(), 0);
        await window.check();
        await window.screenshot("players/desktop-light");

        // The question stays while the list is renewed.
        const kick = item("Zoey fan").first().getByText("Kick", { exact: true }).first();
        await kick.click();
        await page.getByRole("dialog").getByText("Kick Zoey fan? They can join again.").waitFor();
        await window.check();
        await window.screenshot("players/kick");
        await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
        assert.match(ctl("players", name), new RegExp(String(first)));
        await kick.click();
        await page.getByRole("dialog").getByRole("button", { name: "Kick", exact: true }).click();
        await frame.notice("Kicked 'Zoey fan'.");
        assert.doesNotMatch(ctl("players", name), new RegExp(String(first)));
});

scenario("a ban asks for how long and why", async ({ open }) => {
        const window = await open(phone), { page } = window, frame = new Frame(page);

        await logInToOverview(window, "player", password);
        await page.goto(`/servers/${name}/players`);
        await page.locator(".players > li", { hasText: "Visitor 25" }).locator("summary", { hasText: "Ban" }).click();
        const dialog = page.getByRole("dialog");
        await dialog.getByLabel("How long").selectOption("a day");
        await dialog.getByLabel("Reason").fill("Wallhack; \"quit\"");
        await window.check();
        await window.screenshot("players/ban-phone");
        await dialog.getByRole("button", { name: "Ban", exact: true }).click();
        await frame.notice("Banned '76561197960300025'");
        assert.match(ctl("bans", name), /^76561197960300025\s/m);
        run("journalctl", ["--sync"]);
        assert.match(run("journalctl", ["-b", "-o", "cat", "--output-fields=L4D2_COMMAND", `L4D2_INSTANCE=${name}`, "L4D2_ACTION=ban"]),
                /^banid 1440 /m);

        // The way back.
        await page.getByRole("link", { name: "Bans", exact: true }).click();
        await frame.heading(`Bans of ${name}`).waitFor();
        await page.getByText("Visitor 25").waitFor();
        await page.getByText("for some time", { exact: true }).waitFor();
        await window.check();
        await window.screenshot("players/bans-phone");
        await page.getByRole("button", { name: "Unban 76561197960300025" }).click();
        await frame.notice("'76561197960300025' can join again.");
        await page.getByText("The server bans no SteamID.").waitFor();
        assert.doesNotMatch(ctl("bans", name), /76561197960300025/);
});

scenario("pictures of players stay while the list is renewed", async ({ open }) => {
        const window = await open(), { page } = window;
        const cache = "/var/cache/left4me-avatar", corpus = "/usr/lib/left4me-tests/fuzz/corpus/avatar";
        const asked = [];
        const item = (called) => page.locator(".players > li", { hasText: called });
        // A box is the same with a picture and without.
        const box = async (called) => {
                const { width, height } = await item(called).locator(".avatar").boundingBox();
                return `${width}x${height} ${(await item(called).boundingBox()).height}`;
        };

        run("install", ["-d", "-m", "750", "-o", "left4me-avatar", "-g", "left4me-avatar", cache]);
        run("install", ["-m", "640", "-g", "left4me-avatar", `${corpus}/baseline`, `${cache}/${first}.jpg`]);
        page.on("request", (request) => request.url().includes("/avatar/") && asked.push(request.url()));
        see(player(0, "With a picture"), player(1, "Without one"));
        await logInToOverview(window, "player", password);
        await page.goto(`/servers/${name}/players`);
        const picture = item("With a picture").locator("img");
        await picture.waitFor();
        assert.deepEqual(await picture.evaluate((img) => img.decode().then(() => [img.naturalWidth, img.naturalHeight])), [64, 64]);
        assert.equal(await item("Without one").locator("img").count(), 0);
        assert.equal(await box("With a picture"), await box("Without one"));
        assert.equal(asked.length, 1);
        await window.check();
        await window.screenshot("players/pictures");

        see(player(0, "With a picture"), player(1, "Without one"), player(2, "New here"));
        await item("New here").waitFor();
        assert.equal(await picture.evaluate((img) => img.complete && img.naturalWidth), 64);
        assert.equal(asked.length, 1);
        // For screen readers it is not there: the name stands beside it.
        assert.doesNotMatch(await page.locator("#players").ariaSnapshot(), /img/);
        run("rm", ["-r", cache]);
});

scenario("those who were there: ten, then fifty", async ({ open }) => {
        const window = await open({ javaScriptEnabled: false, ...dark }), { page } = window;

        await logInToOverview(window, "player", password);
        await page.goto(`/servers/${name}/players`);
        await page.getByText("30 players", { exact: true }).waitFor();
        const recent = page.locator("section", { has: page.getByRole("heading", { name: "Recent" }) });
        assert.equal(await recent.locator("li").count(), 10);
        await page.getByRole("link", { name: "Show 50" }).click();
        await recent.locator("li").nth(29).waitFor();
        assert.equal(await recent.locator("li").count(), 30);
        await window.screenshot("players/desktop-dark");
});

scenario("players on a phone", async ({ open }) => {
        const window = await open({ ...phone, ...dark }), { page } = window;

        see(player(0, "Zoey fan", { loss: 3 }), player(1, "W".repeat(31)), player(2, "長い名前のプレイヤー"));
        await logInToOverview(window, "player", password);
        await page.goto(`/servers/${name}/players`);
        await page.getByText("長い名前のプレイヤー").first().waitFor();
        await window.check();
        await window.screenshot("players/phone-dark");
        ctl("stop", name);
        await page.getByText("The server does not run.").waitFor();
        await window.check();
        run(`${tools}/live-events`, ["--restore"]);
});
