// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The timeline of a server: chat and events as they come, filters, a crash with its last lines.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

import { dark, phone, scenario, withoutScript } from "../lib/browser.mjs";
import { console_, logged, makeBlueprint, makeServer, makeUser, run, startServer } from "../lib/machine.mjs";
import { Frame, logInToOverview } from "../pages/frame.mjs";

const password = "what has happened";
const name = "time-1";
const path = `/servers/${name}/timeline`;

const happen = (...events) => execFileSync("/usr/lib/left4me-tests/suites/web/live-events",
        { input: events.map((event) => JSON.stringify({ instance: name, ...event }) + "\n").join("") });
const zoey = { player: "Zoey <3", steam_id64: "76561197960267728" };

scenario("chat and events are seen as they come, by kind", async ({ open }) => {
        makeUser("timer", password);
        makeBlueprint("timer/versus", "config: ['hostname \"Timeline\"']\n");
        makeServer(name, "port: 27107\nblueprint: timer/versus\n");
        await startServer(name);
        happen({ kind: "map-start", map: "c1m1_hotel" }, { kind: "join", ...zoey },
                { kind: "chat", ...zoey, text: "hello <img src=x onerror=alert(1)>" }, { kind: "hang" }, { kind: "recovered" });

        const window = await open(), { page } = window, list = page.locator(".timeline");
        await logInToOverview(window, "timer", password);
        await page.goto(path);
        await new Frame(page).heading(`Timeline of ${name}`).waitFor();
        await list.getByText("hello <img src=x onerror=alert(1)>").waitFor();
        assert.equal(await page.locator("main img").count(), 0);
        assert.equal(await list.getByRole("link", { name: "Zoey <3" }).first().getAttribute("href"),
                "https://steamcommunity.com/profiles/76561197960267728");

        // A line of the log is followed by its event.
        happen({ kind: "chat", ...zoey, text: "and now live" });
        console_(name, "standin_line", "a line");
        await list.getByText("and now live").waitFor();
        await window.check();
        await window.screenshot("timeline/desktop-light");

        await page.getByRole("navigation", { name: "Shown" }).getByRole("link", { name: "Chat" }).click();
        await list.getByText("and now live").waitFor();
        assert.equal(await list.getByText("joined").count(), 0);
        await page.getByRole("navigation", { name: "Shown" }).getByRole("link", { name: "Maps" }).click();
        await list.getByText("c1m1_hotel").first().waitFor();
        assert.equal(await list.getByText("and now live").count(), 0);
});

scenario("nothing is fetched in the background, and little of a server that writes all the time", async ({ open }) => {
        const window = await open(), { page } = window, list = page.locator(".timeline");
        const fetched = [];
        const chat = (text) => {
                happen({ kind: "chat", ...zoey, text });
                console_(name, "standin_line", "a line");
        };
        const hide = (isHidden) => page.evaluate((value) => {
                Object.defineProperty(document, "hidden", { configurable: true, get: () => value });
                document.dispatchEvent(new Event("visibilitychange"));
        }, isHidden);

        await logInToOverview(window, "timer", password);
        await page.goto(path);
        await new Frame(page).heading(`Timeline of ${name}`).waitFor();
        page.on("request", (request) => {
                if (request.headers()["hx-target"] === "timeline")
                        fetched.push(request);
        });
        chat("the first");
        await list.getByText("the first").waitFor();
        chat("the second");
        await list.getByText("the second").waitFor();
        // As the browser saw it: commands keep this program from hearing of a request at once.
        const times = fetched.map((request) => request.timing().startTime);
        const pauses = times.slice(1).map((time, i) => time - times[i]);
        assert.ok(pauses.length > 0 && pauses.every((pause) => pause > 4500), `${pauses} ms`);

        await hide(true);
        const before = fetched.length;
        chat("not seen");
        // Longer than the pause: a fetch would have come.
        await page.evaluate(() => new Promise((done) => { setTimeout(done, 7000); }));
        assert.equal(fetched.length, before);
        await hide(false);
        await list.getByText("not seen").waitFor();
        assert.equal(fetched.length, before + 1);
});

scenario("a crash shows its last lines, without scripts too", async ({ open }) => {
        const window = await open({ ...withoutScript, ...phone, ...dark }), { page } = window;

        console_(name, "standin_line", "the last words");
        console_(name, "standin_crash");
        await logged(name, "Failed with result");
        await logInToOverview(window, "timer", password);
        await page.goto(`${path}?show=runs`);
        await page.getByText("killed by SIGSEGV, after").waitFor();
        await page.getByText("Its last lines").click();
        await page.getByText("the last words").waitFor();
        await page.getByRole("link", { name: "Log up to then" }).waitFor();
        await window.screenshot("timeline/phone-dark");

        // axe is a script.
        const scripted = await open({ ...phone, ...dark });
        await logInToOverview(scripted, "timer", password);
        await scripted.page.goto(`${path}?show=runs`);
        await scripted.page.getByText("Its last lines").click();
        await scripted.page.getByText("the last words").waitFor();
        await scripted.check();
        run("/usr/lib/left4me-tests/suites/web/live-events", ["--restore"]);
});
