// SPDX-License-Identifier: LGPL-2.1-or-later
//
// server.cfg in the form of a blueprint: mistakes below the field, and names completed from a running server.

import assert from "node:assert/strict";

import { dark, phone, scenario, withoutScript } from "../lib/browser.mjs";
import { blueprintText, ctl, makeBlueprint, makeServer, makeUser, startServer } from "../lib/machine.mjs";
import { BlueprintForm } from "../pages/blueprints.mjs";
import { logInToOverview } from "../pages/frame.mjs";

const password = "knows many variables";
const ref = "tuner/versus", name = "tuned-1";

scenario("without a server, characters that the game can't read and long lines are named", async ({ open }) => {
        makeUser("tuner", password);
        makeBlueprint(ref, "config: ['sv_alltalk 0']\n");
        const window = await open(), { page, watch } = window, form = new BlueprintForm(page);
        const notes = page.locator("#config-notes"), area = page.locator("textarea[name=config]");

        await logInToOverview(window, "tuner", password);
        await page.goto(`/blueprints/${ref}`);
        await form.fill({ config: ["sv_alltalk 1", "hostname \"Zum Bären\"", "no_such 1", `echo ${"x".repeat(510)}`, "say \u200b"] });
        await notes.getByText("Only ASCII: the game can't read the character ä.").waitFor();
        assert.deepEqual(await notes.locator("li").allInnerTexts(), [
                "Go to line 2 Only ASCII: the game can't read the character ä.",
                "Go to line 4 Longer than 510 characters.",
                "Go to line 5 Only ASCII: the game can't read the character U+200B.",
        ]);
        assert.equal(await area.getAttribute("aria-describedby"), "config-notes");
        await notes.getByRole("button", { name: "Go to line 2" }).click();
        assert.equal(await area.evaluate((e) => e.value.slice(e.selectionStart, e.selectionEnd)), "hostname \"Zum Bären\"");
        await window.check();
        // Saving refuses it too.
        watch.expect(422);
        await page.getByRole("button", { name: "Save" }).click();
        await form.failure("a config line must be printable ASCII");

        await form.fill({ config: ["sv_alltalk 1"] });
        await notes.getByText("No mistakes found.").waitFor();
        await page.getByRole("button", { name: "Save" }).click();
        await form.notice("Saved");
        assert.match(blueprintText(ref), /sv_alltalk 1/);
});

scenario("a running server completes names by keys, and marks unknown ones and cheats", async ({ open }) => {
        makeServer(name, `port: 27087\nblueprint: ${ref}\n`);
        await startServer(name);
        ctl("console", name, "standin_cvarlist", "1");
        const window = await open(), { page } = window, form = new BlueprintForm(page);
        const notes = page.locator("#config-notes"), area = page.locator("textarea[name=config]");
        const list = page.getByRole("listbox", { name: "Suggestions" }), value = () => area.inputValue();

        await logInToOverview(window, "tuner", password);
        await page.goto(`/blueprints/${ref}`);
        await area.focus();
        await page.locator("textarea[name=config][aria-autocomplete=list]").waitFor();
        await form.fill({ config: ["sv_alltalk 1", "sv_altalk 1; god 1 // nonsense", "echo \"x; y\"", ""] });
        await notes.getByText("god has an effect only with sv_cheats 1.").waitFor();
        assert.deepEqual(await notes.locator("li").allInnerTexts(), [
                `Go to line 2 ${name} knows no command or variable sv_altalk.`,
                "Go to line 2 god has an effect only with sv_cheats 1.",
        ]);
        await page.getByText(`Compared with the commands and variables that ${name} knows.`, { exact: true }).waitFor();

        // One letter is too little; Escape closes, Enter without a choice makes a line.
        await page.keyboard.press("Control+End");
        await page.keyboard.type("s");
        assert.equal(await list.count(), 0);
        await page.keyboard.type("v_al");
        await list.getByRole("option", { name: /^sv_alltalk / }).waitFor();
        await page.keyboard.press("Escape");
        assert.equal(await list.count(), 0);
        await notes.getByText("knows no command or variable sv_al.").waitFor();
        await page.keyboard.type("l");
        await list.waitFor();
        await page.keyboard.press("Enter");
        assert.ok((await value()).endsWith("\nsv_all\n"));

        await page.keyboard.type("sv_allt");
        await list.waitFor();
        await page.keyboard.press("ArrowDown");
        const chosen = await area.getAttribute("aria-activedescendant");
        assert.equal(await page.locator(`#${chosen}`).getAttribute("aria-selected"), "true");
        await window.check();
        await window.screenshot("config-lines/desktop-light");
        await page.keyboard.press("Enter");
        assert.ok((await value()).endsWith("\nsv_alltalk"));
        assert.equal(await list.count(), 0);

        // Up goes to the last one, Tab takes it; markup from the server stays text.
        await page.keyboard.type("; zz_");
        await list.getByText("<img src=x onerror=alert(1)>").waitFor();
        assert.equal(await page.locator("main img, main b").count(), 0);
        await page.keyboard.press("ArrowUp");
        await page.keyboard.press("Tab");
        assert.ok((await value()).endsWith("\nsv_alltalk; zz_<b>"));
        await notes.getByText("zz_<b> has an effect only with sv_cheats 1.").waitFor();
        // With the mouse, and nothing within a value or a comment.
        await page.keyboard.type("\nsv_che");
        await list.getByRole("option", { name: /^sv_cheats / }).click();
        assert.ok((await value()).endsWith("\nsv_cheats"));
        await page.keyboard.type(" sv_all");
        assert.equal(await list.count(), 0);
        await page.keyboard.type("\n// sv_all");
        assert.equal(await list.count(), 0);
        // Tab without a choice goes on.
        await page.keyboard.press("Tab");
        assert.equal(await area.evaluate((e) => e === document.activeElement), false);
        await window.check();
});

scenario("without a server of the blueprint another one is asked, and the page says which", async ({ open }) => {
        makeBlueprint("tuner/other", "config: ['sv_altalk 1']\n");
        const window = await open(phone), { page } = window, area = page.locator("textarea[name=config]");
        const said = page.getByText(`that ${name} knows, another server: its plugins may differ.`);

        await logInToOverview(window, "tuner", password);
        for (const path of ["/blueprints/tuner/other", "/blueprints/new"]) {
                await page.goto(path);
                await area.focus();
                await said.waitFor();
                if (path.endsWith("/other"))
                        await page.getByText(`${name} knows no command or variable sv_altalk.`).waitFor();
                await window.check();
        }
        await window.screenshot("config-lines/other-phone");
        ctl("stop", name);
});

scenario("the YAML of a spec and of a blueprint has the same marks and names for its config lines", async ({ open }) => {
        const own = "tuned-2";

        makeUser("mechanic", password, "admin");
        makeServer(own, "port: 27103\nconfig:\n  - sv_alltalk 1\n");
        await startServer(own);
        ctl("console", own, "standin_cvarlist", "1");
        const window = await open(), { page, watch } = window, area = page.locator("textarea[name=text]");
        const notes = page.locator("#text-notes"), list = page.getByRole("listbox", { name: "Suggestions" });

        await logInToOverview(window, "mechanic", password);
        await page.goto(`/servers/${own}/spec`);
        await area.focus();
        await page.locator("textarea[name=text][aria-autocomplete=list]").waitFor();
        await area.fill([
                "port: 27103 # sv_nonsense", "config:", "  - sv_alltalk 1", "  # sv_nonsense", "  - sv_altalk 1 # no",
                "  - \"hostname \\\"Zum B\u00e4ren\\\"\"", "  - 'god 1'", "autostart: false", "",
        ].join("\n"));
        await notes.getByText("god has an effect only with sv_cheats 1.").waitFor();
        assert.deepEqual(await notes.locator("li").allInnerTexts(), [
                `Go to line 5 ${own} knows no command or variable sv_altalk.`,
                "Go to line 6 Only ASCII: the game can't read the character \u00e4.",
                "Go to line 7 god has an effect only with sv_cheats 1.",
        ]);
        await window.check();
        await window.screenshot("config-lines/spec");

        // Between brackets, also before the closing one; a key has no suggestions.
        await area.fill("port: 27103\nconfig: [sv_alltalk 1, sv_al]");
        await notes.getByText("knows no command or variable sv_al.").waitFor();
        await page.keyboard.press("Control+End");
        await page.keyboard.press("ArrowLeft");
        await page.keyboard.type("lt");
        await list.getByRole("option", { name: /^sv_alltalk / }).waitFor();
        await page.keyboard.press("ArrowDown");
        await page.keyboard.press("Enter");
        assert.equal(await area.inputValue(), "port: 27103\nconfig: [sv_alltalk 1, sv_alltalk]");
        await notes.getByText("No mistakes found.").waitFor();
        await page.keyboard.press("Control+End");
        await page.keyboard.type("\nautosta");
        assert.equal(await list.count(), 0);
        await page.keyboard.type("rt: true\n");
        await page.getByRole("button", { name: "Save" }).click();
        await page.locator(".notice").waitFor();
        assert.equal(ctl("get", own, "config"), "sv_alltalk 1\nsv_alltalk");
        ctl("stop", own);

        // Without values there, no server is asked; a blueprint's YAML is the same.
        await page.goto(`/blueprints/${ref}/yaml`);
        await area.fill("config:\n  - say \u00e4\n");
        await notes.getByText("Go to line 2").waitFor();
        watch.leave();
        await page.goto("/");
});

scenario("without scripts, the form saves, and the server names the mistake", async ({ open }) => {
        const window = await open({ ...withoutScript, ...phone, ...dark }), { page, watch } = window;
        const form = new BlueprintForm(page);

        await logInToOverview(window, "tuner", password);
        await page.goto(`/blueprints/${ref}`);
        await form.fill({ config: ["hostname \"Zum Bären\""] });
        watch.expect(422);
        await page.getByRole("button", { name: "Save" }).click();
        await form.failure("a config line must be printable ASCII");
        await form.fill({ config: ["sv_alltalk 0"] });
        await page.getByRole("button", { name: "Save" }).click();
        await form.notice("Saved");
        assert.match(blueprintText(ref), /sv_alltalk 0/);
});
