// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Jobs as their owner sees them: one that runs, its log and progress as they come, its end, Cancel, and what is
// not theirs. The jobs are stand-ins: units of the real names without the real steps.

import assert from "node:assert/strict";

import { scenario } from "../lib/browser.mjs";
import { ctl, makeJob, makeUser, run } from "../lib/machine.mjs";
import { Frame, logInToOverview } from "../pages/frame.mjs";

const password = "builds and builds";
const steps = "/run/jobs-scenario";
const say = (text) => run("sh", ["-c", `printf '%s\n' "$1" >${steps}`, "sh", text]);

scenario("a job runs: its progress and its log are seen as they come", async ({ open }) => {
        makeUser("jobber", password);
        run("mkfifo", ["-m", "666", steps]);
        // It does as it is told: a line for its log, its progress, or its end.
        makeJob("script@jobber:maps", `/bin/bash -c 'exec 3<>${steps}; while read -r word rest <&3; do case $$word in ` +
                "line) echo \"$$rest\" ;; status) systemd-notify --status=\"$$rest\" ;; end) exit $$rest ;; esac; done'",
        "NotifyAccess=all");
        run("systemctl", ["start", "--no-block", "left4me-script@jobber:maps.service"]);

        const window = await open(), { page } = window;
        await logInToOverview(window, "jobber", password);
        await page.getByRole("link", { name: "Jobs", exact: true }).click();
        await page.getByRole("link", { name: "jobber/maps" }).click();
        await page.getByRole("heading", { level: 1, name: "jobber/maps" }).waitFor();
        await page.getByText("running").first().waitFor();
        await page.locator("[data-live=on]").waitFor();

        say("line Downloading 3 of 12 items");
        await page.locator(".line", { hasText: "Downloading 3 of 12 items" }).waitFor();
        say("status 42 % Downloaded 3 of 12 items, 412 of 981 MB");
        await page.getByText("Downloaded 3 of 12 items, 412 of 981 MB").waitFor();
        assert.equal(await page.getByRole("progressbar").getAttribute("value"), "42");
        await window.check();
        await window.screenshot("job-running");

        say("end 3");
        await page.getByText("failed: ended with exit code 3").waitFor();
        assert.equal(await page.getByRole("progressbar").count(), 0);
        await window.check();
        await window.screenshot("job-failed");
});

scenario("a job is cancelled", async ({ open }) => {
        run("systemctl", ["start", "--no-block", "left4me-script@jobber:maps.service"]);
        const window = await open(), { page } = window;
        await logInToOverview(window, "jobber", password);
        await page.goto("/jobs?result=running");
        await page.getByRole("link", { name: "jobber/maps" }).click();
        await page.getByText("Cancel…").click();
        await page.getByText("Cancel this job? Nothing is published, and the current version stays.").waitFor();
        await window.screenshot("job-cancel");
        await page.getByRole("button", { name: "Cancel the job" }).click();
        await page.getByText("The job has ended.").waitFor();
        await page.getByText("cancelled").first().waitFor();
        assert.equal(JSON.parse(ctl("job", "show", "jobber/maps", "--json")).result, "cancelled");
        await page.goto("/jobs");
        await window.check();
        await window.screenshot("jobs");
});

scenario("the overlay's own page shows the job live, and how it ended, also to one who types there", async ({ open }) => {
        ctl("overlay", "create", "jobber/maps");
        const start = () => run("systemctl", ["start", "--no-block", "left4me-script@jobber:maps.service"]);
        const window = await open(), { page } = window, frame = new Frame(page);
        const live = async () => {
                await page.getByText("A build began").waitFor();
                await page.locator("[data-live=on]").waitFor();
        };

        await logInToOverview(window, "jobber", password);
        start();
        await page.goto("/overlays/jobber/maps");
        await live();
        say("line Unpacking campaign 2 of 5");
        await page.locator(".line", { hasText: "Unpacking campaign 2 of 5" }).waitFor();
        say("status 40 % Unpacked 2 of 5 campaigns");
        await page.getByText("Unpacked 2 of 5 campaigns").waitFor();
        await window.check();
        await window.screenshot("overlay-building");
        await frame.ask(page.locator("main"), "Cancel", "Cancel the job");
        await frame.notice("The job has ended.");
        await frame.heading("jobber/maps").waitFor();
        await page.getByText("The last build was cancelled").waitFor();
        await page.locator(".page-head").getByText("cancelled").waitFor();
        await window.check();
        await window.screenshot("overlay-cancelled");

        // The whole page is fetched again, or only its part about the job, so that a text that is being typed stays.
        start();
        await page.goto("/overlays/jobber/maps");
        await live();
        say("end 0");
        await page.locator(".page-head").getByText("never built").waitFor();
        await page.getByText("The last build succeeded").waitFor();
        start();
        await page.goto("/overlays/jobber/maps");
        await live();
        await page.getByRole("textbox", { name: "Description" }).fill("Five campaigns");
        say("end 3");
        await page.getByText(/The last build failed.*: ended with exit code 3/).waitFor();
        assert.equal(await page.getByRole("textbox", { name: "Description" }).inputValue(), "Five campaigns");
        await window.check();
});

scenario("another user sees no job of it, and the pages work without scripts", async ({ open }) => {
        const { id } = JSON.parse(ctl("job", "show", "jobber/maps", "--json"));
        makeUser("jobless", password);
        const window = await open({ javaScriptEnabled: false }), { page } = window;

        await logInToOverview(window, "jobless", password);
        await page.goto("/jobs");
        await page.getByText("No jobs").waitFor();
        window.watch.expect(404);
        await page.goto(`/jobs/${id}`);
        await page.getByText("This page doesn't exist").waitFor();
});
