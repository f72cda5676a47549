// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Behind nginx with TLS, as deploy/examples/nginx.conf and docs/web.md say it.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

import { scenario } from "../lib/browser.mjs";
import { behindNginx, console_, ctl, makeBlueprint, makeServer, makeUser, run } from "../lib/machine.mjs";
import { Frame, logInToOverview } from "../pages/frame.mjs";
import { ServerPage } from "../pages/servers.mjs";

const password = "behind a proxy";
const https = { baseURL: "https://left4me.example.org", ignoreHTTPSErrors: true };

scenario("behind nginx: login, a form, a live log, and cookies for HTTPS only", async ({ open }) => {
        makeUser("proxied", password);
        makeBlueprint("proxied/coop", "config: ['hostname \"Behind a proxy\"']\n");
        makeServer("proxied-1", "port: 27098\nblueprint: proxied/coop\n");

        const leave = behindNginx();
        try {
                const window = await open(https), { page, context } = window;
                const server = new ServerPage(page, "proxied-1");
                await logInToOverview(window, "proxied", password);
                const cookie = (await context.cookies()).find((c) => c.name === "__Host-left4me");
                assert.deepEqual([cookie?.secure, cookie?.httpOnly, cookie?.sameSite], [true, true, "Strict"]);
                await server.open();
                await server.start();
                console_("proxied-1", "standin_line", "Through the proxy");
                await server.line("Through the proxy").waitFor();
                ctl("stop", "proxied-1");
                await server.state("stopped");
                await new Frame(page).logOut();
        } finally {
                leave();
        }
});

scenario("behind nginx: parts of an upload are as large as the proxy takes them", async ({ open }) => {
        const file = "/run/proxied.vpk", large = randomBytes(20 << 20);

        writeFileSync(file, large);
        makeUser("sender", password, "admin");
        for (const ref of ["proxied-large", "proxied-small"])
                ctl("overlay", "create", ref);
        const leave = behindNginx();
        try {
                const window = await open(https), { page, watch } = window;
                const taken = [];
                const upload = async (ref) => {
                        taken.length = 0;
                        await page.goto(`/overlays/${ref}`);
                        await page.locator("input[data-choose=files]").setInputFiles(file);
                        await page.getByRole("link", { name: "proxied.vpk" }).waitFor();
                        assert.ok(readFileSync(`/var/lib/left4me/overlays/${ref}/current/proxied.vpk`).equals(large));
                };

                page.on("response", (response) => response.request().method() === "PUT" && response.ok() &&
                        taken.push(Number(new URL(response.url()).searchParams.get("offset"))));
                await logInToOverview(window, "sender", password);
                await upload("proxied-large");
                assert.deepEqual(taken, [0, 16 << 20]);
                run("sed", ["-i", "s/client_max_body_size 16m/client_max_body_size 8m/", "/etc/nginx/sites-enabled/left4me"]);
                run("systemctl", ["reload", "nginx.service"]);
                // Either the browser gets the proxy's answer, or the connection ends first.
                watch.expect(413);
                watch.outage(true);
                await upload("proxied-small");
                watch.outage(false);
                assert.deepEqual(taken, [0, 8 << 20, 16 << 20]);
        } finally {
                leave();
        }
});
