// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Without JavaScript: all can be read, and all can be done, by plain links and forms.

import assert from "node:assert/strict";

import { phone, scenario, withoutScript } from "../lib/browser.mjs";
import { console_, ctl, logged, makeBlueprint, makeOverlay, makeServer, makeUser, unitProperty } from
        "../lib/machine.mjs";
import { Frame, logInToOverview } from "../pages/frame.mjs";
import { Overview } from "../pages/servers.mjs";

const password = "reads without scripts";

scenario("without scripts a server is read, started and stopped", async ({ open }) => {
        makeUser("reader", password);
        makeOverlay("read", { "left4dead2/cfg/read.cfg": "// read\n" });
        makeBlueprint("reader/coop", "overlays: [read]\nconfig: ['hostname \"To be read\"']\n");
        makeServer("read-1", "port: 27060\nblueprint: reader/coop\n");

        const window = await open({ ...withoutScript, ...phone }), { page } = window, overview = new Overview(page);
        await logInToOverview(window, "reader", password);
        await overview.state("read-1", "stopped");
        await overview.row("read-1").getByRole("button", { name: "Start" }).click();
        await new Frame(page).notice("Started 'read-1'");
        assert.equal(unitProperty("read-1", "ActiveState"), "active");
        await logged("read-1", "VAC secure mode is activated.");
        console_("read-1", "standin_line", "To be read without scripts");
        await logged("read-1", "To be read without scripts");

        await page.goto("/servers/read-1");
        await page.getByText("To be read without scripts", { exact: true }).waitFor();
        // Times are there in words, not left to a script.
        for (const time of await page.locator("main time").filter({ visible: true }).all())
                assert.notEqual((await time.innerText()).trim(), "");
        await window.screenshot("reading-server");
        await page.getByRole("link", { name: "Search all" }).click();
        await page.getByRole("searchbox", { name: "Search" }).fill("VAC secure");
        await page.getByRole("button", { name: "Search" }).click();
        await page.getByText("VAC secure mode is activated.", { exact: true }).waitFor();
        assert.equal(await page.getByText("To be read without scripts", { exact: true }).count(), 0);

        // The question is a part of the page that unfolds.
        await page.goto("/servers/read-1");
        const stop = page.locator(".page-head details", { hasText: "Stop" }).last();
        await stop.locator("summary").click();
        await window.screenshot("reading-stop");
        await stop.locator("div").getByRole("button", { name: "Stop read-1" }).click();
        await new Frame(page).notice("Stopped 'read-1'");
        assert.equal(unitProperty("read-1", "ActiveState"), "inactive");
});

scenario("without scripts overlays are ordered by numbers", async ({ open }) => {
        const window = await open(withoutScript), { page } = window;

        makeOverlay("read-more", { "left4dead2/cfg/more.cfg": "// more\n" });
        await logInToOverview(window, "reader", password);
        await page.goto("/blueprints/reader/coop");
        await page.getByLabel("Place of read", { exact: true }).fill("2");
        await page.getByLabel("Place of read-more", { exact: true }).fill("1");
        await window.screenshot("reading-blueprint");
        await page.getByRole("button", { name: "Save" }).click();
        await new Frame(page).notice("Saved");
        assert.deepEqual(JSON.parse(ctl("blueprint", "show", "reader/coop", "--json")).overlays, ["read-more", "read"]);
});

scenario("without scripts every other page says what it has to say", async ({ open }) => {
        const window = await open(withoutScript), { page } = window;

        makeUser("head-reader", password, "admin");
        await logInToOverview(window, "head-reader", password);
        for (const [path, text] of [
                ["/overlays", "read-more"], ["/overlays/read?path=left4dead2/cfg", "read.cfg"], ["/users", "head-reader"],
                ["/audit", "reader/coop"], ["/host", "Health"], ["/servers/read-1/spec", "reader/coop"],
        ]) {
                await page.goto(path);
                await page.locator("main").getByText(text).first().waitFor();
        }
});
