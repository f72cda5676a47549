// SPDX-License-Identifier: LGPL-2.1-or-later
//
// An overlay of the Steam Workshop: made from an empty one, items added and removed, the report of its
// build read, and left to its owner. The report is written by hand; workshop-unit.bats has the real job.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

import { phone, scenario, withoutScript } from "../lib/browser.mjs";
import { ctl, makeUser, run } from "../lib/machine.mjs";
import { Frame, logInToOverview } from "../pages/frame.mjs";

const password = "works in a shop";
const title = "<img src=x onerror=alert(1)> & {{ref}}";
const definition = (ref) => readFileSync(`/var/lib/left4me/overlays/${ref}/overlay.yaml`, "utf8");
const row = (page, text) => page.locator(".items tbody tr").filter({ hasText: text });

const report = (ref, ...items) => {
        const out = `/var/lib/left4me/jobs/${ref.replaceAll("/", ":")}/out`;

        mkdirSync(out, { recursive: true });
        writeFileSync(`${out}/report.json`, JSON.stringify({ items: items.map((item) => ({
                title: "", size_bytes: 0, updated_usec: 0, state: "ok", file: "current", error: null, ...item,
        })) }));
};

scenario("an empty overlay becomes one of the Workshop, and gets items", async ({ open }) => {
        makeUser("shopper", password);
        ctl("overlay", "create", "shopper/maps");
        const window = await open(), { page, watch } = window, frame = await logInToOverview(window, "shopper", password);

        await page.goto("/overlays/shopper/maps");
        await page.locator(".tabs").getByRole("link", { name: "Workshop" }).click();
        await frame.heading("Workshop items of shopper/maps").waitFor();
        await window.check();
        await page.getByRole("button", { name: "Make this a Workshop overlay" }).click();
        await frame.notice("Saved. Now add items or collections of the Workshop.");
        assert.match(definition("shopper/maps"), /^kind: workshop$/m);
        await window.check();

        // A text that is not an address stays in the box, and nothing is saved.
        const box = page.getByRole("textbox", { name: "Add items and collections" });
        watch.expect(422);
        await box.fill("11\nhttps://example.org/?id=12");
        await page.getByRole("button", { name: "Add" }).click();
        await frame.failure("'https://example.org/?id=12' is not an id or the address");
        assert.equal(await box.inputValue(), "11\nhttps://example.org/?id=12");
        assert.doesNotMatch(definition("shopper/maps"), /items/);
        await window.check();

        await box.fill("11\nhttps://steamcommunity.com/sharedfiles/filedetails/?id=5\n 12\n11\n");
        await page.getByRole("button", { name: "Add" }).click();
        await frame.notice("Saved. Build the overlay to get the items.");
        assert.equal(await page.locator(".items tbody tr").count(), 3);
        await row(page, "12").getByText("a collection, or added since the last build").waitFor();
        await page.getByRole("button", { name: "Build daily" }).click();
        await frame.notice("The overlay is built every night.");
        assert.match(definition("shopper/maps"), /^refresh: daily$/m);
        await page.getByRole("button", { name: "Stop daily builds" }).click();
        await frame.notice("The overlay is built only when a person does it.");
        assert.match(definition("shopper/maps"), /^refresh: never$/m);
});

scenario("what the build found is shown, with markup as text; items go, or are left out", async ({ open }) => {
        report("shopper/maps", { id: "11", title, size_bytes: 5 << 20, updated_usec: 1700000000000000 },
                { id: "12", state: "missing", file: "none", error: "<b>gone</b>" },
                { id: "13", title: "Of the collection", size_bytes: 1000, state: "failed", file: "old" });
        const window = await open(), { page } = window, frame = new Frame(page);

        await logInToOverview(window, "shopper", password);
        await page.goto("/overlays/shopper/maps/-/workshop");
        const table = page.getByRole("table", { name: "Items" });

        assert.deepEqual(await table.getByRole("columnheader").allInnerTexts(), ["Title", "Size", "Updated", "State", "Error", "Change"]);
        const cells = await table.getByRole("row").filter({ hasText: title }).getByRole("cell").allInnerTexts();
        assert.deepEqual([cells[0], ...cells.slice(2)], ["5.0 MiB", "up to date", "", "Remove"]);
        assert.match(cells[1], / ago$/);
        assert.deepEqual((await row(page, "<b>gone</b>").getByRole("cell").allInnerTexts()).slice(0, 4),
                ["", "", "removed from the Workshop, or hidden", "<b>gone</b>"]);
        await row(page, "<b>gone</b>").getByText("removed from the Workshop, or hidden").waitFor();
        await row(page, "Of the collection").getByText("by a collection, or removed").waitFor();
        await row(page, "Of the collection").getByText("The version has an older file of it.").waitFor();
        await window.check();
        await window.screenshot("overlay-workshop-report");
        // The check leaves an empty style attribute, which htmx would take over against the page's policy.
        await page.reload();

        await page.getByRole("button", { name: "Leave out 13" }).click();
        await frame.notice("Saved. The next build makes a version without the item.");
        await row(page, "Of the collection").getByText("The next build leaves it out.").waitFor();
        assert.deepEqual(definition("shopper/maps").match(/exclude:\s*\S*\s*"?13/)?.length, 1);
        await page.getByRole("button", { name: "Include again: 13" }).click();
        await frame.notice("Saved. The next build makes a version of it.");
        assert.doesNotMatch(definition("shopper/maps"), /13/);
        await page.getByRole("button", { name: "Remove 12" }).click();
        await row(page, "<b>gone</b>").getByRole("button", { name: "Leave out 12" }).waitFor();
        assert.doesNotMatch(definition("shopper/maps"), /12/);
        assert.match(definition("shopper/maps"), /11/);
});

scenario("another user reads it and can't change it; without scripts, on a phone", async ({ open }) => {
        makeUser("window-shopper", password);
        const before = definition("shopper/maps");
        const window = await open({ ...withoutScript, ...phone }), { page, watch } = window;

        await logInToOverview(window, "window-shopper", password);
        await page.goto("/overlays/shopper/maps/-/workshop");
        await row(page, title).getByText("up to date").waitFor();
        assert.equal(await page.locator("main form").count(), 0);
        watch.expect(404);
        await page.goto("/overlays/shopper/maps/-/source");
        assert.equal(definition("shopper/maps"), before);
});

scenario("its owner changes it without scripts", async ({ open }) => {
        const window = await open({ ...withoutScript, ...phone }), { page } = window, frame = new Frame(page);

        await logInToOverview(window, "shopper", password);
        await page.goto("/overlays/shopper/maps/-/workshop");
        await page.getByRole("textbox", { name: "Add items and collections" }).fill("77");
        await page.getByRole("button", { name: "Add" }).click();
        await frame.notice("Saved. Build the overlay to get the items.");
        assert.match(definition("shopper/maps"), /77/);
        await window.screenshot("overlay-workshop-phone");
        // Rows are stacked there, cells name themselves, and it still is a table.
        const [name, state] = [row(page, title).getByRole("rowheader"), row(page, title).getByRole("cell", { name: "up to date" })];
        assert.ok((await name.boundingBox()).y < (await state.boundingBox()).y);
        assert.equal(await state.evaluate((cell) => getComputedStyle(cell, "::before").content), "\"State: \"");
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
});

scenario("an overlay with files, or of another kind, is none of the Workshop", async ({ open }) => {
        ctl("overlay", "create", "shopper/files");
        run("l4d2ctl", ["overlay", "put", "shopper/files", "left4dead2/cfg/a.cfg", "-"], "a");
        const window = await open(), { page } = window;

        await logInToOverview(window, "shopper", password);
        await page.goto("/overlays/shopper/files/-/workshop");
        await page.getByText("The overlay is of kind files.").waitFor();
        assert.equal(await page.getByRole("button", { name: "Make this a Workshop overlay" }).count(), 0);
        await window.check();
        writeFileSync("/var/lib/left4me/overlays/shopper/files/overlay.yaml", "kind: [\n");
        await page.reload();
        await page.getByText("The definition of the overlay has errors.").waitFor();
});
