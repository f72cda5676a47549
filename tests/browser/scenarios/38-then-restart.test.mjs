// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A build that restarts the servers that use the overlay when it has made a new version: chosen beside Build, shown at
// the server while the job runs, cancelled there, and fulfilled. The job is the real one, whose script waits for a file.

import assert from "node:assert/strict";
import { existsSync, rmSync, writeFileSync } from "node:fs";

import { scenario } from "../lib/browser.mjs";
import { ctl, makeServer, makeUser, run, startServer, unitProperty } from "../lib/machine.mjs";
import { logInToOverview } from "../pages/frame.mjs";
import { ServerPage } from "../pages/servers.mjs";

const password = "builds and restarts", out = "/var/lib/left4me/jobs/later/out";

// The job waits when it is let go: its first step empties the directory.
const go = async (page) => {
        while (!existsSync(`${out}/began`))
                await page.waitForTimeout(50);
        rmSync(`${out}/began`);
        writeFileSync(`${out}/go`, "");
};

scenario("a build restarts the servers that use it, unless that is cancelled", async ({ open }) => {
        makeUser("later", password, "admin");
        ctl("overlay", "create", "later");
        ctl("overlay", "define", "later", "kind=script");
        run("l4d2ctl", ["overlay", "script", "later", "-"], "#!/bin/bash\ndate +%N >$OVERLAY/x\n");
        ctl("overlay", "build", "later");
        run("l4d2ctl", ["overlay", "script", "later", "-"], "#!/bin/bash -e\ntouch $LEFT4ME_OUT/began\n" +
                "until [ -e $LEFT4ME_OUT/go ]; do sleep 0.1; done\ndate +%N >$OVERLAY/x\n");
        makeServer("later-1", "port: 27046\noverlays: [later]\n");
        await startServer("later-1");

        const window = await open(), { page } = window, server = new ServerPage(page, "later-1");
        const started = () => unitProperty("later-1", "InvocationID");
        const build = async () => {
                await page.goto("/overlays/later/-/source");
                await page.locator(".files-bar > form").getByLabel("Servers that use it").selectOption("restart at once");
                await page.getByRole("button", { name: "Build", exact: true }).click();
                await page.getByText("Started to build 'later'.").waitFor();
        };

        await logInToOverview(window, "later", password);
        const before = started();
        await build();
        await server.open();
        const trouble = server.trouble("Restarts when the build of later has made a new version.");
        await trouble.waitFor();
        await window.check();
        await window.screenshot("server-after-build");
        await page.getByRole("button", { name: "Cancel the restart" }).click();
        await trouble.waitFor({ state: "hidden" });
        await go(page);
        run("sh", ["-c", "while systemctl is-active -q left4me-script@later || [ $(systemctl is-active left4me-script@later) = activating ]; do sleep 0.1; done"]);
        assert.equal(started(), before);

        await build();
        await server.open();
        await trouble.waitFor();
        await go(page);
        await trouble.waitFor({ state: "hidden" });
        // The wish is taken back before systemd has begun to restart the server.
        while (started() === before)
                await page.waitForTimeout(50);
        await server.state("running");
        ctl("stop", "later-1");
});
