// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A server's life as its owner sees it, by an ordinary user's hands: made from a blueprint, started, its log,
// its spec, a crash, another blueprint, stopped, deleted.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { scenario } from "../lib/browser.mjs";
import { console_, ctl, logged, makeBlueprint, makeServer, makeUser, unitProperty } from "../lib/machine.mjs";
import { Frame, logInToOverview } from "../pages/frame.mjs";
import { Overview, ServerPage, SpecPage } from "../pages/servers.mjs";

const password = "walks and walks";
const name = "walk-1";

scenario("a server is made from a blueprint", async ({ open }) => {
        makeUser("walker", password);
        makeBlueprint("walker/versus", "description: Versus, 60 tick\n" +
                "arguments: [\"-tickrate\", \"60\", \"+map\", \"c1m1_hotel versus\"]\n" +
                "config: ['hostname \"A walk in the park\"', sv_gametypes versus]\n");
        makeBlueprint("walker/coop", "arguments: [+map, c2m1_highway]\nconfig: ['hostname \"Another walk\"']\n");

        const window = await open(), { page } = window, server = new ServerPage(page, name);
        await logInToOverview(window, "walker", password);
        await page.getByRole("link", { name: "New server" }).click();
        await page.getByLabel("Name").fill(name);
        await page.getByLabel("Blueprint").selectOption("walker/versus");
        await page.getByLabel("Start at boot").uncheck();
        await window.check();
        await window.screenshot("server-new");
        await page.getByRole("button", { name: "Create server" }).click();
        await server.heading(name).waitFor();
        await server.state("stopped");
        assert.equal(ctl("get", name, "blueprint"), "walker/versus");
        assert.equal(ctl("get", name, "autostart"), "false");
});

scenario("it is started and its log is seen as it is written", async ({ open }) => {
        const window = await open(), { page } = window, server = new ServerPage(page, name);

        await logInToOverview(window, "walker", password);
        await server.open();
        await server.start();
        assert.equal(unitProperty(name, "ActiveState"), "active");
        await server.line("VAC secure mode is activated.").waitFor();
        console_(name, "standin_line", "This was written a moment ago");
        await server.line("This was written a moment ago").waitFor();
        await window.check();
        await window.screenshot("server-running");

        // Only the lines that are searched for are shown.
        await page.getByRole("searchbox", { name: "Filter" }).fill("a moment ago");
        await server.line("VAC secure mode is activated.").waitFor({ state: "hidden" });
        await server.line("This was written a moment ago").waitFor();

        // The whole log, with a search of its own.
        await page.getByRole("link", { name: "Search all" }).click();
        await server.heading(`Log of ${name}`).waitFor();
        await page.getByRole("searchbox", { name: "Search" }).fill("VAC secure");
        await page.getByRole("button", { name: "Search" }).click();
        await server.line("VAC secure mode is activated.").waitFor();
        assert.equal(await server.line("This was written a moment ago").count(), 0);
        await window.check();
        await window.screenshot("log-search");
});

scenario("what others do to it is seen without loading the page", async ({ open }) => {
        const window = await open(), { page } = window, overview = new Overview(page);

        await logInToOverview(window, "walker", password);
        await overview.state(name, "running");
        ctl("stop", name);
        await overview.state(name, "stopped");
        ctl("start", name);
        await overview.state(name, "running");
        await overview.row(name).getByText("A walk in the park").waitFor();
        await window.check();
        await window.screenshot("overview-one-server");
});

scenario("an error in its spec is shown at its line, and nothing is changed", async ({ open }) => {
        const window = await open(), { page, watch } = window, spec = new SpecPage(page, name);

        await logInToOverview(window, "walker", password);
        await spec.open();
        const before = await spec.text.inputValue();
        const port = ctl("get", name, "port");
        const broken = `${before.replace(/\n?$/, "\n")}prot: 27015\n`;
        const line = broken.split("\n").indexOf("prot: 27015") + 1;

        watch.expect(422);
        await spec.save(broken);
        await spec.failure(`:${line}:1: error: unknown key 'prot'`);
        assert.equal(await spec.text.inputValue(), broken);
        assert.equal(ctl("get", name, "port"), port);
        await window.check();
        await window.screenshot("spec-error");

        await spec.save(before.replace(`port: ${port}`, "# another port\nport: 27099"));
        await new ServerPage(page, name).heading(name).waitFor();
        assert.equal(ctl("get", name, "port"), "27099");
        assert.match(ctl("cat", name), /# another port/);
        // It runs with what it was started with.
        await new ServerPage(page, name).trouble("Configuration changed since it started").waitFor();
});

scenario("a crash and its reason are shown", async ({ open }) => {
        const window = await open(), { page } = window, server = new ServerPage(page, name);

        await logInToOverview(window, "walker", password);
        ctl("restart", name);
        await server.open();
        await server.state("running");
        console_(name, "standin_crash");
        await server.state("restarting");
        await server.trouble("killed by SIGSEGV").filter({ visible: true }).waitFor();
        await window.check();
        await window.screenshot("server-crashed");
        await server.state("running");
        await server.fact("Restarts").getByText("1").waitFor();
});

scenario("what the server wrote is listed and downloaded", async ({ open }) => {
        const window = await open(), { page } = window, server = new ServerPage(page, name);

        await logInToOverview(window, "walker", password);
        await server.open();
        await page.getByRole("navigation", { name: "Server" }).getByRole("link", { name: "Downloads" }).click();
        await page.getByRole("heading", { level: 1, name: `Downloads of ${name}` }).waitFor();
        await window.check();
        await window.screenshot("server-written");
        const [download] = await Promise.all([
                page.waitForEvent("download"),
                page.getByRole("link", { name: "of this server.txt" }).click(),
        ]);
        assert.equal(download.suggestedFilename(), "of this server.txt");
        assert.equal(readFileSync(await download.path(), "utf8"),
                readFileSync(`/var/lib/left4me/runtime/${name}/upper/left4dead2/stats/of this server.txt`, "utf8"));
});

scenario("a restart waits for players, and can be cancelled", async ({ open }) => {
        const window = await open(), { page } = window, server = new ServerPage(page, name);
        const started = () => unitProperty(name, "InvocationID");

        await logInToOverview(window, "walker", password);
        await server.open();
        await server.state("running");
        console_(name, "standin_players", "1");
        const before = started();

        await server.ask(page.locator(".page-head"), "Restart", `Restart ${name} when empty`);
        await server.trouble("Restarts when its players have left").waitFor();
        await window.check();
        await window.screenshot("server-restart-queued");
        await page.getByRole("button", { name: "Cancel the restart" }).click();
        await server.trouble("Restarts when its players have left").waitFor({ state: "hidden" });
        assert.equal(JSON.parse(ctl("status", "--json", name)).queued_restart, null);
        assert.equal(started(), before);

        // The next one is fulfilled, and the page follows.
        ctl("restart", "--when-empty", name);
        await server.trouble("Restarts when its players have left").waitFor();
        console_(name, "standin_players", "0");
        await server.trouble("Restarts when its players have left").waitFor({ state: "hidden", timeout: 120_000 });
        await server.state("running");
        assert.notEqual(started(), before);

        ctl("set", name, "schedule", "2031-01-01 04:00");
        await server.open();
        await server.fact("Scheduled restarts").getByText("2031-01-01 04:00").first().waitFor();
        await server.fact("Scheduled restarts").getByText(/next: (\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d$/).waitFor();
        await window.check();
        ctl("unset", name, "schedule");
});

scenario("it moves to another blueprint, which applies at its next start", async ({ open }) => {
        const window = await open(), { page } = window, server = new ServerPage(page, name);

        await logInToOverview(window, "walker", password);
        await server.open();
        await page.getByLabel("Move to blueprint").selectOption("walker/coop");
        await page.getByRole("button", { name: "Move" }).click();
        await server.fact("Blueprint").getByText("walker/coop").waitFor();
        assert.equal(ctl("get", name, "blueprint"), "walker/coop");

        await server.ask(page.locator(".page-head"), "Restart", `Restart ${name}`);
        await logged(name, "c2m1_highway");
        await page.getByText("Another walk").waitFor();
});

scenario("it is stopped and deleted, after a question each", async ({ open }) => {
        const window = await open(), { page, watch } = window, server = new ServerPage(page, name);

        await logInToOverview(window, "walker", password);
        await server.open();
        await server.state("running");
        const head = page.locator(".page-head");
        await server.ask(head, "Stop");
        assert.equal(unitProperty(name, "ActiveState"), "active");
        await head.locator("summary", { hasText: "Stop" }).click();
        await page.getByRole("dialog").waitFor();
        await window.check();
        await window.screenshot("server-stop-question");
        await page.getByRole("dialog").getByRole("button", { name: `Stop ${name}` }).click();
        await server.state("stopped");

        const manage = page.locator(".manage");
        await server.ask(manage, "Delete");
        assert.equal(ctl("get", name, "port"), "27099");
        await server.ask(manage, "Delete", `Delete ${name}`);
        await new Frame(page).heading("Servers").waitFor();
        await page.getByText("No servers yet").waitFor();
        watch.expect(404);
        await page.goto(server.path);
        await window.check();
        await window.screenshot("not-found");
});

scenario("while a server is being deleted its page asks for nothing more of it", async ({ open }) => {
        makeServer("fleeting", "port: 27098\nblueprint: walker/coop\n");
        const window = await open(), { page, watch } = window, server = new ServerPage(page, "fleeting");
        const asked = [];

        await logInToOverview(window, "walker", password);
        await server.open();
        await page.locator("[data-live=on]").waitFor();
        // The form stays on its way, and the server goes meanwhile. A navigation that is held back would hold back
        // the page too.
        await page.evaluate(() => window.addEventListener("submit", (event) => event.preventDefault()));
        await page.locator(".manage summary", { hasText: "Delete" }).click();
        await page.getByRole("dialog").getByRole("button", { name: "Delete fleeting" }).click();
        await page.locator("[aria-busy=true]").waitFor();
        page.on("request", (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
        // Its stream is tried again, once: what is gone is not asked for any more.
        watch.expect(404);
        const triedAgain = page.waitForResponse((response) => response.status() === 404);
        ctl("delete", "fleeting");
        await triedAgain;
        await page.waitForTimeout(1500);

        // The second user is told so.
        watch.expect(404);
        assert.deepEqual(asked.filter((line) => / \/servers\/|^GET \/$/.test(line) && !line.endsWith("/events")), []);

        await page.evaluate(() => document.querySelector("[aria-busy=true]").form.submit());
        await server.heading("Not found").waitFor();
});
