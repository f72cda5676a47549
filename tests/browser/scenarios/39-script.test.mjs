// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The script of an overlay: written in the editor, saved over another admin's change only when told to, saved and
// built, also from empty. The job is the real one, whose script waits for a file.

import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";

import { scenario } from "../lib/browser.mjs";
import { ctl, makeUser, run } from "../lib/machine.mjs";
import { asks, Frame, logInToOverview } from "../pages/frame.mjs";

const password = "writes in sh", overlay = "/var/lib/left4me/overlays/scripted", out = "/var/lib/left4me/jobs/scripted/out";
const saved = () => readFileSync(`${overlay}/script`, "utf8");

class ScriptForm extends Frame {
        get form() {
                return this.page.getByRole("form", { name: "Script" });
        }

        async open() {
                await this.page.goto("/overlays/scripted/-/source");
                await this.form.locator(".CodeMirror").waitFor();
        }

        async write(...lines) {
                await this.form.locator(".CodeMirror").click();
                await this.page.keyboard.press("Control+A");
                await this.page.keyboard.type(lines.join("\n"));
        }

        async press(name) {
                await this.form.getByRole("button", { name, exact: true }).click();
        }
}

scenario("a script is written, saved over another one only when told to, and built, also from empty", async ({ open }) => {
        makeUser("scripter", password, "admin");
        ctl("overlay", "create", "scripted");
        ctl("overlay", "define", "scripted", "kind=script");
        const window = await open(), { page, watch } = window, script = new ScriptForm(page);

        await logInToOverview(window, "scripter", password);
        await script.open();
        assert.ok(!await asks(page));
        await script.write("#!/bin/sh -e", "touch \"$LEFT4ME_OUT/began\"", "until [ -e \"$LEFT4ME_OUT/go\" ]; do sleep 0.1; done",
                "echo a >\"$OVERLAY/a\"");
        assert.ok(await asks(page));
        run("l4d2ctl", ["overlay", "script", "scripted", "-"], "#!/bin/sh\n: theirs\n");
        watch.expect(409);
        await script.press("Save and build");
        await script.failure("Someone else saved this script while you were editing.");
        assert.match(await script.form.getByLabel("The version that was saved").inputValue(), /: theirs/);
        assert.match(await script.form.locator(".CodeMirror").innerText(), /began/);
        assert.equal(saved(), "#!/bin/sh\n: theirs\n");
        assert.ok(await asks(page));
        await window.check();
        await window.screenshot("overlay-script-conflict");
        await script.press("Save mine over it");
        await script.notice("Saved the script of 'scripted'.");
        assert.match(saved(), /began/);

        // It leads to the job. A second build is refused, but its script is saved.
        await script.press("Save and build");
        await script.notice("Saved the script of 'scripted', and started to build it.");
        await script.heading("scripted").waitFor();
        assert.match(page.url(), /\/jobs\/[0-9a-f]{32}$/);
        const job = page.url();

        while (!existsSync(`${out}/began`))
                await page.waitForTimeout(50);
        await script.open();
        await script.write("#!/bin/sh -e", "echo b >\"$OVERLAY/b\"");
        watch.expect(409);
        await script.press("Save and build");
        await script.failure("Saved the script of 'scripted'. The build has not started.");
        await page.getByRole("alert").getByText("runs already").waitFor();
        assert.equal(saved(), "#!/bin/sh -e\necho b >\"$OVERLAY/b\"");
        assert.ok(!await asks(page));

        await page.goto(job);
        writeFileSync(`${out}/go`, "");
        await page.locator(".job-state", { hasText: "done" }).waitFor();
        assert.deepEqual(readdirSync(`${overlay}/current`), ["a"]);

        // The files of the version before are not there.
        await script.open();
        await script.press("Save and build from empty");
        await script.heading("scripted").waitFor();
        await page.locator(".job-state", { hasText: "done" }).waitFor();
        assert.deepEqual(readdirSync(`${overlay}/current`), ["b"]);
});
