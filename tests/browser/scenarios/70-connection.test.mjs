// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The message of a page that is no longer kept up to date: the service is gone, the session has ended.

import assert from "node:assert/strict";

import { scenario } from "../lib/browser.mjs";
import { makeServer, makeUser, run } from "../lib/machine.mjs";
import { Frame, logIn, logInToOverview } from "../pages/frame.mjs";
import { Overview, ServerPage } from "../pages/servers.mjs";

const password = "always up to date";

scenario("an overview without its service says so, and that the session has ended with it", async ({ open }) => {
        makeUser("viewer", password, "admin");
        makeServer("watched", "port: 27075\n");

        const window = await open(), { page, watch } = window, overview = new Overview(page);
        const isStale = () => page.evaluate(() => document.documentElement.hasAttribute("data-stale"));

        await logInToOverview(window, "viewer", password);
        await overview.state("watched", "stopped");
        assert.ok(!await isStale());
        // Its scripts are there, before nothing can be had any more.
        await page.waitForLoadState("load");

        watch.outage(true);
        run("systemctl", ["stop", "left4me-web.socket", "left4me-web.service"]);
        await page.getByText(/^Disconnected since \d\d:\d\d, reconnecting…$/).waitFor();
        assert.ok(await isStale());
        await window.screenshot("disconnected");

        // A stop ends all sessions: once for the stream, once for the question why.
        watch.expect(401);
        watch.expect(401);
        run("systemctl", ["start", "left4me-web.socket"]);
        await page.getByText("You were logged out.").waitFor();
        watch.outage(false);
        assert.ok(await isStale());
        await page.getByRole("link", { name: "Log in" }).click();
        await overview.heading("Log in").waitFor();
});

scenario("a restart of the service goes unnoticed", async ({ open }) => {
        const window = await open(), { page, watch } = window, overview = new Overview(page);

        await logInToOverview(window, "viewer", password);
        watch.outage(true);
        run("systemctl", ["restart", "left4me-web.service"]);
        run("l4d2ctl", ["set", "watched", "label", "after the restart"]);
        await overview.row("watched").locator(".label").getByText("after the restart").waitFor();
        watch.outage(false);
        assert.ok(!await page.evaluate(() => document.documentElement.hasAttribute("data-stale")));
});

scenario("an action after the session has ended leads to the login, which says that it was not done", async ({ open }) => {
        const window = await open(), { page, watch } = window, server = new ServerPage(page, "watched");

        await logIn(window, "viewer", password);
        await new Frame(page).heading("Servers").waitFor();
        await server.open();
        watch.expect(401);
        watch.expect(401);
        run("l4d2ctl", ["user", "passwd", "viewer"], `${password}\n`);
        await page.getByText("You were logged out.").waitFor();

        watch.expect(401);
        await page.getByRole("button", { name: "Start watched", exact: true }).click();
        await server.heading("Log in").waitFor();
        await server.failure("'watched' was not started: your session had ended.");
        await window.check();
        await page.getByLabel("Name").fill("viewer");
        await page.getByLabel("Password").fill(password);
        await page.getByRole("button", { name: "Log in" }).click();
        await server.heading("watched").waitFor();
        await server.state("stopped");
});
