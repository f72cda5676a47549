// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Accessibility, by axe-core: nothing serious or critical on a page as it is now.

import { readFileSync } from "node:fs";

const source = readFileSync("/usr/lib/left4me-browser/node_modules/axe-core/axe.min.js", "utf8");

// The findings of axe, one line for each element; empty without findings.
export async function accessibilityProblems(page) {
        await page.evaluate(source);
        const { violations } = await page.evaluate(() => globalThis.axe.run(document, {
                resultTypes: ["violations"],
        }));

        return violations
                .filter((v) => v.impact === "serious" || v.impact === "critical")
                .flatMap((v) => v.nodes.map((n) => `${v.impact} ${v.id}: ${n.target.join(" ")}: ${n.failureSummary}`));
}

export async function checkAccessibility(page) {
        const problems = await accessibilityProblems(page);

        if (problems.length)
                throw new Error(`${page.url()} is not accessible:\n${problems.join("\n")}`);
}
