// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The maps of a server: searched, by mode, and one changed to after a question.

import assert from "node:assert/strict";

import { dark, phone, scenario } from "../lib/browser.mjs";
import { console_, ctl, makeBlueprint, makeOverlay, makeServer, makeUser, startServer } from "../lib/machine.mjs";
import { Frame, logInToOverview } from "../pages/frame.mjs";

const password = "where to go next";
const name = "maps-1";

scenario("a map is found and changed to", async ({ open }) => {
        makeUser("mapper", password);
        makeOverlay("campaign", {
                "left4dead2/maps/dbd_1.bsp": "", "left4dead2/maps/dbd_2.bsp": "",
                "left4dead2/missions/dbd.txt": "mission { Name dbd DisplayTitle \"Dead Before <b>Dawn\" modes { " +
                        "coop { 1 { Map dbd_1 DisplayName \"Anna\" } 2 { Map dbd_2 } } versus { 1 { Map dbd_1 } } } }\n",
        });
        makeBlueprint("mapper/versus", "overlays: [campaign]\nconfig: ['hostname \"Maps\"']\n");
        makeServer(name, "port: 27108\nblueprint: mapper/versus\n");
        await startServer(name);
        console_(name, "standin_changelevel_time", "0");

        const window = await open(), { page } = window, frame = new Frame(page);
        await logInToOverview(window, "mapper", password);
        await page.goto(`/servers/${name}/maps`);
        await page.getByRole("heading", { name: "Dead Before <b>Dawn" }).waitFor();
        await window.check();
        await window.screenshot("maps/desktop-light");
        await page.getByRole("searchbox", { name: "Search" }).fill("before");
        await page.getByLabel("Mode").selectOption("versus");
        await page.getByRole("button", { name: "Search" }).click();
        await page.getByRole("listitem").filter({ hasText: "dbd_1" }).waitFor();
        assert.equal(await page.locator(".maps > li").count(), 1);
        await page.locator(".maps summary").click();
        await page.getByRole("dialog").getByText("It changes to the mode versus.").waitFor();
        await window.check();
        await page.getByRole("dialog").getByRole("button", { name: "Change to dbd_1" }).click();
        await frame.notice(`'${name}' changes its map to 'dbd_1'.`);
        assert.match(ctl("players", "--json", name), /"map":"dbd_1"/);
        assert.match(console_(name, "mp_gamemode"), /versus/);
});

scenario("maps on a phone", async ({ open }) => {
        const window = await open({ ...phone, ...dark }), { page } = window;

        await logInToOverview(window, "mapper", password);
        await page.goto(`/servers/${name}/maps`);
        await page.getByText("dbd_2").first().waitFor();
        await window.check();
        await window.screenshot("maps/phone-dark");
        ctl("stop", name);
});
