// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Actions of a user before the scripts of the page are there, as on a slow machine or connection, and while an update of
// the page is on its way: nothing of it is lost.

import assert from "node:assert/strict";

import { scenario } from "../lib/browser.mjs";
import { ctl, logged, makeBlueprint, makeServer, makeUser } from "../lib/machine.mjs";
import { asks, logInToOverview } from "../pages/frame.mjs";
import { ServerPage } from "../pages/servers.mjs";

const password = "the early bird";
const name = "early-1";

// The scripts of the next pages do not come until the function that this resolves to is called.
const holdScripts = async (page) => {
        let letGo;
        const isLetGo = new Promise((done) => {
                letGo = done;
        });

        await page.route("**/static/app.js", async (route) => {
                await isLetGo;
                await route.continue();
        });
        return letGo;
};

scenario("a question that is opened before the scripts are there becomes its dialog, with what was typed", async ({ open }) => {
        makeUser("early", password);
        ctl("overlay", "create", "early/bird");
        const window = await open(), { page } = window, frame = await logInToOverview(window, "early", password);
        const dialog = page.getByRole("dialog"), field = page.getByLabel("Name of the folder");
        const letGo = await holdScripts(page);

        await page.goto("/overlays/early/bird", { waitUntil: "commit" });
        await page.locator("summary", { hasText: "New file" }).click();
        await page.locator("summary", { hasText: "New folder" }).click();
        await field.pressSequentially("cf");
        assert.equal(await dialog.count(), 0);
        letGo();
        await dialog.waitFor();
        await page.keyboard.type("g");
        assert.equal(await dialog.getByLabel("Name of the folder").inputValue(), "cfg");
        await window.check();

        // It is closed like any other, and nothing stays open in the page, which would keep it from being updated.
        await dialog.getByRole("button", { name: "Cancel" }).click();
        await dialog.waitFor({ state: "detached" });
        assert.equal(await page.locator(".ask[open]").count(), 0);
        await page.locator("summary", { hasText: "New folder" }).click();
        await dialog.getByRole("button", { name: "Create folder" }).click();
        await frame.notice("Created the folder 'cfg'.");
});

scenario("what is typed before the scripts are there is guarded", async ({ open }) => {
        makeBlueprint("early/coop", "config: []\n");
        makeBlueprint("early/versus", "config: []\n");
        makeServer(name, "port: 27061\nblueprint: early/coop\n");
        const window = await open(), { page } = window;

        await logInToOverview(window, "early", password);
        const letGo = await holdScripts(page);
        await page.goto(`/servers/${name}/spec`, { waitUntil: "commit" });
        await page.locator("#text").fill("port: 27062\n");
        letGo();
        assert.ok(await asks(page));
});

scenario("an update of the page keeps a text, a choice and a filter of the log", async ({ open }) => {
        const window = await open(), { page } = window, server = new ServerPage(page, name);
        const label = page.getByLabel("Label"), filter = page.getByRole("searchbox", { name: "Filter" });
        // Only a page that was fetched again has it.
        const since = page.locator(".page-head [data-field=since]");

        await logInToOverview(window, "early", password);
        await server.open();
        await page.locator("[data-live=on]").waitFor();
        await label.fill("half a lab");
        ctl("start", name);
        await server.state("running");
        assert.equal(await label.inputValue(), "half a lab");
        assert.equal(await since.count(), 0);
        ctl("stop", name);
        await server.state("stopped");

        await label.fill("");
        await page.getByLabel("Move to blueprint").selectOption("early/versus");
        ctl("start", name);
        await server.state("running");
        assert.equal(await page.getByLabel("Move to blueprint").inputValue(), "early/versus");
        assert.equal(await since.count(), 0);
        ctl("stop", name);
        await server.state("stopped");

        await page.getByLabel("Move to blueprint").selectOption("early/coop");
        await filter.fill("VAC");
        ctl("start", name);
        await since.waitFor();
        assert.equal(await filter.inputValue(), "VAC");
        await logged(name, "VAC secure mode is activated.");
        await server.line("VAC secure mode is activated.").last().waitFor();
        await server.line("Console initialized.").last().waitFor({ state: "hidden" });
        assert.ok(await server.line("Console initialized.").count() > 0);
        ctl("stop", name);
        await server.state("stopped");
});

scenario("a text that is begun while the page is fetched again stays", async ({ open }) => {
        const window = await open(), { page } = window, server = new ServerPage(page, name);
        const label = page.getByLabel("Label");

        await logInToOverview(window, "early", password);
        await server.open();
        await page.locator("[data-live=on]").waitFor();
        let hold;
        const held = new Promise((resolve) => {
                hold = resolve;
        });
        await page.route(`**${server.path}`, hold, { times: 1 });
        ctl("start", name);
        const route = await held;
        await label.fill("half a lab");
        const isDone = page.evaluate(() =>
                new Promise((done) => document.addEventListener("htmx:afterRequest", () => done(true), { once: true })));
        await route.continue();
        assert.ok(await isDone);
        assert.equal(await label.inputValue(), "half a lab");
        ctl("stop", name);
});
