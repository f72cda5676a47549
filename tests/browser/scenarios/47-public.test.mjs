// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The page for players, without a login, in the four kinds of windows; and the button that puts a server there.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";

import { dark, phone, scenario } from "../lib/browser.mjs";
import { ctl, logged, makeServer, makeUser } from "../lib/machine.mjs";
import { logInToOverview } from "../pages/frame.mjs";

const password = "open to everybody";
const config = "/etc/left4me/left4me.conf.d/public.conf";

scenario("an owner puts a server on the public page", async ({ open }) => {
        mkdirSync("/etc/left4me/left4me.conf.d", { recursive: true });
        writeFileSync(config, "[web]\npublic_page=yes\n[server]\npublic_address=play.example.org\n");
        makeUser("host", password, "admin");
        makeServer("public-1", "port: 27084\nhostname: A very long name for everybody, with all the words that fit into it | 100 tick\n");
        makeServer("public-2", "port: 27085\nhostname: Another\npublic: true\n");
        ctl("start", "public-1", "public-2");
        for (const name of ["public-1", "public-2"])
                await logged(name, "VAC secure mode is activated.");

        const window = await open(), { page } = window;
        await logInToOverview(window, "host", password);
        await page.goto("/servers/public-1");
        await page.getByRole("button", { name: "Put it on the public page" }).click();
        await page.getByText("'public-1' is on the public page while it runs.").waitFor();
        await page.getByRole("button", { name: "Take it off the public page" }).waitFor();
        await window.check();
});

for (const [kind, options] of Object.entries({
        "desktop-light": {}, "desktop-dark": dark, "phone-light": phone, "phone-dark": { ...phone, ...dark },
}))
        scenario(`the public page: ${kind}`, async ({ open }) => {
                const window = await open(options), { page } = window;

                await page.goto("/public");
                await page.getByRole("link", { name: "Join Another", exact: true }).waitFor();
                // It may have been made a moment before.
                await page.waitForFunction(async () => {
                        const answer = await fetch("/public", { cache: "reload" });

                        return (await answer.text()).includes("A very long name");
                }, undefined, { polling: 500 });
                await page.reload();
                await page.getByRole("link", { name: /^Start the game and join A very long name/ }).waitFor();
                await window.check();
                await window.screenshot(`pages/public-${kind}`);
        });

scenario("closed, it is not there", async ({ open }) => {
        const window = await open(), { page, watch } = window;

        await page.goto("/public");
        rmSync(config);
        watch.expect(404);
        watch.expect(404);
        await page.waitForFunction(async () => (await fetch("/public", { cache: "reload" })).status === 404,
                undefined, { polling: 500 });
        await page.goto("/public?closed");
        await page.getByRole("heading", { name: "Not found" }).waitFor();
        ctl("stop", "public-1", "public-2");
});
