// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A blueprint's life: made in the form, its overlays put in order by mouse and by keys, edited as YAML,
// copied, and deleted when nothing uses it any more.

import assert from "node:assert/strict";

import { scenario } from "../lib/browser.mjs";
import { blueprintText, ctl, makeOverlay, makeServer, makeUser } from "../lib/machine.mjs";
import { BlueprintForm } from "../pages/blueprints.mjs";
import { Frame, logInToOverview } from "../pages/frame.mjs";

const password = "plans and plans";
const ref = "planner/campaign";

// The list `overlays` of the file, topmost first.
function overlaysOf(text) {
        return JSON.parse(ctl("blueprint", "show", text, "--json")).overlays;
}

scenario("a blueprint is made in the form, its overlays ordered by mouse and by keys", async ({ open }) => {
        makeUser("planner", password);
        for (const [name, text] of [["maps", "a map"], ["sourcemod", "a plugin"], ["tweaks", "a cvar"]])
                makeOverlay(name, { [`left4dead2/addons/${name}.txt`]: text });

        const window = await open(), { page } = window, form = new BlueprintForm(page);
        const frame = await logInToOverview(window, "planner", password);
        await frame.go("Blueprints");
        await page.getByRole("link", { name: "New blueprint" }).click();
        await form.heading("New blueprint").waitFor();
        await form.fill({
                name: "campaign", description: "Campaign & versus <b>", args: ["-tickrate", "60"],
                config: ["hostname \"The planner's\"", "sv_alltalk 0"],
        });
        for (const name of ["maps", "sourcemod", "tweaks"])
                await form.use(name);
        assert.deepEqual(await form.order(), ["maps", "sourcemod", "tweaks"]);
        await form.drag("tweaks", "maps");
        assert.deepEqual(await form.order(), ["tweaks", "maps", "sourcemod"]);
        await form.grip("maps").focus();
        await page.keyboard.press("ArrowDown");
        assert.deepEqual(await form.order(), ["tweaks", "sourcemod", "maps"]);
        // The handle keeps the focus, so the next key moves the same one.
        await page.keyboard.press("ArrowUp");
        await page.keyboard.press("ArrowUp");
        assert.deepEqual(await form.order(), ["maps", "tweaks", "sourcemod"]);
        await window.check();
        await window.screenshot("blueprint-new");

        await page.getByRole("button", { name: "Create blueprint" }).click();
        await form.heading(ref).waitFor();
        // The handles are made by a script.
        await form.grip("maps").waitFor();
        assert.deepEqual(overlaysOf(ref), ["maps", "tweaks", "sourcemod"]);
        assert.deepEqual(await form.order(), ["maps", "tweaks", "sourcemod"]);
        await page.getByLabel("Description").waitFor();
        assert.equal(await page.getByLabel("Description").inputValue(), "Campaign & versus <b>");
        await window.check();
        await window.screenshot("blueprint");
});

scenario("the order is changed later, and one overlay goes", async ({ open }) => {
        const window = await open(), { page } = window, form = new BlueprintForm(page);

        await logInToOverview(window, "planner", password);
        await page.goto(`/blueprints/${ref}`);
        await form.drag("maps", "sourcemod");
        await form.overlays.getByRole("button", { name: "Remove tweaks" }).click();
        await page.getByRole("button", { name: "Save" }).click();
        await form.notice("Saved");
        assert.deepEqual(overlaysOf(ref), ["sourcemod", "maps"]);
});

scenario("an error in the YAML is shown at its line, and what was typed stays", async ({ open }) => {
        const window = await open(), { page, watch } = window, form = new BlueprintForm(page);

        await logInToOverview(window, "planner", password);
        await page.goto(`/blueprints/${ref}`);
        await page.getByRole("link", { name: "YAML" }).click();
        const text = page.getByRole("textbox", { name: "YAML" });
        const before = await text.inputValue();
        const broken = `${before.replace(/\n?$/, "\n")}overlay: [maps]\n`;
        const line = broken.split("\n").indexOf("overlay: [maps]") + 1;

        watch.expect(422);
        await text.fill(broken);
        await page.getByRole("button", { name: "Save" }).click();
        await form.failure(`:${line}:1: error: unknown key 'overlay'`);
        assert.equal(await text.inputValue(), broken);
        assert.equal(blueprintText(ref), before);
        await window.check();
        await window.screenshot("blueprint-error");

        await text.fill(`# for the weekend\n${before}`);
        await page.getByRole("button", { name: "Save" }).click();
        await form.heading(ref).waitFor();
        await form.notice("Saved");
        assert.equal(blueprintText(ref), `# for the weekend\n${before}`);
});

scenario("it is copied, kept while a server uses it, and deleted after a question", async ({ open }) => {
        const window = await open(), { page } = window, form = new BlueprintForm(page), frame = new Frame(page);

        makeServer("plan-1", `port: 27040\nblueprint: ${ref}\n`);
        await logInToOverview(window, "planner", password);
        await page.goto(`/blueprints/${ref}`);
        await page.getByText("Used by").getByRole("link", { name: "plan-1" }).waitFor();
        assert.equal(await page.locator("summary", { hasText: "Delete" }).count(), 0);
        await page.getByText("Can't be deleted while servers use it").waitFor();

        await page.getByLabel("Copy as").fill("copy");
        await page.getByRole("button", { name: "Copy" }).click();
        await form.heading("planner/copy").waitFor();
        assert.equal(blueprintText("planner/copy"), blueprintText(ref));
        await frame.go("Blueprints");
        await window.check();
        await window.screenshot("blueprints");

        await page.getByRole("link", { name: "planner/copy" }).click();
        await frame.ask(page.locator(".manage"), "Delete");
        assert.ok(blueprintText("planner/copy"));
        await frame.ask(page.locator(".manage"), "Delete", "Delete planner/copy");
        await frame.heading("Blueprints").waitFor();
        assert.equal(await page.getByRole("link", { name: "planner/copy" }).count(), 0);
        assert.throws(() => blueprintText("planner/copy"), /ENOENT/);
});
