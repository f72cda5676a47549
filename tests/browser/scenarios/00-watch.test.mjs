// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The watch over all other scenarios sees what it is there for: shown with pages that do it all wrong.

import assert from "node:assert/strict";
import { createServer } from "node:http";

import { phone, scenario, withoutScript } from "../lib/browser.mjs";

const bodies = {
        "/fine": "<p>Text</p>",
        "/style": "<p style='color: red'>Text</p>",
        "/script": "<script>document.body.textContent = 'run'</script>",
        "/other-host": "<img src='http://192.0.2.1/x.png' alt='A picture'>",
        "/missing": "<img src='/gone.png' alt='A picture'>",
        "/throws": "<script src='/throws.js'></script>",
        "/dialog": "<script src='/dialog.js'></script>",
        "/label": "<input>",
        "/wide": "<p id='wide'>Text</p>",
};
const scripts = {
        "/throws.js": "document.body.append(nothing);",
        "/dialog.js": "alert('Hello');",
};

const server = createServer((request, response) => {
        const script = scripts[request.url], body = bodies[request.url];

        response.setHeader("Content-Security-Policy", "default-src 'self'");
        if (request.url === "/favicon.ico")
                response.writeHead(204).end();
        else if (script)
                response.writeHead(200, { "Content-Type": "text/javascript" }).end(script);
        else if (body)
                response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end(
                        `<!doctype html><html lang="en"><title>A page</title>${
                                request.url === "/wide" ? "<link rel='stylesheet' href='/wide.css'>" : ""
                        }<main><h1>A page</h1>${body}</main>`);
        else if (request.url === "/wide.css")
                response.writeHead(200, { "Content-Type": "text/css" }).end("#wide { width: 2000px }");
        else
                response.writeHead(404, { "Content-Type": "text/plain" }).end("gone");
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
server.unref();
const elsewhere = { ...phone, baseURL: `http://127.0.0.1:${server.address().port}` };

// Opens a page and returns what the watch says of it.
async function complaint(open, path) {
        const { page, watch } = await open(elsewhere);

        await page.goto(path);
        try {
                watch.check();
                return "";
        } catch (error) {
                return error.message;
        }
}

scenario("the watch sees violated policies, other hosts, missing files, errors and dialogs", async ({ open }) => {
        assert.equal(await complaint(open, "/fine"), "");
        assert.match(await complaint(open, "/style"), /console error: .*Content Security Policy/);
        assert.match(await complaint(open, "/script"), /console error: .*Content Security Policy/);
        assert.match(await complaint(open, "/other-host"), /request to another host: http:\/\/192\.0\.2\.1/);
        assert.match(await complaint(open, "/missing"), /status: 404 GET .*gone\.png/);
        assert.match(await complaint(open, "/throws"), /script: .*nothing is not defined/);
        assert.match(await complaint(open, "/dialog"), /dialog: Hello/);
});

scenario("what is expected must come", async ({ open }) => {
        const { page, watch } = await open(elsewhere);

        watch.expect(404);
        await page.goto("/gone");
        watch.check();
        watch.expect(404);
        assert.throws(() => watch.check(), /status 404 never came/);
});

for (const [kind, options] of Object.entries({ "with scripts": elsewhere, "without": { ...elsewhere, ...withoutScript } }))
        scenario(`what can't be used or doesn't fit is noticed, ${kind}`, async ({ open }) => {
                const window = await open(options);

                await window.page.goto("/fine");
                await window.check();
                await window.page.goto("/label");
                await assert.rejects(window.check(), /critical label: input/);
                await window.page.goto("/wide");
                await assert.rejects(window.check(), /wide in a window of/);
        });
