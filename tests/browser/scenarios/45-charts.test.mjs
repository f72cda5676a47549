// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Charts: drawn by Debian's Chart.js under the content security policy, with a gap where nothing was measured, in both
// themes, and readable as a table without scripts.

import assert from "node:assert/strict";

import { phone, scenario } from "../lib/browser.mjs";
import { asWatch, makeServer, makeUser } from "../lib/machine.mjs";
import { logInToOverview } from "../pages/frame.mjs";

const password = "watches the evening";

// How many pixels of a chart have a color that is not its ground.
const painted = (page, name) => page.locator(`[data-chart="${name}"] canvas`).evaluate((canvas) => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        let n = 0;

        for (let i = 3; i < data.length; i += 4)
                n += data[i] > 0;
        return n;
});

const chartOf = (page, name) => page.locator(`[data-chart="${name}"] canvas`).evaluate((canvas) => {
        const chart = window.Chart.getChart(canvas);

        return {
                color: chart.data.datasets[0].borderColor,
                gaps: chart.data.datasets[0].data.filter((point) => point.y === null).length,
                labels: chart.data.datasets.map((set) => set.label),
        };
});

scenario("charts of a server, their gaps and their themes", async ({ open }) => {
        makeUser("charter", password, "admin");
        makeServer("chart-1", "port: 27090\n");
        asWatch("/usr/lib/left4me-build/tests/bench/sample-fill 1 1 chart-");

        const window = await open(), { page } = window;
        await logInToOverview(window, "charter", password);
        await page.goto("/servers/chart-1");
        await page.getByRole("link", { name: "Charts" }).click();
        await page.getByRole("heading", { name: "Charts of chart-1" }).waitFor();
        for (const name of ["Chart of players", "Chart of memory", "Chart of the network"])
                await page.getByRole("img", { name }).waitFor();
        for (const name of ["players", "fps", "cpu_percent", "memory_bytes", "network"])
                assert.ok(await painted(page, name) > 500, name);
        await window.check();
        await window.screenshot("charts");

        // Six of seven days without samples stay empty.
        await page.getByRole("link", { name: "7 days" }).click();
        await page.getByRole("img", { name: "Chart of players" }).waitFor();
        const light = await chartOf(page, "players");
        assert.ok(light.gaps >= 140 && light.gaps < 150, light.gaps);
        assert.deepEqual(light.labels, ["average", "highest"]);
        await page.getByText("charter", { exact: true }).click();
        await page.getByRole("button", { name: "Switch theme" }).click();
        await page.waitForFunction((color) =>
                window.Chart.getChart(document.querySelector("canvas")).data.datasets[0].borderColor !== color, light.color);
        await window.check();
        await window.screenshot("charts-dark");
});

scenario("a chart of an hour goes on by itself", async ({ open }) => {
        const window = await open(phone), { page } = window;

        await logInToOverview(window, "charter", password);
        await page.clock.install();
        await page.goto("/servers/chart-1/charts");
        await page.getByRole("img", { name: "Chart of players" }).waitFor();
        assert.ok(!(await page.locator("[data-total=players] [data-value=max_text]").textContent()).includes("77"));
        asWatch("printf '%s\\n' MESSAGE_ID=5d2ac2fa6d8c4ad09f7bb1d1a0b9ba4f LEFT4ME_LEVEL=minute " +
                '"LEFT4ME_AT=$(($(date +%s) / 60 * 60))000000" "LEFT4ME_SAMPLES=chart-1 6 77.00 77 0.00 99 - - - - - - - 0" | ' +
                "/usr/lib/left4me-tests/suites/journal-send");
        await page.clock.runFor(61000);
        await page.locator("[data-total=players]").getByText("77.0").first().waitFor();
        await window.check();
        await window.screenshot("charts-phone");
});

scenario("without scripts the numbers are a table", async ({ open }) => {
        const window = await open({ javaScriptEnabled: false }), { page } = window;

        await logInToOverview(window, "charter", password);
        await page.goto("/charts?range=24h");
        await page.getByRole("row", { name: /^Players / }).waitFor();
        await page.getByRole("link", { name: "chart-1" }).waitFor();
        assert.equal(await page.locator("canvas:visible").count(), 0);
        await window.screenshot("charts-plain");
});
