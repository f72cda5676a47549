// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Overlays from their first build to their end, with the real jobs: items of a stand-in for the Workshop, a script from
// empty, the list of jobs and its filters, another name, a version that servers crash with, and the way back.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";

import { scenario } from "../lib/browser.mjs";
import { ctl, dropIn, logged, makeBlueprint, makeServer, makeUser, run } from "../lib/machine.mjs";
import { Frame, logInToOverview } from "../pages/frame.mjs";
import { ServerPage } from "../pages/servers.mjs";

const password = "builds until it holds";
const overlays = "/var/lib/left4me/overlays";

// A Workshop on this host, for as long as body runs; items: ID to its title and bytes. All are in the collection 5.
async function withWorkshop(page, items, body) {
        const directory = "/run/life-workshop", config = "/etc/left4me/left4me.conf.d/life-workshop.conf";
        const unit = "/run/systemd/system/left4me-workshop@.service.d", of = (item) => `${directory}/files/${item}`;

        mkdirSync(`${directory}/files`, { recursive: true });
        for (const [id, { bytes }] of Object.entries(items))
                writeFileSync(of(id), bytes);
        writeFileSync(`${directory}/world.json`, JSON.stringify({
                items: Object.fromEntries(Object.entries(items).map(([id, { title, bytes }]) =>
                        [id, { file: id, mode: "ok", title, time_updated: 1700000000, file_size: bytes.length }])),
                collections: { 5: Object.keys(items).map((id) => ({ publishedfileid: id, filetype: 0 })) },
        }));
        const standin = spawn("/usr/lib/left4me-tests/standin/workshop", [directory], { stdio: "ignore" });

        try {
                while (!existsSync(`${directory}/url`))
                        await page.waitForTimeout(50);
                mkdirSync(unit, { recursive: true });
                // The real unit can't reach this host.
                writeFileSync(`${unit}/90-test.conf`, "[Service]\nIPAddressAllow=localhost\nRestrictNetworkInterfaces=\n");
                mkdirSync("/etc/left4me/left4me.conf.d", { recursive: true });
                writeFileSync(config, `[content]\nworkshop_api=${readFileSync(`${directory}/url`, "utf8")}\n`);
                run("systemctl", ["daemon-reload"]);
                await body();
        } finally {
                standin.kill();
                rmSync(config, { force: true });
                rmSync(unit, { recursive: true, force: true });
                run("systemctl", ["daemon-reload"]);
        }
}

const vpk = (size) => Buffer.concat([Buffer.from([0x34, 0x12, 0xaa, 0x55, 1, 0, 0, 0]), Buffer.alloc(size - 8, "x")]);

scenario("items of the Workshop are built, a missing one refused; the list of jobs is filtered by its form", async ({ open }) => {
        makeUser("lifer", password);
        ctl("overlay", "create", "lifer/maps");
        ctl("overlay", "define", "lifer/maps", "kind=workshop", "items=5", "items=99");
        const window = await open(), { page } = window, frame = await logInToOverview(window, "lifer", password);
        const table = page.getByRole("table", { name: "Items" });
        const cells = async (text) =>
                await table.getByRole("row").filter({ hasText: text }).getByRole("cell").allInnerTexts();
        const build = async (result) => {
                await page.getByRole("button", { name: "Build", exact: true }).click();
                await frame.notice("Started to build 'lifer/maps'.");
                await page.locator(".job-state", { hasText: result }).waitFor();
        };

        await withWorkshop(page, { 11: { title: "Dead <b>Dawn</b>", bytes: vpk(300000) }, 12: { title: "Bloody & more", bytes: vpk(1000) } }, async () => {
                await page.goto("/overlays/lifer/maps/-/workshop");
                await build("failed");
                assert.ok(!existsSync(`${overlays}/lifer/maps/current`));
                await page.getByRole("link", { name: "lifer/maps" }).click();
                await page.getByText(/The last build failed .* by lifer: /).waitFor();
                await page.locator(".tabs").getByRole("link", { name: "Workshop" }).click();
                assert.equal((await cells("99"))[2], "removed from the Workshop, or hidden");
                await page.getByRole("button", { name: "Remove 99" }).click();
                await frame.notice("Saved.");
                await build("done");
        });
        assert.deepEqual(readdirSync(`${overlays}/lifer/maps/current/left4dead2/addons`), ["11.vpk", "12.vpk"]);
        await page.goto("/overlays/lifer/maps/-/workshop");
        assert.deepEqual((await cells("Dead <b>Dawn</b>")).slice(2), ["up to date", "", "Leave out"]);
        assert.match((await cells("Bloody & more")).join("|"), /^1000 bytes\|.* ago\|up to date\|\|Leave out$/);
        await window.check();
        await window.screenshot("overlay-workshop-built");

        // The filters of the list of jobs.
        const filters = page.locator("form.filters"), rows = page.locator(".jobs > li");

        ctl("overlay", "create", "lifer/other");
        ctl("overlay", "define", "lifer/other", "kind=script");
        run("l4d2ctl", ["overlay", "script", "lifer/other", "-"], "#!/bin/sh -e\n[ ! -e $OVERLAY/old ] || exit 0\ntouch $OVERLAY/old\n");
        ctl("overlay", "build", "lifer/other");
        await frame.go("Jobs");
        assert.equal(await rows.count(), 3);
        await filters.getByLabel("Kind").selectOption("Workshop");
        await filters.getByRole("button", { name: "Show" }).click();
        await page.waitForURL(/kind=workshop/);
        assert.equal(await rows.count(), 2);
        await filters.getByLabel("Result").selectOption("failed");
        await filters.getByRole("button", { name: "Show" }).click();
        await page.waitForURL(/result=failed/);
        assert.equal(await rows.count(), 1);
        await rows.getByText("failed", { exact: true }).waitFor();
        await window.check();
        await filters.getByRole("link", { name: "Clear" }).click();
        await page.waitForURL("/jobs");
        await filters.getByLabel("Overlay").fill("lifer/other");
        await filters.getByLabel("Overlay").press("Enter");
        await page.waitForURL(/overlay=lifer/);
        assert.deepEqual(await rows.getByRole("heading").allInnerTexts(), ["lifer/other Script"]);
});

scenario("an overlay is built from empty, keeps its name while it is in use, and is renamed and deleted", async ({ open }) => {
        makeUser("renamer", password);
        ctl("overlay", "create", "renamer/old");
        ctl("overlay", "define", "renamer/old", "kind=script");
        run("l4d2ctl", ["overlay", "script", "renamer/old", "-"], "#!/bin/sh -e\nif [ -e $OVERLAY/first ]; then touch $OVERLAY/second; else touch $OVERLAY/first; fi\n");
        const window = await open(), { page, watch } = window, frame = await logInToOverview(window, "renamer", password);
        const manage = page.locator(".manage"), name = manage.getByLabel("Rename to");
        const files = () => readdirSync(`${overlays}/renamer/old/current`).sort();
        const built = async () => await page.locator(".job-state", { hasText: "done" }).waitFor();

        for (const expected of [["first"], ["first", "second"]]) {
                await page.goto("/overlays/renamer/old");
                await page.getByRole("button", { name: "Build", exact: true }).click();
                await built();
                assert.deepEqual(files(), expected);
        }
        await page.goto("/overlays/renamer/old/-/source");
        await frame.ask(page.locator(".files-bar"), "Build from empty");
        assert.deepEqual(files(), ["first", "second"]);
        await frame.ask(page.locator(".files-bar"), "Build from empty", "Build from empty");
        await built();
        assert.deepEqual(files(), ["first"]);

        // A blueprint names it while its page is open.
        for (const [press, message] of [
                [async () => {
                        await name.fill("renamer/new");
                        await manage.getByRole("button", { name: "Rename", exact: true }).click();
                }, "Failed to rename 'renamer/old'."],
                [() => frame.ask(manage, "Delete", "Delete renamer/old"), "Failed to delete 'renamer/old'."],
        ]) {
                await page.goto("/overlays/renamer/old");
                makeBlueprint("renamer/uses", "overlays: [renamer/old]\n");
                watch.expect(409);
                await press();
                await frame.failure(message);
                await page.getByRole("alert").getByText("The blueprint 'renamer/uses' names it").waitFor();
                await page.getByText("It can't be renamed or deleted while blueprints or servers name it.").waitFor();
                assert.equal(await name.count(), 0);
                await window.check();
                ctl("blueprint", "delete", "renamer/uses");
        }
        await window.screenshot("overlay-in-use");

        await page.goto("/overlays/renamer/old");
        await name.fill("renamer/new");
        await manage.getByRole("button", { name: "Rename", exact: true }).click();
        await frame.notice("'renamer/old' is 'renamer/new' now.");
        await frame.heading("renamer/new").waitFor();
        assert.ok(!existsSync(`${overlays}/renamer/old`));
        await frame.ask(manage, "Delete");
        assert.ok(existsSync(`${overlays}/renamer/new`));
        await frame.ask(manage, "Delete", "Delete renamer/new");
        await frame.notice("Deleted 'renamer/new'.");
        await frame.heading("Overlays").waitFor();
        assert.ok(!existsSync(`${overlays}/renamer`));
});

scenario("a server's tree is walked; a version that it crashes with is rolled back where that is offered", async ({ open }) => {
        const put = (text) => run("l4d2ctl", ["overlay", "put", "looper/rules", "left4dead2/cfg/server.cfg", "-"], text);

        makeUser("looper", password);
        ctl("overlay", "create", "looper/rules");
        put("sv_alltalk 1\n");
        makeBlueprint("looper/one", "overlays: [{ref: looper/rules, exec: true}]\n");
        makeServer("looping", "port: 27048\nblueprint: looper/one\n");
        // A loop has five starts with pauses of five seconds; this one is shorter.
        dropIn("looping", "RestartSec=100ms\n[Unit]\nStartLimitBurst=3");
        ctl("start", "looping");
        const began = Date.now();
        await logged("looping", "VAC secure mode is activated.");
        const window = await open(), { page } = window, server = new ServerPage(page, "looping");
        const entry = (name) => page.locator(".files tr").filter({ has: page.getByText(name, { exact: true }) });

        await logInToOverview(window, "looper", password);
        await server.open();
        await page.getByRole("navigation", { name: "Server" }).getByRole("link", { name: "Files" }).click();
        await server.heading("Files of looping").waitFor();
        await page.getByText("The tree that the server runs in.").waitFor();
        await page.getByRole("link", { name: "left4dead2/" }).click();
        await page.getByRole("link", { name: "cfg/" }).click();
        await entry("server.cfg").waitFor();
        assert.ok((await page.locator(".files").innerText()).includes("looper/rules"));
        await window.check();
        await window.screenshot("server-tree-walked");
        await page.getByRole("link", { name: ".." }).click();
        await page.getByRole("link", { name: "cfg/" }).waitFor();
        await page.getByRole("navigation", { name: "Directory" }).getByRole("link").first().click();
        await page.getByRole("link", { name: "left4dead2/" }).waitFor();

        // A run that is ended on request was good after a minute.
        await page.waitForTimeout(Math.max(0, began + 65_000 - Date.now()));
        put("standin_exit 3\n");
        await server.open();
        await server.ask(page.locator(".page-head"), "Restart", "Restart looping");
        await server.state("failed");
        await server.open();
        const suspect = page.locator(".suspect");
        await suspect.getByText("Its last good run had another version of the overlay looper/rules, which has version 2 now.").waitFor();
        await window.check();
        await window.screenshot("server-suspect");
        await suspect.getByRole("button", { name: "Roll back to version 1" }).click();
        await server.notice("'looper/rules' is at version 1 again. A server gets it when it starts.");
        await server.open();
        await server.start();
        await suspect.waitFor({ state: "detached" });
        ctl("stop", "looping");
});
