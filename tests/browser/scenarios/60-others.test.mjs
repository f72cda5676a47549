// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Things that others have and write: other people's servers aren't there, and markup and escape sequences of a game
// server, a player, an overlay or a blueprint are text. The watch over every scenario would see a script run.

import assert from "node:assert/strict";

import { scenario } from "../lib/browser.mjs";
import {
        console_, ctl, logged, makeBlueprint, makeOverlay, makeServer, makeUser, startServer,
} from "../lib/machine.mjs";
import { logInToOverview } from "../pages/frame.mjs";
import { Overview, ServerPage } from "../pages/servers.mjs";

const password = "mine and yours";
const markup = "<img src=x onerror=alert(1)></script><script>alert(2)</script>";

scenario("the servers and blueprints of others aren't there", async ({ open }) => {
        makeUser("mine", password);
        makeUser("yours", password);
        makeBlueprint("yours/secret", "config: ['hostname \"Nobody may know\"']\n");
        makeServer("yours-1", "port: 27070\nblueprint: yours/secret\n");

        const window = await open(), { page, watch } = window, overview = new Overview(page);
        await logInToOverview(window, "mine", password);
        await page.getByText("No servers yet").waitFor();
        assert.deepEqual(await overview.navigation(), ["Servers", "Blueprints", "Overlays", "Jobs", "Audit"]);
        await overview.go("Blueprints");
        await page.getByText("No blueprints yet").waitFor();
        await overview.go("Audit");
        assert.equal(await page.locator("main").getByText("yours").count(), 0);
        for (const [path, status] of [
                ["/servers/yours-1", 404], ["/servers/yours-1/spec", 404], ["/servers/yours-1/log", 404],
                ["/blueprints/yours/secret", 404], ["/blueprints/yours/secret/yaml", 404], ["/users", 404], ["/host", 404],
        ]) {
                watch.expect(status);
                const response = await page.goto(path);
                assert.equal(response.status(), status, path);
                await page.getByRole("heading", { level: 1 }).waitFor();
                assert.ok(!(await page.content()).includes("Nobody may know"));
        }
        await window.check();
        await window.screenshot("not-yours");

        // Neither by the stream of what changes.
        await overview.open();
        await startServer("yours-1");
        await page.getByText("No servers yet").waitFor();
        ctl("stop", "yours-1");
});

scenario("markup is text, whoever wrote it", async ({ open }) => {
        // A console command has no quotes in it, a file may have any.
        makeOverlay("evil", { [`left4dead2/addons/${markup.replaceAll("/", "|")}.vpk`]: "x" });
        makeBlueprint("mine/evil", `description: "${markup}"\noverlays: [evil]\n` +
                `config: ['hostname "${markup}"', '// ${markup}']\narguments: ['+echo', '${markup}']\n`);
        makeServer("evil-1", "port: 27071\nblueprint: mine/evil\n");
        ctl("start", "evil-1");

        const window = await open(), { page } = window, overview = new Overview(page);
        const server = new ServerPage(page, "evil-1");
        await logInToOverview(window, "mine", password);
        await overview.state("evil-1", "running");
        await overview.row("evil-1").getByText(markup).waitFor();

        await server.open();
        // Live, and once more when the page is loaded again.
        console_("evil-1", "standin_line", `live ${markup}`);
        console_("evil-1", "standin_line", "\\e[31mred\\e[0m\\e]0\\x3btitle\\x07\\x08 end");
        await server.line(`live ${markup}`).waitFor();
        await server.line("\\x1b[31mred\\x1b[0m\\x1b]0;title\\x07\\x08 end").waitFor();
        await window.check();
        await server.open();
        await server.line(`live ${markup}`).waitFor();
        assert.ok(!/[\x00-\x08\x0b-\x1f\x7f]/.test(await server.log.innerText()));
        await window.screenshot("markup-server");

        for (const path of ["/servers/evil-1/log", "/blueprints", "/blueprints/mine/evil",
                "/blueprints/mine/evil/yaml", "/overlays/evil?path=left4dead2/addons", "/new-server", "/audit"]) {
                await page.goto(path);
                await page.getByRole("heading", { level: 1 }).waitFor();
                assert.equal(await page.locator("img, main script").count(), 0, path);
        }
        assert.equal(await page.title(), "Audit log · left4me");
});

scenario("the log stands still for who reads further up, and goes on at a click", async ({ open }) => {
        const window = await open(), { page } = window, server = new ServerPage(page, "evil-1");
        const lines = async (text, count) => {
                for (let i = 1; i <= count; i++)
                        console_("evil-1", "standin_line", `${text} ${i}`);
                await logged("evil-1", `${text} ${count}`);
        };
        const top = () => server.log.evaluate((log) => log.scrollTop);
        const atEnd = () => server.log.evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight < 24);

        await logInToOverview(window, "mine", password);
        await server.open();
        await lines("first", 40);
        await server.line("first 40").waitFor();
        assert.ok(await atEnd());

        await server.log.hover();
        await page.mouse.wheel(0, -300);
        const newest = page.getByRole("button", { name: "Jump to latest" });
        await newest.waitFor();
        const before = await top();
        await lines("second", 20);
        await server.line("second 20").waitFor({ state: "attached" });
        assert.equal(await top(), before);
        await window.screenshot("log-paused");

        await newest.click();
        await newest.waitFor({ state: "hidden" });
        assert.ok(await atEnd());
        await lines("third", 20);
        await server.line("third 20").waitFor();
        assert.ok(await atEnd());
});
