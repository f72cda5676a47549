// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The console of a server: commands and answers, earlier commands by the arrow keys, the log beside it.

import assert from "node:assert/strict";

import { dark, phone, scenario, withoutScript } from "../lib/browser.mjs";
import { ctl, makeBlueprint, makeServer, makeUser, startServer } from "../lib/machine.mjs";
import { Frame, logInToOverview } from "../pages/frame.mjs";

const password = "talks to servers";
const name = "console-1";
const path = `/servers/${name}/console`;

scenario("commands are answered without loading the page, beside the log", async ({ open }) => {
        makeUser("talker", password);
        makeBlueprint("talker/versus", "config: ['hostname \"Console\"']\n");
        makeServer(name, "port: 27106\nblueprint: talker/versus\n");
        await startServer(name);
        ctl("console", name, "echo", "from a shell");

        const window = await open(), { page } = window;
        const field = page.getByRole("textbox", { name: "Command" }), said = page.getByRole("log", { name: "Answers" });
        await logInToOverview(window, "talker", password);
        await page.goto(path);
        await page.locator("[data-live=on]").waitFor();
        await field.fill("sv_alltalk");
        await field.press("Enter");
        await said.getByText("\"sv_alltalk\" = \"0\"").waitFor();
        await field.fill("standin_line <img src=x onerror=alert(1)>");
        await page.getByRole("button", { name: "Run" }).click();
        await page.locator("[data-log]").getByText("<img src=x onerror=alert(1)>").first().waitFor();
        assert.equal(await page.locator("main img").count(), 0);
        await window.check();
        await window.screenshot("console/desktop-light");

        // Up twice, down past the end: what was typed is there again.
        await field.fill("half a comm");
        await field.press("ArrowUp");
        assert.equal(await field.inputValue(), "standin_line <img src=x onerror=alert(1)>");
        await field.press("ArrowUp");
        assert.equal(await field.inputValue(), "sv_alltalk");
        await field.press("ArrowUp");
        assert.equal(await field.inputValue(), "echo from a shell");
        await field.press("ArrowUp");
        assert.equal(await field.inputValue(), "echo from a shell");
        for (let i = 0; i < 3; i++)
                await field.press("ArrowDown");
        assert.equal(await field.inputValue(), "half a comm");
});

scenario("without scripts a command is answered by the page, and kept in the history", async ({ open }) => {
        const window = await open({ ...withoutScript, ...phone, ...dark }), { page } = window;

        await logInToOverview(window, "talker", password);
        await page.goto(path);
        await page.getByRole("textbox", { name: "Command" }).fill("echo plain form");
        await page.getByRole("button", { name: "Run" }).click();
        await page.locator("pre", { hasText: "plain form" }).waitFor();
        await page.getByText("Earlier commands").click();
        await page.locator("[data-history]").getByText("echo plain form").waitFor();
        await window.screenshot("console/phone-dark");
});

scenario("the console on a phone, with an answer and earlier commands", async ({ open }) => {
        const window = await open({ ...phone, ...dark }), { page } = window;

        await logInToOverview(window, "talker", password);
        await page.goto(path);
        await page.getByRole("textbox", { name: "Command" }).fill("status");
        await page.getByRole("button", { name: "Run" }).click();
        await page.getByRole("log", { name: "Answers" }).getByText("hostname").waitFor();
        await page.getByText("Earlier commands").click();
        await page.locator("[data-history]").getByText("echo plain form").waitFor();
        await window.check();
});

scenario("a server that stops says why there is no answer", async ({ open }) => {
        const window = await open(), { page, watch } = window;

        await logInToOverview(window, "talker", password);
        ctl("stop", name);
        await page.goto(path);
        await page.locator("[data-state=stopped]").waitFor();
        await page.goto(path);
        await page.getByText("The server does not run, so it takes no commands.").waitFor();
        watch.expect(409);
        await page.getByRole("textbox", { name: "Command" }).fill("status");
        await page.getByRole("button", { name: "Run" }).click();
        await page.getByRole("log", { name: "Answers" }).getByText("The server gave no answer.").waitFor();
        await window.check();
});
