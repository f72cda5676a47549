// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Behind nginx with TLS, as deploy/examples/nginx.conf and docs/web.md say it.

import assert from "node:assert/strict";

import { scenario } from "../lib/browser.mjs";
import { behindNginx, console_, ctl, makeBlueprint, makeServer, makeUser } from "../lib/machine.mjs";
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
