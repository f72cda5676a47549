// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The files of an overlay: written, moved, dropped from the desktop, and brought back.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

import { phone, scenario, withoutScript } from "../lib/browser.mjs";
import { ctl, makeJob, makeUser, run } from "../lib/machine.mjs";
import { Frame, logInToOverview } from "../pages/frame.mjs";

const password = "lays it over";
const directory = "/run/overlay-scenario";
const current = (ref) => `/var/lib/left4me/overlays/${ref}/current`;
const filesOf = (ref) => run("sh", ["-c", `cd ${current(ref)} && find . -mindepth 1 -printf '%P\\n' | sort`]).split("\n");
const textOf = (ref, path) => readFileSync(`${current(ref)}/${path}`, "utf8");
const versionOf = (ref) => JSON.parse(ctl("overlay", "show", ref, "--json")).version;

const desktop = (files) => {
        for (const [path, content] of Object.entries(files)) {
                mkdirSync(dirname(`${directory}/${path}`), { recursive: true });
                writeFileSync(`${directory}/${path}`, content);
        }
};

const change = (ref, ...changes) => run("l4d2ctl", ["overlay", "apply", ref, "-"], JSON.stringify({ changes }));

// Files and folders of this machine, dropped on the page as the browser gets them from its desktop.
const drop = async (page, ...names) => {
        const session = await page.context().newCDPSession(page);
        const data = { items: [], files: names.map((name) => `${directory}/${name}`), dragOperationsMask: 1 };
        const box = await page.locator("main").boundingBox();

        for (const type of ["dragEnter", "dragOver", "drop"])
                await session.send("Input.dispatchDragEvent", { type, x: box.x + 20, y: box.y + 60, data });
        await session.detach();
};

const entry = (page, name) => page.locator(".files tr").filter({ has: page.getByRole("link", { name, exact: true }) });

scenario("an overlay is created, and gets a folder and a text", async ({ open }) => {
        makeUser("layer", password);
        const window = await open(), { page } = window, frame = await logInToOverview(window, "layer", password);

        await frame.go("Overlays");
        await page.getByRole("link", { name: "New overlay" }).click();
        await frame.heading("New overlay").waitFor();
        await page.getByRole("textbox", { name: "Name" }).fill("rates");
        await page.getByRole("textbox", { name: "Description" }).fill("Rates for <100 ticks>");
        await window.check();
        await page.getByRole("button", { name: "Create overlay" }).click();
        await frame.heading("layer/rates").waitFor();
        await page.locator(".page-head").getByText("Rates for <100 ticks>").waitFor();
        await page.getByRole("textbox", { name: "Description" }).fill("Rates & <b>ticks</b>");
        await page.getByRole("button", { name: "Save description" }).click();
        await frame.notice("Saved the description.");
        await page.locator(".page-head").getByText("Rates & <b>ticks</b>").waitFor();
        await window.check();
        await window.screenshot("overlay-empty");
        await frame.go("Overlays");
        await page.getByText("Rates & <b>ticks</b>").waitFor();
        await window.check();
        await window.screenshot("overlays-description");
        await page.goBack();

        await page.locator("summary", { hasText: "New folder" }).click();
        await page.getByRole("dialog").getByLabel("Name of the folder").fill("cfg");
        await page.getByRole("dialog").getByRole("button", { name: "Create folder" }).click();
        await frame.notice("Created the folder 'cfg'.");
        await page.locator("summary", { hasText: "New file" }).click();
        await page.getByRole("dialog").getByLabel("Name of the file").fill("rates & <b>.cfg");
        await page.getByRole("dialog").getByRole("button", { name: "Write its text" }).click();
        await frame.heading("rates & <b>.cfg").waitFor();
        await page.locator(".CodeMirror").click();
        await page.keyboard.type("sv_minrate 30000\nsv_maxrate 100000\n");
        // The keyboard gets out of the editor.
        await page.keyboard.press("Tab");
        assert.equal(await page.evaluate(() => document.activeElement.textContent), "Save");
        await window.check();
        await window.screenshot("overlay-editor");
        await page.keyboard.press("Enter");
        await frame.notice("Saved");
        assert.equal(textOf("layer/rates", "cfg/rates & <b>.cfg"), "sv_minrate 30000\nsv_maxrate 100000\n");

        const download = page.waitForEvent("download");
        await page.getByRole("link", { name: "Download" }).click();
        // The browser knows that no file of the desktop can have such a name everywhere.
        assert.equal((await download).suggestedFilename(), "rates & _b_.cfg");
        assert.equal(readFileSync(await (await download).path(), "utf8"), "sv_minrate 30000\nsv_maxrate 100000\n");
});

scenario("two people edit one file: the later one sees both texts", async ({ open }) => {
        ctl("overlay", "create", "layer/both");
        change("layer/both", { do: "put", path: "a.cfg", text: "one\n" });
        const window = await open(), { page, watch } = window, frame = new Frame(page);

        await logInToOverview(window, "layer", password);
        await page.goto("/overlays/layer/both/-/file?path=a.cfg");
        await page.locator(".CodeMirror").click();
        await page.keyboard.press("Control+Home");
        await page.keyboard.type("mine ");
        change("layer/both", { do: "put", path: "a.cfg", text: "theirs\n" });
        watch.expect(409);
        await page.getByRole("button", { name: "Save" }).click();
        await frame.failure("was changed meanwhile");
        assert.equal(await page.getByRole("textbox", { name: "The version that was saved" }).inputValue(), "theirs\n");
        await window.check();
        await window.screenshot("overlay-conflict");
        await page.getByRole("button", { name: "Save mine over it" }).click();
        await frame.notice("Saved");
        assert.equal(textOf("layer/both", "a.cfg"), "mine one\n");
});

scenario("files are moved by drag, deleted after a question, and a rollback brings them back", async ({ open }) => {
        ctl("overlay", "create", "layer/moved");
        change("layer/moved", { do: "mkdir", path: "cfg" }, { do: "put", path: "a.cfg", text: "a" },
                { do: "put", path: "b.cfg", text: "b" });
        const window = await open(), { page, watch } = window, frame = new Frame(page);

        await logInToOverview(window, "layer", password);
        await page.goto("/overlays/layer/moved");
        await entry(page, "a.cfg").dragTo(entry(page, "cfg/"));
        await entry(page, "a.cfg").waitFor({ state: "detached" });
        assert.deepEqual(filesOf("layer/moved"), ["b.cfg", "cfg", "cfg/a.cfg"]);
        await page.getByRole("link", { name: "cfg/" }).click();
        // The folder's page with its scripts.
        await page.waitForURL(/path=cfg/);
        await entry(page, "a.cfg").dragTo(page.locator("tr[data-parent]"));
        await entry(page, "a.cfg").waitFor({ state: "detached" });
        assert.deepEqual(filesOf("layer/moved"), ["a.cfg", "b.cfg", "cfg"]);

        // A name that is there is a choice.
        change("layer/moved", { do: "put", path: "cfg/a.cfg", text: "older" });
        await page.goto("/overlays/layer/moved");
        watch.expect(412);
        await entry(page, "a.cfg").dragTo(entry(page, "cfg/"));
        await page.getByRole("dialog").getByText("'cfg/a.cfg' already exists").waitFor();
        await window.check();
        await window.screenshot("overlay-exists");
        await page.getByRole("dialog").getByRole("button", { name: "Keep both" }).click();
        await entry(page, "a.cfg").waitFor({ state: "detached" });
        assert.deepEqual(filesOf("layer/moved"), ["b.cfg", "cfg", "cfg/a (2).cfg", "cfg/a.cfg"]);

        await page.getByRole("link", { name: "cfg/" }).click();
        // The folder's page is there, not the one before it.
        await page.locator("tr[data-parent]").waitFor();
        await frame.ask(page.locator("main"), "Delete folder", "Delete cfg");
        await frame.notice("Deleted 'cfg'");
        assert.deepEqual(filesOf("layer/moved"), ["b.cfg"]);
        await page.getByRole("link", { name: /^Version / }).click();
        await page.getByRole("button", { name: /^Roll back/ }).first().click();
        await frame.notice("again. A server gets it when it starts.");
        assert.ok(filesOf("layer/moved").includes("cfg/a.cfg"));
});

scenario("files and whole folders are dropped, and become one version", async ({ open }) => {
        const large = randomBytes(20 << 20);

        ctl("overlay", "create", "layer/dropped");
        desktop({
                "pack/left4dead2/addons/map.vpk": large, "pack/left4dead2/cfg/a b.cfg": "a", "pack/left4dead2/cfg/ü.cfg": "ü",
                "pack/left4dead2/none": "", "single.txt": "single",
        });
        mkdirSync(`${directory}/pack/empty`, { recursive: true });
        const window = await open(), { page, watch } = window;

        await logInToOverview(window, "layer", password);
        await page.goto("/overlays/layer/dropped");
        await drop(page, "pack", "single.txt");
        await page.getByRole("link", { name: "pack/" }).waitFor();
        assert.deepEqual(filesOf("layer/dropped"), ["pack", "pack/empty", "pack/left4dead2", "pack/left4dead2/addons",
                "pack/left4dead2/addons/map.vpk", "pack/left4dead2/cfg", "pack/left4dead2/cfg/a b.cfg",
                "pack/left4dead2/cfg/ü.cfg", "pack/left4dead2/none", "single.txt"]);
        assert.equal(versionOf("layer/dropped"), "versions/1");
        const hash = (data) => createHash("sha256").update(data).digest("hex");
        assert.equal(hash(readFileSync(`${current("layer/dropped")}/pack/left4dead2/addons/map.vpk`)), hash(large));
        await window.check();
        await window.screenshot("overlay-dropped");

        // The same once more: nothing is replaced without a choice.
        desktop({ "single.txt": "another" });
        watch.expect(412);
        await drop(page, "single.txt");
        await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
        await page.getByRole("dialog").waitFor({ state: "detached" });
        assert.equal(textOf("layer/dropped", "single.txt"), "single");
        watch.expect(412);
        await drop(page, "single.txt");
        await page.getByRole("dialog").getByRole("button", { name: "Replace" }).click();
        await page.getByRole("dialog").waitFor({ state: "detached" });
        await page.getByRole("link", { name: /Version 2/ }).waitFor();
        assert.equal(textOf("layer/dropped", "single.txt"), "another");

        const download = page.waitForEvent("download");
        await page.getByRole("link", { name: "Download as zip" }).click();
        const archive = await (await download).path();
        assert.match(run("unzip", ["-t", archive]), /No errors detected/);
});

scenario("an upload goes on after the connection and the web app were gone", async ({ open }) => {
        const large = randomBytes(30 << 20);

        ctl("overlay", "create", "layer/resumed");
        desktop({ "resumed.vpk": large });
        const window = await open(), { page, watch } = window;

        // As on a page that does not come through TLS.
        await page.addInitScript(() => Object.defineProperty(crypto, "subtle", { value: undefined }));
        await logInToOverview(window, "layer", password);
        await page.goto("/overlays/layer/resumed");
        const parts = [];
        page.on("request", (request) => request.method() === "PUT" && parts.push(new URL(request.url()).searchParams.get("offset")));
        watch.outage(true);
        // The second part begins when the connection is cut off.
        let letGo, applied = 0;
        const isOffline = new Promise((done) => {
                letGo = done;
        });
        await page.route(/upload\/.*offset=[1-9]/, async (route) => {
                await isOffline;
                await route.continue();
        });
        // The web app ends at the first try, and has done nothing.
        watch.expect(503);
        await page.route(/-\/apply$/, (route) => applied++ === 0 ?
                route.fulfill({ status: 503, json: { message: "restarting", details: [] } }) : route.continue());
        const first = page.waitForResponse((response) => response.request().method() === "PUT");
        await page.locator("input[data-choose=files]").setInputFiles(`${directory}/resumed.vpk`);
        await first;
        run("systemctl", ["restart", "left4me-web.service"]);
        await page.context().setOffline(true);
        const cutOff = page.waitForEvent("requestfailed");
        letGo();
        await cutOff;
        await page.getByText("Uploaded: 0 of 1").waitFor();
        await page.context().setOffline(false);
        await page.getByRole("link", { name: "resumed.vpk" }).waitFor();
        watch.outage(false);
        assert.equal(applied, 2);
        assert.ok(readFileSync(`${current("layer/resumed")}/resumed.vpk`).equals(large));
        assert.equal(parts.filter((offset) => offset === "0").length, 1);
});

scenario("a proxy gives up while files are put there: the page says what came of it", async ({ open }) => {
        const ref = "layer/patient", left = () => run("ls", ["/var/lib/left4me/uploads"]);

        ctl("overlay", "create", ref);
        change(ref, { do: "mkdir", path: "d" });
        desktop({ "one.txt": "one", "two.txt": "two", "three.txt": "three", "four.txt": "four" });
        const window = await open(), { page, watch } = window, frame = new Frame(page);
        const send = (...names) =>
                page.locator("input[data-choose=files]").setInputFiles(names.map((name) => `${directory}/${name}`));
        const tickets = [];
        // A proxy's answer to the first request, which the web app has.
        const giveUp = () => page.route("**/-/apply", async (route) => {
                const isFirst = tickets.length === 0;

                tickets.push(new URLSearchParams(route.request().postData()).get("ticket"));
                if (!isFirst)
                        return route.continue();
                route.fetch({ timeout: 0 }).catch(() => {});
                await route.fulfill({ status: 504, contentType: "text/html", body: "<h1>504 Gateway Time-out</h1>" });
        });

        await logInToOverview(window, "layer", password);
        await page.goto(`/overlays/${ref}`);
        await giveUp();
        // The overlay is locked, so that nothing is done yet.
        const holder = spawn("flock", [`/var/lib/left4me/overlays/${ref}/staging`, "sh", "-c", "echo; exec cat"]);
        await once(holder.stdout, "data");
        watch.expect(504);
        await send("one.txt", "two.txt");
        await page.getByText("The files are checked").waitFor();
        await page.waitForResponse((response) => response.status() === 202);
        await window.check();
        await window.screenshot("overlay-applying");
        assert.equal(left().split("\n").length, 2);
        assert.equal(versionOf(ref), "versions/1");
        holder.stdin.end();
        await page.getByRole("link", { name: "two.txt" }).waitFor();
        assert.deepEqual(filesOf(ref), ["d", "one.txt", "two.txt"]);
        assert.equal(versionOf(ref), "versions/2");
        assert.equal(new Set(tickets).size, 1);
        assert.equal(await page.locator(".failure").count() + await page.getByText("The files are checked").count(), 0);
        assert.equal(left(), "");

        // It never gets an answer: then it claims nothing, and removes nothing.
        await page.unroute("**/-/apply");
        await page.route("**/-/apply", (route) => route.fulfill({ status: 504, contentType: "text/html", body: "<h1>504</h1>" }));
        await page.clock.install();
        for (let i = 0; i < 60; i++)
                watch.expect(504);
        await send("three.txt", "four.txt");
        while (await page.getByRole("alert").count() === 0)
                await page.clock.runFor(5000);
        await frame.failure("The web app did not answer.");
        assert.equal(left().split("\n").length, 2);
        run("sh", ["-c", "rm /var/lib/left4me/uploads/*"]);
});

scenario("three files are sent at once; one is cancelled, the others are put there", async ({ open }) => {
        ctl("overlay", "create", "layer/cancelled");
        desktop({ "slow.vpk": randomBytes(30 << 20), "small.txt": "small", "other.txt": "other one" });
        const window = await open(), { page } = window;

        await logInToOverview(window, "layer", password);
        await page.goto("/overlays/layer/cancelled");
        // None gets an answer until all three are on their way, and the large one not before it is cancelled.
        const held = [];
        await page.route(/upload\/.*size=/, (route) => {
                if (route.request().method() !== "PUT")
                        return route.continue();
                held.push(route);
        });
        await page.locator("input[data-choose=files]").setInputFiles(
                ["small.txt", "slow.vpk", "other.txt"].map((name) => `${directory}/${name}`));
        await page.getByText("Uploaded: 0 of 3").waitFor();
        while (held.length < 3)
                await page.waitForTimeout(20);
        assert.equal(await page.locator(".uploads li").count(), 3);
        await window.check();
        await window.screenshot("overlay-uploading");
        await page.getByRole("button", { name: "Cancel slow.vpk" }).click();
        await page.getByText("Uploaded: 1 of 3").waitFor();
        for (const route of held.filter((each) => !each.request().url().includes("size=31457280")))
                await route.continue();
        await page.getByRole("link", { name: "small.txt" }).waitFor();
        assert.deepEqual(filesOf("layer/cancelled"), ["other.txt", "small.txt"]);
        assert.equal(versionOf("layer/cancelled"), "versions/1");
        assert.equal(run("ls", ["/var/lib/left4me/uploads"]), "");
});

scenario("what was uploaded for nothing is removed", async ({ open }) => {
        const names = Array.from({ length: 102 }, (_, i) => `many/${i}.cfg`);

        ctl("overlay", "create", "layer/declined");
        change("layer/declined", { do: "put", path: "many/0.cfg", text: "there" });
        desktop(Object.fromEntries([["bad.txt", "bad"], ["good.txt", "good"], ...names.map((name) => [name, name])]));
        const window = await open(), { page, watch } = window, frame = new Frame(page);
        const left = () => run("ls", ["/var/lib/left4me/uploads"]);
        const isRemoved = (n) => {
                let seen = 0;

                return page.waitForResponse((response) => response.url().endsWith("/cancel") && ++seen === n);
        };

        await logInToOverview(window, "layer", password);
        await page.goto("/overlays/layer/declined");

        // One of two failed, and the user does not want the other one alone.
        await page.route(/upload\/.*size=3&/, (route) => route.fulfill({ status: 507, json: { message: "too large" } }));
        watch.expect(507);
        await page.locator("input[data-choose=files]").setInputFiles(["bad.txt", "good.txt"].map((name) => `${directory}/${name}`));
        await page.getByRole("dialog").getByText("bad.txt: too large").waitFor();
        assert.notEqual(left(), "");
        const one = isRemoved(1);
        await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
        await frame.failure("bad.txt: too large");
        await one;
        assert.equal(left(), "");

        // All are there, one exists already, and it is not to be replaced.
        watch.expect(412);
        await drop(page, "many");
        await page.getByRole("dialog").getByText("'many/0.cfg' already exists").waitFor();
        assert.equal(left().split("\n").length, names.length);
        const all = isRemoved(names.length);
        await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
        await all;
        assert.equal(left(), "");
        assert.deepEqual(filesOf("layer/declined"), ["many", "many/0.cfg"]);
});

scenario("an upload that never gets on is given up", async ({ open }) => {
        ctl("overlay", "create", "layer/stuck");
        desktop({ "stuck.txt": "stuck" });
        const window = await open(), { page, watch } = window, frame = new Frame(page);
        let parts = 0;

        await logInToOverview(window, "layer", password);
        await page.clock.install();
        await page.goto("/overlays/layer/stuck");
        // Another page has the file: each part is refused, while the questions between them are answered.
        await page.route(/upload\/.*size=5&/, (route) => {
                parts++;
                return route.fulfill({ status: 423, json: { offset: 0, message: "locked elsewhere" } });
        });
        for (let i = 0; i < 61; i++)
                watch.expect(423);
        await page.locator("input[data-choose=files]").setInputFiles(`${directory}/stuck.txt`);
        while (parts < 100 && await page.getByRole("alert").count() === 0)
                await page.clock.runFor(5000);
        await frame.failure("stuck.txt: locked elsewhere");
        assert.equal(parts, 61);
        assert.equal(run("ls", ["/var/lib/left4me/uploads"]), "");
});

scenario("all but dragging works without scripts, and on a phone", async ({ open }) => {
        ctl("overlay", "create", "layer/plain");
        const window = await open({ ...phone, ...withoutScript }), { page } = window, frame = new Frame(page);

        await logInToOverview(window, "layer", password);
        await page.goto("/overlays/layer/plain");
        await page.locator("summary", { hasText: "New folder" }).click();
        await page.getByLabel("Name of the folder").fill("cfg");
        await page.getByRole("button", { name: "Create folder" }).click();
        await frame.notice("Created the folder");
        await page.locator("summary", { hasText: "New file" }).click();
        await page.getByLabel("Name of the file").fill("a.cfg");
        await page.getByRole("button", { name: "Write its text" }).click();
        await page.getByRole("textbox", { name: "Text", exact: true }).fill("plain\n");
        await page.getByRole("button", { name: "Save" }).click();
        await frame.notice("Saved");
        await page.getByLabel("Rename or move to").fill("b.cfg");
        await page.getByRole("button", { name: "Move" }).click();
        await frame.notice("Moved 'cfg/a.cfg' to 'b.cfg'.");
        assert.deepEqual(filesOf("layer/plain"), ["b.cfg", "cfg"]);
        assert.equal(textOf("layer/plain", "b.cfg"), "plain\n");
        await window.screenshot("overlay-plain-phone");
});

scenario("overlays say how their builds went, and lead to the job", async ({ open }) => {
        ctl("overlay", "create", "layer/built");
        const window = await open(), { page } = window, frame = await logInToOverview(window, "layer", password);
        const row = page.locator(".list li").filter({ has: page.getByRole("link", { name: "layer/built", exact: true }) });

        await frame.go("Overlays");
        await row.getByText("never built").waitFor();
        makeJob("script@layer:built", "/bin/sh -c 'exit 3'");
        // It ends before this does, and is in the journal then.
        run("sh", ["-c", "! systemctl start left4me-script@layer:built.service && journalctl --sync"]);
        await page.reload();
        await row.getByRole("link", { name: "failed" }).waitFor();
        await window.check();
        await window.screenshot("overlays-build");
        await row.getByRole("link", { name: "layer/built" }).click();
        await frame.heading("layer/built").waitFor();
        await window.check();
        await page.getByRole("link", { name: "failed" }).click();
        await page.getByText("failed: ended with exit code 3").waitFor();
});

scenario("an archive is unpacked by a job, or kept as a file", async ({ open }) => {
        ctl("overlay", "create", "layer/unpacked");
        desktop({ "pack/cfg/a.cfg": "unpacked" });
        run("tar", ["-C", `${directory}/pack`, "-czf", `${directory}/pack.tar.gz`, "cfg"]);
        const window = await open(), { page, watch } = window;
        const upload = () => page.locator("input[data-choose=files]").setInputFiles(`${directory}/pack.tar.gz`);

        await logInToOverview(window, "layer", password);
        await page.goto("/overlays/layer/unpacked");
        await upload();
        await page.getByRole("dialog").getByText("This is an archive.").waitFor();
        await window.check();
        await window.screenshot("overlay-archive");
        await page.getByRole("dialog").getByRole("button", { name: "Keep as a file" }).click();
        await page.getByRole("link", { name: "pack.tar.gz" }).waitFor();
        assert.deepEqual(filesOf("layer/unpacked"), ["pack.tar.gz"]);

        await upload();
        await page.getByRole("dialog").getByRole("button", { name: "Unpack" }).click();
        await page.getByRole("link", { name: "left4dead2/" }).waitFor();
        assert.equal(textOf("layer/unpacked", "left4dead2/cfg/a.cfg"), "unpacked");
        assert.equal(run("ls", ["/var/lib/left4me/uploads"]), "");

        // One that isn't: the job says why, and nothing changes. The list of jobs can't be had before and after the
        // job begins, and then is old: the earlier job, which went well, is not taken for this one.
        const before = versionOf("layer/unpacked"), list = "/api/jobs?overlay=layer/unpacked&kind=unpack";
        const old = await page.evaluate(async (address) => (await fetch(address)).text(), list);
        const answers = [{ status: 503 }, { body: old }, { status: 503 }, { body: old }];

        assert.equal(JSON.parse(old).jobs[0].result, "done");
        watch.expect(503);
        watch.expect(503);
        await page.route((url) => url.href.endsWith(list), (route) => {
                const answer = answers.shift();

                return answer ? route.fulfill({ contentType: "application/json", body: "{}", ...answer }) : route.continue();
        });
        writeFileSync(`${directory}/pack.tar.gz`, "no archive");
        await upload();
        await page.getByRole("dialog").getByRole("button", { name: "Unpack" }).click();
        await page.locator(".failure", { hasText: "Some archives were not unpacked." })
                .getByText("pack.tar.gz: failed: ended with exit code").waitFor();
        assert.equal(answers.length, 0);
        assert.equal(versionOf("layer/unpacked"), before);
        assert.equal(run("ls", ["/var/lib/left4me/uploads"]), "");
});

scenario("several archives and a file are dropped: one choice, and each has its progress and Cancel", async ({ open }) => {
        const ref = "layer/several", unit = "left4me-unpack@layer:several.service";

        ctl("overlay", "create", ref);
        desktop({ "one/cfg/one.cfg": "1", "two/cfg/two.cfg": "2", "plain.txt": "plain" });
        for (const name of ["one", "two"])
                run("tar", ["-C", `${directory}/${name}`, "-czf", `${directory}/${name}.tar.gz`, "cfg"]);
        const window = await open(), { page } = window, dialog = page.getByRole("dialog");

        await logInToOverview(window, "layer", password);
        await page.goto(`/overlays/${ref}`);
        await drop(page, "one.tar.gz", "plain.txt", "two.tar.gz");
        await dialog.getByText("These are archives.").waitFor();
        await window.check();
        await window.screenshot("overlay-archives");
        await dialog.getByRole("checkbox", { name: "two.tar.gz" }).uncheck();
        await dialog.getByRole("button", { name: "Continue" }).click();
        await page.getByRole("link", { name: "left4dead2/" }).waitFor();
        assert.deepEqual(filesOf(ref), ["left4dead2", "left4dead2/cfg", "left4dead2/cfg/one.cfg", "plain.txt", "two.tar.gz"]);

        // Cancel, before anything is put there.
        const before = versionOf(ref);
        await drop(page, "one.tar.gz", "two.tar.gz");
        await dialog.getByRole("button", { name: "Cancel" }).click();
        await dialog.waitFor({ state: "detached" });

        // A job that takes long: the second waits for it.
        makeJob("unpack@layer:several", "/bin/sh -c \"systemd-notify --status='42 %% of it'; exec sleep infinity\"", "NotifyAccess=all");
        await drop(page, "one.tar.gz", "two.tar.gz");
        await dialog.getByRole("button", { name: "Continue" }).click();
        const row = (name) => page.locator(".uploads li").filter({ hasText: name });

        await row("one.tar.gz").getByText("of it").waitFor();
        await row("two.tar.gz").getByText("waits").waitFor();
        await page.getByText("Unpacked: 0 of 2").waitFor();
        await window.check();
        await window.screenshot("overlay-unpacking");
        await page.getByRole("button", { name: "Cancel two.tar.gz" }).click();
        await row("two.tar.gz").waitFor({ state: "detached" });
        await page.getByRole("button", { name: "Cancel one.tar.gz" }).click();
        await page.locator(".uploads").waitFor({ state: "detached" });
        assert.equal(await page.locator(".failure").count(), 0);
        assert.equal(versionOf(ref), before);
        assert.equal(JSON.parse(ctl("job", "list", ref, "--json"))[0].result, "cancelled");
        // The waiting one is removed; the other one is the job's, and this job is a stand-in.
        assert.match(run("ls", ["/var/lib/left4me/uploads"]), /^\S+$/);
        run("sh", ["-c", `rm -r /var/lib/left4me/uploads/* /run/systemd/system/${unit}*; systemctl daemon-reload`]);

        // Both: each is a version.
        await drop(page, "one.tar.gz", "two.tar.gz");
        await dialog.getByRole("button", { name: "Continue" }).click();
        await page.locator(".uploads").waitFor();
        await page.locator(".uploads").waitFor({ state: "detached" });
        assert.equal(textOf(ref, "left4dead2/cfg/two.cfg"), "2");
        assert.equal(run("ls", ["/var/lib/left4me/uploads"]), "");
});
