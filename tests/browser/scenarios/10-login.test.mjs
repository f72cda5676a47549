// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The first login: no user yet, a password for one login, the user's own password.

import assert from "node:assert/strict";

import { scenario } from "../lib/browser.mjs";
import { ctl } from "../lib/machine.mjs";
import { Frame, logIn, logInToOverview } from "../pages/frame.mjs";

const chosen = "a password of my own";

scenario("without users the page tells how to make one; the first password holds for one login", async ({ open }) => {
        const window = await open(), { page, watch } = window, frame = new Frame(page);

        await page.goto("/login");
        await page.getByText("No users yet").waitFor();
        await window.check();
        await window.screenshot("login-nobody");

        const oneTime = ctl("user", "add", "first", "--role=admin", "--generate").split(/\s+/).at(-1);
        await logIn(window, "first", oneTime);
        await page.getByText("You logged in with a one-time password").waitFor();
        await window.check();
        await window.screenshot("password-first-login");

        // The page can't be left without it.
        await page.goto("/");
        await frame.heading("Change password").waitFor();

        await page.getByLabel("Current password").fill(oneTime);
        await page.getByLabel("New password", { exact: true }).fill(chosen);
        await page.getByLabel("Confirm new password").fill("something quite different");
        watch.expect(422);
        await page.getByRole("button", { name: "Change" }).click();
        await page.getByRole("alert").waitFor();

        await page.getByLabel("Current password").fill(oneTime);
        await page.getByLabel("New password", { exact: true }).fill(chosen);
        await page.getByLabel("Confirm new password").fill(chosen);
        await page.getByRole("button", { name: "Change" }).click();
        await frame.heading("Servers").waitFor();
        assert.ok((await frame.navigation()).includes("Users"));
        await window.check();
        await window.screenshot("overview-empty");

        await frame.logOut();
        watch.expect(403);
        await logIn(window, "first", oneTime);
        await page.getByRole("alert").waitFor();
        await logInToOverview(window, "first", chosen);
});

scenario("a wrong password and a wrong name are told apart by nobody", async ({ open }) => {
        const window = await open(), { page, watch } = window;
        const said = [];

        for (const name of ["first", "nobody"]) {
                watch.expect(403);
                await logIn(window, name, "not the password");
                await page.getByRole("alert").waitFor();
                said.push(await page.getByRole("alert").innerText());
                assert.equal(await page.getByLabel("Name").inputValue(), name);
                assert.equal(await page.getByLabel("Password").inputValue(), "");
        }
        assert.equal(said[0], said[1]);
        await window.check();

        // A user who isn't logged in comes back to the page they asked for.
        await page.goto("/password");
        await new Frame(page).heading("Log in").waitFor();
});
