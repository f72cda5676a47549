// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A form whose way to the next page is stopped, as the browser's button and Escape do.

import assert from "node:assert/strict";

import { scenario } from "../lib/browser.mjs";
import { ctl, makeBlueprint, makeServer, makeUser } from "../lib/machine.mjs";
import { logInToOverview } from "../pages/frame.mjs";
import { ServerPage } from "../pages/servers.mjs";

const password = "stop and go on";

scenario("a form that was stopped on its way can be sent again, and still guards what was typed", async ({ open }) => {
        makeUser("stopper", password);
        makeBlueprint("stopper/coop", "config: []\n");
        makeServer("halting", "port: 27101\nblueprint: stopper/coop\n");
        const window = await open(), { page, watch } = window, server = new ServerPage(page, "halting");
        const area = page.locator("textarea[name=text]");

        await logInToOverview(window, "stopper", password);
        await page.goto(`${server.path}/spec`);
        await area.click();
        await page.keyboard.type("# ");

        // The form gets no answer, until the browser gives it up.
        const session = await page.context().newCDPSession(page);
        const held = new Promise((resolve) => page.route("**/spec", resolve, { times: 1 }));
        // A question to a page that is being left waits for the next page, so this one comes before.
        const states = page.evaluate(() => new Promise((resolve) => {
                const button = document.querySelector("form[data-guard] .primary"), seen = [];

                new MutationObserver(() => {
                        seen.push(button.getAttribute("aria-busy"));
                        if (seen.at(-1) === null)
                                resolve(seen);
                }).observe(button, { attributes: true, attributeFilter: ["aria-busy"] });
                button.click();
        }));

        assert.equal((await held).request().method(), "POST");
        await session.send("Page.stopLoading");
        assert.deepEqual(await states, ["true", null]);
        assert.equal(ctl("get", "halting", "port"), "27101");

        const asked = page.waitForEvent("dialog");
        watch.leave();
        await page.reload();
        assert.equal((await asked).type(), "beforeunload");

        await area.fill("port: 27102\nblueprint: stopper/coop\n");
        await page.getByRole("button", { name: "Save" }).click();
        await page.locator(".notice").waitFor();
        assert.equal(ctl("get", "halting", "port"), "27102");
});
