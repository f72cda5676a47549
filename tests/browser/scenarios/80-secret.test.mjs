// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A screen that is streamed must not show a password that stands in a text.

import assert from "node:assert/strict";

import { scenario } from "../lib/browser.mjs";
import { makeBlueprint, makeServer, makeUser } from "../lib/machine.mjs";
import { logInToOverview } from "../pages/frame.mjs";

const password = "nobody sees it";

scenario("a password in a text is not shown until somebody wants to see it", async ({ open }) => {
        makeUser("streamer", password, "admin");
        makeServer("secret", "port: 27080\nrcon_password: hush-hush-hush\n");
        makeBlueprint("streamer/open", "config: [sv_alltalk 1]\n");

        const window = await open(), { page } = window;

        await logInToOverview(window, "streamer", password);
        await page.goto("/servers/secret/spec");
        await page.locator("textarea.is-secret").waitFor();
        await window.check();
        await window.screenshot("secret");
        await page.getByRole("button", { name: "Show: there is a password in it" }).click();
        await page.locator("textarea.is-secret").waitFor({ state: "detached" });
        assert.match(await page.locator("textarea:focus").inputValue(), /hush-hush-hush/);

        // A user who writes in it sees it too.
        await page.goto("/servers/secret/spec");
        await page.locator("textarea.is-secret").focus();
        await page.locator("textarea.is-secret").waitFor({ state: "detached" });

        await page.goto("/blueprints/streamer/open/yaml");
        await page.locator("textarea").waitFor();
        assert.equal(await page.locator("textarea.is-secret").count(), 0);
});
