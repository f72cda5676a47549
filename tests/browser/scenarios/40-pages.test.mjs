// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Every page there is, on a desktop and on a phone, light and dark: accessible, as wide as its window, and
// a picture of it to look at.

import assert from "node:assert/strict";

import { dark, phone, scenario } from "../lib/browser.mjs";
import { console_, ctl, logged, makeBlueprint, makeOverlay, makeServer, makeUser, routes, run } from
        "../lib/machine.mjs";
import { logIn, logInToOverview } from "../pages/frame.mjs";

const password = "looks at it all";

// The pages, by their route in the app's table.
const pages = {
        "/": { path: "/", name: "overview" },
        "/new-server": { path: "/new-server", name: "new-server" },
        "/servers/{name}": { path: "/servers/look-1", name: "server" },
        "/servers/{name}/spec": { path: "/servers/look-broken/spec", name: "spec" },
        "/servers/{name}/log": { path: "/servers/look-1/log?priority=warning", name: "log" },
        "/blueprints": { path: "/blueprints", name: "blueprints" },
        "/blueprints/new": { path: "/blueprints/new", name: "new-blueprint" },
        "/blueprints/{owner}/{blueprint}": { path: "/blueprints/looker/versus", name: "blueprint" },
        "/blueprints/{owner}/{blueprint}/yaml": { path: "/blueprints/looker/broken/yaml", name: "blueprint-yaml" },
        "/overlays": { path: "/overlays", name: "overlays" },
        "/overlays/{ref...}": { path: "/overlays/look?path=left4dead2/cfg", name: "overlay" },
        "/password": { path: "/password", name: "password" },
        "/users": { path: "/users", name: "users" },
        "/audit": { path: "/audit", name: "audit" },
        "/host": { path: "/host", name: "host" },
};
const windows = {
        "desktop-light": {}, "desktop-dark": dark, "phone-light": phone, "phone-dark": { ...phone, ...dark },
};

scenario("a host with something on every page", async () => {
        makeUser("looker", password, "admin");
        makeUser("guest", password);
        makeOverlay("look", { "left4dead2/cfg/rates.cfg": "sv_minrate 30000\n", "left4dead2/addons/a.vpk": "x" });
        makeBlueprint("looker/versus", "description: Versus with the usual rates\noverlays: [look]\n" +
                "config: ['hostname \"Versus | Frankfurt\"']\narguments: [-tickrate, '60']\n");
        makeBlueprint("looker/broken", "config: []\n");
        run("sh", ["-c", "printf 'config: 7\\n' >/var/lib/left4me/blueprints/looker/broken.yaml"]);
        for (const [name, port] of [["look-1", 27050], ["look-2", 27051], ["look-broken", 27052], ["look-down", 27053]])
                makeServer(name, `port: ${port}\nblueprint: looker/versus\n`);
        ctl("start", "look-1");
        ctl("start", "look-down");
        await logged("look-1", "VAC secure mode is activated.");
        await logged("look-down", "VAC secure mode is activated.");
        // It exits for good: status 78 is no reason to start it again.
        console_("look-down", "standin_exit 78");
        await logged("look-down", "status=78");
        run("sh", ["-c", "printf 'port: 27052\\nautostart: maybe\\n' >/var/lib/left4me/instances/look-broken/spec.yaml"]);
        run("systemctl", ["daemon-reload"]);
        run("systemctl", ["start", "left4me-report@doctor", "left4me-report@audit", "left4me-report@disk"]);
});

scenario("all pages of the app are here", async () => {
        const there = routes().filter((r) => r.method === "GET" && r.twin).map((r) => r.pattern);

        assert.deepEqual(Object.keys(pages).concat("/login").sort(), there.sort());
});

for (const [kind, options] of Object.entries(windows))
        scenario(`every page: ${kind}`, async ({ open }) => {
                const window = await open(options), { page } = window;

                await page.goto("/login");
                await window.check();
                await window.screenshot(`pages/login-${kind}`);
                await logInToOverview(window, "looker", password);
                for (const { path, name } of Object.values(pages)) {
                        await page.goto(path);
                        await page.getByRole("heading", { level: 1 }).waitFor();
                        // What is folded is a part of the page.
                        await page.evaluate(() => {
                                for (const details of document.querySelectorAll("main details:not(.ask)"))
                                        details.open = true;
                        });
                        await window.check();
                        await window.screenshot(`pages/${name}-${kind}`);
                }
        });

scenario("the audit trail fits the narrowest window", async ({ open }) => {
        const window = await open({ viewport: { width: 320, height: 700 } }), { page } = window;

        makeBlueprint(`looker/${"very-long-name-".repeat(2)}`, "config: []\n");
        await logInToOverview(window, "looker", password);
        await page.goto("/audit");
        await page.getByText("very-long-name-very-long-name-").first().waitFor();
        await window.check();
        await window.screenshot("pages/audit-narrow");
});

scenario("the reader's own colours keep the current page and the states", async ({ open }) => {
        const window = await open({ forcedColors: "active" }), { page } = window;
        const style = (selector, property, pseudo) => page.locator(selector).first().evaluate(
                (element, [name, part]) => getComputedStyle(element, part)[name], [property, pseudo]);

        await logInToOverview(window, "looker", password);
        assert.notEqual(await style(".top nav a[aria-current]", "borderBottomColor"),
                await style(".top nav a:not([aria-current])", "borderBottomColor"));
        assert.notEqual(await style("[data-state=running]", "backgroundColor", "::before"),
                await style("[data-state=running]", "backgroundColor"));
        assert.notEqual(await style("[data-state=refused]", "borderTopWidth"),
                await style("[data-state=running]", "borderTopWidth"));
});

scenario("a user who has nothing yet is told what to do", async ({ open }) => {
        const window = await open(phone), { page } = window;

        await logIn(window, "guest", password);
        for (const path of ["/", "/blueprints", "/new-server", "/audit"]) {
                await page.goto(path);
                await page.getByRole("heading", { level: 1 }).waitFor();
                await window.check();
                await window.screenshot(`pages/empty${path.replaceAll("/", "-")}`);
        }
        await page.goto("/");
        await page.getByText("No servers yet").waitFor();
});

scenario("light and dark are changed by hand, and stay", async ({ open }) => {
        const window = await open(), { page } = window;
        const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

        await logInToOverview(window, "looker", password);
        const light = await background();
        await page.locator("summary", { has: page.locator(".who") }).click();
        await page.getByRole("button", { name: "Switch theme" }).click();
        const changed = await background();
        assert.notEqual(changed, light);
        await page.goto("/host");
        assert.equal(await background(), changed);
});
