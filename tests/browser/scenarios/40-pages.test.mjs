// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Every page there is, on a desktop and on a phone, light and dark, with and without scripts: accessible, as wide as its
// window, and a picture of it to look at.

import assert from "node:assert/strict";

import { dark, phone, scenario, withoutScript } from "../lib/browser.mjs";
import { makeBlueprint, makeUser, routes } from "../lib/machine.mjs";
import { everyPage, makeEverything } from "../pages/every.mjs";
import { logIn, logInToOverview } from "../pages/frame.mjs";

const password = "looks at it all";

const pages = everyPage("look");
const windows = {
        "desktop-light": {}, "desktop-dark": dark, "phone-light": phone, "phone-dark": { ...phone, ...dark },
        "desktop-light-no-script": withoutScript, "phone-dark-no-script": { ...phone, ...dark, ...withoutScript },
};

scenario("a host with something on every page", async () => {
        makeUser("guest", password);
        await makeEverything("look", 27050, password);
});

scenario("all pages of the app are here", async () => {
        const there = routes().filter((r) => r.method === "GET" && r.twin).map((r) => r.pattern);

        assert.deepEqual(Object.keys(pages).concat("/login").sort(), there.sort());
});

for (const [kind, options] of Object.entries(windows))
        scenario(`every page: ${kind}`, async ({ open }) => {
                const window = await open(options), { page } = window;

                await page.goto("/login");
                await window.check();
                await window.screenshot(`pages/login-${kind}`);
                await logInToOverview(window, "looker", password);
                for (const { path, name, fill } of Object.values(pages)) {
                        await page.goto(path);
                        await page.getByRole("heading", { level: 1 }).waitFor();
                        await fill?.(page);
                        // Folded parts belong to the page.
                        await page.evaluate(() => {
                                for (const details of document.querySelectorAll("main details:not(.ask)"))
                                        details.open = true;
                        });
                        await window.check();
                        await window.screenshot(`pages/${name}-${kind}`);
                }
                // The pages of a server that are empty without players are not.
                await page.goto("/servers/look-1/players");
                await page.getByText("Looks like another player: Zoey").first().waitFor();
                await page.goto("/servers/look-down/timeline");
                await page.locator(".timeline").getByText("hello <i>all</i>", { exact: true }).waitFor();
        });

scenario("the audit trail fits the narrowest window", async ({ open }) => {
        const window = await open({ viewport: { width: 320, height: 700 } }), { page } = window;

        makeBlueprint(`looker/${"very-long-name-".repeat(2)}`, "config: []\n");
        await logInToOverview(window, "looker", password);
        await page.goto("/audit");
        await page.getByText("very-long-name-very-long-name-").first().waitFor();
        await window.check();
        await window.screenshot("pages/audit-narrow");
});

scenario("the reader's own colours keep the current page and the states", async ({ open }) => {
        const window = await open({ forcedColors: "active" }), { page } = window;
        const style = (selector, property, pseudo) => page.locator(selector).first().evaluate(
                (element, [name, part]) => getComputedStyle(element, part)[name], [property, pseudo]);

        await logInToOverview(window, "looker", password);
        assert.notEqual(await style(".top nav a[aria-current]", "borderBottomColor"),
                await style(".top nav a:not([aria-current])", "borderBottomColor"));
        assert.notEqual(await style("[data-state=running]", "backgroundColor", "::before"),
                await style("[data-state=running]", "backgroundColor"));
        assert.notEqual(await style("[data-state=refused]", "borderTopWidth"),
                await style("[data-state=running]", "borderTopWidth"));
});

scenario("a user who has nothing yet is told what to do", async ({ open }) => {
        const window = await open(phone), { page } = window;

        await logIn(window, "guest", password);
        for (const path of ["/", "/blueprints", "/new-server", "/audit"]) {
                await page.goto(path);
                await page.getByRole("heading", { level: 1 }).waitFor();
                await window.check();
                await window.screenshot(`pages/empty${path.replaceAll("/", "-")}`);
        }
        await page.goto("/");
        await page.getByText("No servers yet").waitFor();
});

scenario("light and dark are changed by hand, and stay", async ({ open }) => {
        const window = await open(), { page } = window;
        const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

        await logInToOverview(window, "looker", password);
        const light = await background();
        await page.locator("summary", { has: page.locator(".who") }).click();
        await page.getByRole("button", { name: "Switch theme" }).click();
        const changed = await background();
        assert.notEqual(changed, light);
        await page.goto("/host");
        assert.equal(await background(), changed);
});
