// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Typed text is neither lost nor saved over another user's change: two people edit the same file, a
// session ends while one types, a save was refused.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { scenario } from "../lib/browser.mjs";
import { blueprintText, ctl, makeBlueprint, makeServer, makeUser, run } from "../lib/machine.mjs";
import { BlueprintForm } from "../pages/blueprints.mjs";
import { asks, logInToOverview } from "../pages/frame.mjs";

const password = "two at one table";
const ref = "carla/shared";
const specText = () => readFileSync("/var/lib/left4me/instances/shared-1/spec.yaml", "utf8");

scenario("two edit a blueprint: the second sees the first's version, and saves over it only when told to", async ({ open }) => {
        makeUser("carla", password);
        makeBlueprint(ref, "config:\n- sv_alltalk 0 # quiet\n");

        const window = await open(), { page, watch } = window, form = new BlueprintForm(page);

        await logInToOverview(window, "carla", password);
        await page.goto(`/blueprints/${ref}`);
        assert.ok(!await asks(page));
        await form.fill({ config: ["sv_alltalk 1"] });
        assert.ok(await asks(page));
        ctl("blueprint", "set", ref, "description", "theirs <b>");

        // Saving again does not get around it.
        for (let i = 0; i < 2; i++) {
                watch.expect(409);
                await page.getByRole("button", { name: "Save", exact: true }).click();
                await form.failure("Someone else saved this blueprint while you were editing");
                assert.equal(await page.getByRole("textbox", { name: /^server\.cfg/ }).inputValue(), "sv_alltalk 1\n".trim());
                assert.match(await page.getByLabel("The version that was saved").inputValue(), /description: theirs <b>/);
                assert.match(blueprintText(ref), /sv_alltalk 0/);
                assert.ok(await asks(page));
        }
        await window.check();
        await window.screenshot("blueprint-conflict");

        // A third version: what was seen is not what would be replaced.
        ctl("blueprint", "set", ref, "description", "third");
        watch.expect(409);
        await page.getByRole("button", { name: "Save mine over it" }).click();
        await form.failure("Someone else saved this blueprint while you were editing");
        assert.match(await page.getByLabel("The version that was saved").inputValue(), /description: third/);
        assert.match(blueprintText(ref), /third/);

        await page.getByRole("button", { name: "Save mine over it" }).click();
        await form.notice("Saved");
        assert.match(blueprintText(ref), /sv_alltalk 1 # quiet/);
        assert.ok(!/third/.test(blueprintText(ref)));
});

scenario("two edit a blueprint as YAML, and a spec: theirs is taken", async ({ open }) => {
        const window = await open(), { page, watch } = window, form = new BlueprintForm(page);

        makeServer("shared-1", `port: 27044\nblueprint: ${ref}\n`);
        await logInToOverview(window, "carla", password);
        for (const [path, change, read] of [
                [`/blueprints/${ref}/yaml`, () => ctl("blueprint", "set", ref, "description", "by another"), () => blueprintText(ref)],
                ["/servers/shared-1/spec", () => ctl("set", "shared-1", "label", "by another"), specText],
        ]) {
                await page.goto(path);
                const text = page.locator("#text");

                await text.fill(`# mine\n${await text.inputValue()}`);
                change();
                watch.expect(409);
                await page.getByRole("button", { name: "Save" }).click();
                await page.getByRole("alert").waitFor();
                assert.match(await text.inputValue(), /^# mine\n/);
                assert.match(await page.getByLabel("The version that was saved").inputValue(), /by another/);
                assert.ok(await asks(page));
                await window.check();

                watch.leave();
                await page.getByRole("link", { name: "Discard mine, take theirs" }).click();
                await page.getByLabel("The version that was saved").waitFor({ state: "detached" });
                assert.match(await text.inputValue(), /by another/);
                assert.ok(!/# mine/.test(await text.inputValue()));
                await text.fill(`${await text.inputValue()}# after all\n`);
                await page.getByRole("button", { name: "Save" }).click();
                await form.notice("Saved");
                assert.match(read(), /by another[^]*# after all/);
        }
});

scenario("a session that ends while somebody types costs a login, not the text", async ({ open }) => {
        const window = await open(), { page, watch } = window, form = new BlueprintForm(page);
        const markup = "</textarea><script>alert(1)</script>\"'";
        const before = blueprintText(ref);

        await logInToOverview(window, "carla", password);
        await page.goto(`/blueprints/${ref}`);
        await form.fill({ description: markup, config: ["hostname kept", "", "sv_alltalk 1"] });
        run("l4d2ctl", ["user", "passwd", "carla"], `${password}\n`);

        watch.expect(401);
        await page.getByRole("button", { name: "Save", exact: true }).click();
        await form.heading("Not saved yet").waitFor();
        await page.getByText("your session had ended").waitFor();
        assert.equal(await page.getByLabel("Your text: description").inputValue(), markup);
        assert.equal(await page.getByLabel("Your text: config").inputValue(), "hostname kept\n\nsv_alltalk 1");
        assert.ok(await asks(page));
        await window.check();
        await window.screenshot("kept");

        // A wrong password loses nothing either.
        watch.expect(403);
        await page.getByLabel("Name", { exact: true }).fill("carla");
        await page.getByLabel("Password", { exact: true }).fill("not this one");
        await page.getByRole("button", { name: "Log in" }).click();
        await form.failure("Wrong username or password.");
        assert.equal(await page.getByLabel("Your text: config").inputValue(), "hostname kept\n\nsv_alltalk 1");
        assert.equal(await page.getByLabel("Password", { exact: true }).inputValue(), "");

        await page.getByLabel("Password", { exact: true }).fill(password);
        await page.getByRole("button", { name: "Log in" }).click();
        await page.getByText("You are logged in.").waitFor();
        // The login alone saves nothing.
        assert.equal(blueprintText(ref), before);
        await window.check();
        await window.screenshot("kept-logged-in");
        await page.getByRole("button", { name: "Send it again" }).click();
        await form.notice("Saved");
        assert.match(blueprintText(ref), /hostname kept/);
        assert.equal(JSON.parse(ctl("blueprint", "show", ref, "--json")).description, markup);
});

scenario("a form from before a login in another window is given back", async ({ open }) => {
        const window = await open(), { page, watch, context } = window, form = new BlueprintForm(page);

        await logInToOverview(window, "carla", password);
        await page.goto("/servers/shared-1/spec");
        const text = page.locator("#text");

        await text.fill(`${await text.inputValue()}# from before\n`);
        const other = await context.newPage();
        run("l4d2ctl", ["user", "passwd", "carla"], `${password}\n`);
        await logInToOverview({ page: other }, "carla", password);
        await other.close();

        watch.expect(403);
        await page.getByRole("button", { name: "Save" }).click();
        await form.heading("Not saved yet").waitFor();
        assert.match(await page.getByLabel("Your text: text").inputValue(), /# from before\n$/);
        assert.ok(!/# from before/.test(specText()));
        await page.getByRole("button", { name: "Send it again" }).click();
        await form.notice("Saved");
        assert.match(specText(), /# from before/);
});

scenario("after a save that was refused the page still asks before it is left", async ({ open }) => {
        const window = await open(), { page, watch } = window;

        await logInToOverview(window, "carla", password);
        await page.goto("/servers/shared-1/spec");
        await page.locator("#text").fill("port: none\n");
        watch.expect(422);
        await page.getByRole("button", { name: "Save" }).click();
        await page.getByRole("alert").waitFor();
        assert.equal(await page.locator("#text").inputValue(), "port: none\n");
        assert.ok(await asks(page));
});
