// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Every page in the pseudo-locale: every text comes from the catalog, also those of the scripts and of the
// live stream, and the layout holds texts that are 40 % longer, on a phone and on a desktop.

import assert from "node:assert/strict";

import { phone, scenario } from "../lib/browser.mjs";
import { ctl, makeUser, routes, run, startServer } from "../lib/machine.mjs";
import { bareTexts, pseudo } from "../lib/texts.mjs";
import { everyPage, makeEverything } from "../pages/every.mjs";

const password = "speaks in tongues";
const pages = everyPage("speak");
const windows = { desktop: {}, phone };

const logIn = async ({ page }, name, secret = password) => {
        await page.goto("/login");
        await page.locator("input[name=name]").fill(name);
        await page.locator("input[name=password]").fill(secret);
        await page.locator("main button").click();
};

const heading = (page) => page.getByRole("heading", { level: 1 }).waitFor();

// Opens each question of the page, one after the other.
const lookAtDialogs = async (page) => {
        const faults = [];

        for (const summary of await page.locator("main .ask > summary:visible").all()) {
                await summary.click();
                const dialog = page.getByRole("dialog");

                await dialog.waitFor();
                faults.push(...await bareTexts(page));
                await page.keyboard.press("Escape");
                await dialog.waitFor({ state: "detached" });
        }
        return faults;
};

scenario("a host for every page", async () => {
        await makeEverything("speak", 27094, password);
        makeUser("silent", password);
        ctl("user", "add", "fresh", "--generate");
        // Wrong passwords of other scenarios count for this address too, and further ones would have to wait.
        run("systemctl", ["restart", "left4me-web.service"]);
});

scenario("all pages of the app are in the pseudo-locale too", async () => {
        const there = routes().filter((r) => r.method === "GET" && r.twin).map((r) => r.pattern);

        assert.deepEqual(Object.keys(pages).concat("/login").sort(), there.sort());
});

for (const [kind, options] of Object.entries(windows)) {
        scenario(`every text is translated and has room: ${kind}`, async ({ open }) => {
                const window = await open({ ...options, ...pseudo }), { page, watch } = window, faults = [];

                await page.goto("/login");
                assert.equal(await page.locator("html").getAttribute("lang"), "en-XA");
                faults.push(...await bareTexts(page));
                watch.expect(403);
                await logIn(window, "speaker", "this is wrong");
                await page.getByRole("alert").waitFor();
                faults.push(...await bareTexts(page));
                await logIn(window, "speaker");
                await page.locator("summary", { has: page.locator(".who") }).click();
                faults.push(...await bareTexts(page));
                for (const { path, name, fill } of Object.values(pages)) {
                        await page.goto(path);
                        await heading(page);
                        await fill?.(page);
                        await page.evaluate(() => {
                                for (const details of document.querySelectorAll("main details:not(.ask)"))
                                        details.open = true;
                        });
                        faults.push(...await bareTexts(page), ...await lookAtDialogs(page));
                        await window.screenshot(`pages/pseudo-${name}-${kind}`);
                }
                for (const path of ["/servers/speak-down", "/servers/speak-broken", "/servers/speak-2/log",
                        "/overlays/speak"]) {
                        await page.goto(path);
                        await heading(page);
                        faults.push(...await bareTexts(page));
                }
                watch.expect(404);
                await page.goto("/nothing-here");
                await heading(page);
                faults.push(...await bareTexts(page));
                assert.deepEqual([...new Set(faults)], []);
        });

        scenario(`what says that there is nothing, or that it did not work: ${kind}`, async ({ open }) => {
                const window = await open({ ...options, ...pseudo }), { page, watch } = window, faults = [];

                await logIn(window, "silent");
                await page.locator(".who").waitFor();
                for (const path of ["/", "/blueprints", "/new-server", "/audit"]) {
                        await page.goto(path);
                        await heading(page);
                        faults.push(...await bareTexts(page));
                }
                await page.goto("/password");
                for (const [name, value] of [["current", password], ["new", "0123456789"], ["again", "9876543210"]])
                        await page.locator(`input[name=${name}]`).fill(value);
                watch.expect(422);
                await page.locator("main button").click();
                await page.getByRole("alert").waitFor();
                faults.push(...await bareTexts(page));
                watch.expect(404);
                await page.goto("/servers/speak-1");
                await heading(page);
                faults.push(...await bareTexts(page));
                assert.deepEqual([...new Set(faults)], []);
        });
}

scenario("what changes while a page is open is said in its language", async ({ open }) => {
        const window = await open(pseudo), english = await open(), { page } = window, faults = [];
        const states = [page, english.page].map((each) => each.locator("[data-server=speak-2] [data-field=state]"));

        await logIn(window, "speaker");
        await page.locator(".who").waitFor();
        await logIn(english, "speaker");
        await english.page.locator(".who").waitFor();
        for (const state of states)
                await state.and(state.page().locator("[data-state=stopped]")).waitFor();
        await startServer("speak-2");
        for (const state of states)
                await state.and(state.page().locator("[data-state=running]")).waitFor();
        assert.match(await states[0].innerText(), /^⟦.*⟧$/u);
        assert.equal(await states[1].innerText(), "running");
        faults.push(...await bareTexts(page));

        await page.locator("[data-server=speak-2] [data-action=stop] summary").click();
        await page.getByRole("dialog").locator("button.danger").click();
        await page.locator(".notice").waitFor();
        faults.push(...await bareTexts(page));
        assert.deepEqual(faults, []);
});
