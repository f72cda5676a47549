// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The form for an archive or a release on the page Source of an overlay; release.bats has the build.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { phone, scenario, withoutScript } from "../lib/browser.mjs";
import { ctl, makeUser, run } from "../lib/machine.mjs";
import { Frame, logInToOverview } from "../pages/frame.mjs";

const password = "takes what is released";
const definition = (ref) => readFileSync(`/var/lib/left4me/overlays/${ref}/overlay.yaml`, "utf8");
const box = (page, name) => page.getByRole("textbox", { name });

scenario("an empty overlay gets its content from a release of GitHub", async ({ open }) => {
        makeUser("releaser", password);
        ctl("overlay", "create", "releaser/pack");
        run("l4d2ctl", ["overlay", "define", "releaser/pack", "--file=-"], "# ours\nkind: files # so far\n");
        const window = await open(), { page, watch } = window, frame = await logInToOverview(window, "releaser", password);

        await page.goto("/overlays/releaser/pack/-/source");
        await window.check();
        // A text that is refused stays in its box, with the others.
        watch.expect(422);
        await box(page, "Address of an archive").fill("https://github.com/Owner/pack");
        await box(page, "File pattern").fill("*-linux.zip");
        await box(page, "SHA-256").fill("12");
        await page.getByRole("button", { name: "Use this archive" }).click();
        await frame.failure("Not saved.");
        assert.equal(await box(page, "SHA-256").inputValue(), "12");
        assert.equal(await box(page, "File pattern").inputValue(), "*-linux.zip");
        assert.equal(definition("releaser/pack"), "# ours\nkind: files # so far\n");
        await window.check();

        await box(page, "SHA-256").fill("");
        await box(page, "Files that an update keeps").fill("left4dead2/cfg/*\n*.ini\n");
        await page.getByRole("button", { name: "Use this archive" }).click();
        await frame.notice("Saved. Build the overlay to get its content.");
        assert.match(definition("releaser/pack"), /^# ours\nkind: release # so far\ngithub: Owner\/pack\nasset: "\*-linux.zip"\nkeep:/);
        assert.equal(await box(page, "Address of an archive").inputValue(), "Owner/pack");
        await page.getByRole("button", { name: "Build", exact: true }).waitFor();
        await window.screenshot("overlay-release");
});

scenario("what another user saved meanwhile is not lost, and shown beside what was typed", async ({ open }) => {
        const window = await open(), { page, watch } = window, frame = await logInToOverview(window, "releaser", password);

        await page.goto("/overlays/releaser/pack/-/source");
        await box(page, "Tag").fill("v2");
        ctl("overlay", "define", "releaser/pack", "description=by another");
        watch.expect(409);
        await page.getByRole("button", { name: "Use this archive" }).click();
        await frame.failure("Someone else saved this definition");
        assert.doesNotMatch(definition("releaser/pack"), /v2/);
        assert.match(await page.locator("#text").inputValue(), /by another/);
        await page.getByRole("button", { name: "Use this archive" }).click();
        await frame.notice("Saved. Build the overlay to get its content.");
        assert.match(definition("releaser/pack"), /v2/);
        assert.match(definition("releaser/pack"), /by another/);
});

scenario("it works without scripts, on a phone", async ({ open }) => {
        const window = await open({ ...withoutScript, ...phone }), { page } = window;
        const frame = new Frame(page);

        await logInToOverview(window, "releaser", password);
        await page.goto("/overlays/releaser/pack/-/source");
        await box(page, "Address of an archive").fill("https://example.org/pack.tar.gz");
        await box(page, "File pattern").fill("");
        await box(page, "Tag").fill("");
        await page.getByRole("button", { name: "Use this archive" }).click();
        await frame.notice("Saved. Build the overlay to get its content.");
        assert.match(definition("releaser/pack"), /^url: https:\/\/example.org\/pack.tar.gz$/m);
        assert.doesNotMatch(definition("releaser/pack"), /github|asset|tag/);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
        await window.screenshot("overlay-release-phone");
});
