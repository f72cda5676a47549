// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The parts of all pages: navigation, the menu of who is logged in, what was said about the last action.

import assert from "node:assert/strict";

export class Frame {
        constructor(page) {
                this.page = page;
        }

        heading(name) {
                return this.page.getByRole("heading", { level: 1, name, exact: true });
        }

        // By the navigation, as far as it is there.
        async go(label) {
                await this.page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: label }).click();
        }

        async navigation() {
                return await this.page.getByRole("navigation", { name: "Main" }).getByRole("link").allInnerTexts();
        }

        async logOut() {
                await this.page.locator("summary", { has: this.page.locator(".who") }).click();
                await this.page.getByRole("button", { name: "Log out" }).click();
                await this.heading("Log in").waitFor();
        }

        // Waits for what is said about an action that went well, or didn't, and for the scripts of the page that says it.
        async notice(text) {
                await this.page.getByRole("status").filter({ hasText: text }).waitFor();
                await this.page.waitForLoadState();
        }

        async failure(text) {
                await this.page.getByRole("alert").filter({ hasText: text }).waitFor();
                await this.page.waitForLoadState();
        }

        // A question is asked before anything is done: "no" leaves all as it is, "yes" does it.
        async ask(where, summary, answer) {
                await where.locator("summary", { hasText: summary }).click();
                const dialog = this.page.getByRole("dialog");

                await dialog.waitFor();
                if (answer === undefined)
                        return await dialog.getByRole("button", { name: "Cancel" }).click();
                await dialog.getByRole("button", { name: answer, exact: true }).click();
        }
}

// Whether the browser asks before the page is left.
export async function asks(page) {
        // The page's script has run by then.
        await page.waitForLoadState();
        return page.evaluate(() => !window.dispatchEvent(new Event("beforeunload", { cancelable: true })));
}

export async function logIn(window, name, password) {
        const { page } = window;

        await page.goto("/login");
        await page.getByLabel("Name").fill(name);
        await page.getByLabel("Password").fill(password);
        await page.getByRole("button", { name: "Log in" }).click();
}

// Logged in, with the overview before one.
export async function logInToOverview(window, name, password) {
        await logIn(window, name, password);
        const frame = new Frame(window.page);

        await frame.heading("Servers").waitFor();
        assert.equal(await window.page.locator(".who").innerText(), name);
        return frame;
}
