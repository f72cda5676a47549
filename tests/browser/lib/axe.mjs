// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Accessibility, by axe-core: nothing serious or critical on a page as it is now.

import { readFileSync } from "node:fs";

const source = readFileSync("/usr/lib/left4me-browser/node_modules/axe-core/axe.min.js", "utf8");

// Timers of a page never run in a window without scripts, and axe waits for some: these run at once. Long ones only
// end what hangs.
function replaceTimers() {
        globalThis.setTimeout = (run, delay = 0) => {
                if (delay < 1000)
                        Promise.resolve().then(run);
        };
}

// The findings of axe, one line for each element; empty without findings.
export async function accessibilityProblems(page, hasScripts = true) {
        if (!hasScripts)
                await page.evaluate(replaceTimers);
        await page.evaluate(source);
        const { violations } = await page.evaluate((preload) => globalThis.axe.run(document, {
                resultTypes: ["violations"], preload,
        }), hasScripts);

        return violations
                .filter((v) => v.impact === "serious" || v.impact === "critical")
                .flatMap((v) => v.nodes.map((n) => `${v.impact} ${v.id}: ${n.target.join(" ")}: ${n.failureSummary}`));
}

export async function checkAccessibility(page, hasScripts) {
        const problems = await accessibilityProblems(page, hasScripts);

        if (problems.length)
                throw new Error(`${page.url()} is not accessible:\n${problems.join("\n")}`);
}
