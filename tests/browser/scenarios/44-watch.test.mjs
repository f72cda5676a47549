// SPDX-License-Identifier: LGPL-2.1-or-later
//
// From the game to the page: a player joins, talks and leaves; left4me-watch sees it, and so does a user.

import { scenario } from "../lib/browser.mjs";
import { console_, ctl, makeBlueprint, makeServer, makeUser, startServer } from "../lib/machine.mjs";
import { logInToOverview } from "../pages/frame.mjs";
import { Overview } from "../pages/servers.mjs";

const password = "watches a game";
const name = "watch-1";

scenario("a player who joins, talks and leaves is seen on the pages", async ({ open }) => {
        makeUser("watcher", password);
        makeBlueprint("watcher/versus", "config: ['hostname \"Watched\"']\n");
        makeServer(name, "port: 27109\nblueprint: watcher/versus\n");
        await startServer(name);

        const window = await open(), { page } = window, overview = new Overview(page);
        await logInToOverview(window, "watcher", password);
        await overview.row(name).getByText("0/8 players").waitFor();
        await overview.row(name).getByText("c1m1_hotel").waitFor();
        console_(name, "standin_join", "Francis", "STEAM_1:0:4242");
        await overview.row(name).getByText("1/8 players").waitFor();
        await page.goto(`/servers/${name}/players`);
        await page.locator(".players > li", { hasText: "Francis" }).getByText("76561197960274212").first().waitFor();

        console_(name, "standin_chat", "Francis", "I hate browsers");
        await page.goto(`/servers/${name}/timeline?show=chat`);
        await page.locator(".timeline").getByText("I hate browsers").waitFor();
        console_(name, "standin_leave", "Francis");
        await page.goto(`/servers/${name}/players`);
        await page.getByText("No players are there now.").waitFor();
        await page.getByText("1 player", { exact: true }).waitFor();
        await window.check();
        ctl("stop", name);
});
