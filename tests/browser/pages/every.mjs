// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A host with something on every page, and the pages, by their route in the app's table. The prefix tells
// the things of one scenario file from those of another, port is the first of four.

import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

import { asWatch, console_, ctl, logged, makeBlueprint, makeOverlay, makeServer, makeUser, run } from "../lib/machine.mjs";

// A command and its answer, which only this visit of the page shows.
async function runStatus(page) {
        await page.locator(".console-form input[name=command]").fill("status");
        await page.locator(".console-form button.primary").click();
        await page.locator("[data-said] pre", { hasText: "hostname" }).waitFor();
}

// fill: what to do on the page before it is looked at.
export const everyPage = (prefix) => ({
        "/": { path: "/", name: "overview" },
        "/new-server": { path: "/new-server", name: "new-server" },
        "/servers/{name}": { path: `/servers/${prefix}-1`, name: "server" },
        "/servers/{name}/players": { path: `/servers/${prefix}-1/players`, name: "players" },
        "/servers/{name}/bans": { path: `/servers/${prefix}-1/bans`, name: "bans" },
        "/servers/{name}/console": { path: `/servers/${prefix}-1/console`, name: "console", fill: runStatus },
        "/servers/{name}/timeline": { path: `/servers/${prefix}-down/timeline`, name: "timeline" },
        "/servers/{name}/maps": { path: `/servers/${prefix}-1/maps`, name: "maps" },
        "/servers/{name}/spec": { path: `/servers/${prefix}-broken/spec`, name: "spec" },
        "/servers/{name}/files": { path: `/servers/${prefix}-1/files?path=left4dead2/cfg`, name: "server-tree" },
        "/servers/{name}/written": { path: `/servers/${prefix}-1/written`, name: "server-written" },
        "/servers/{name}/log": { path: `/servers/${prefix}-1/log?priority=warning`, name: "log" },
        "/servers/{name}/charts": { path: `/servers/${prefix}-1/charts?range=24h`, name: "charts" },
        "/charts": { path: "/charts?range=24h", name: "charts-all" },
        "/blueprints": { path: "/blueprints", name: "blueprints" },
        "/blueprints/new": { path: "/blueprints/new", name: "new-blueprint" },
        "/blueprints/{owner}/{blueprint}": { path: `/blueprints/${prefix}er/versus`, name: "blueprint" },
        "/blueprints/{owner}/{blueprint}/yaml": { path: `/blueprints/${prefix}er/broken/yaml`, name: "blueprint-yaml" },
        "/overlays": { path: "/overlays", name: "overlays" },
        "/overlays/{ref...}": { path: `/overlays/${prefix}?path=left4dead2/cfg`, name: "overlay" },
        "/new-overlay": { path: "/new-overlay", name: "new-overlay" },
        "/overlays/{ref...}/-/file": { path: `/overlays/${prefix}-made/-/file?path=left4dead2/cfg/a.cfg`, name: "overlay-file" },
        "/overlays/{ref...}/-/source": { path: `/overlays/${prefix}-made/-/source`, name: "overlay-source" },
        "/overlays/{ref...}/-/workshop": { path: `/overlays/${prefix}-workshop/-/workshop`, name: "overlay-workshop" },
        "/overlays/{ref...}/-/versions": { path: `/overlays/${prefix}-made/-/versions`, name: "overlay-versions" },
        "/overlays/{ref...}/-/content": { path: `/overlays/${prefix}/-/content`, name: "overlay-content" },
        "/jobs": { path: "/jobs", name: "jobs" },
        "/jobs/{job}": { path: "/jobs/install", name: "job" },
        "/password": { path: "/password", name: "password" },
        "/users": { path: "/users", name: "users" },
        "/audit": { path: "/audit", name: "audit" },
        "/host": { path: "/host", name: "host" },
        "/host/game": { path: "/host/game", name: "host-game" },
});

// A Workshop overlay, and what a build of it found, without the build.
export function makeWorkshop(ref) {
        const out = `/var/lib/left4me/jobs/${ref.replaceAll("/", ":")}/out`;

        ctl("overlay", "create", ref);
        ctl("overlay", "define", ref, "kind=workshop", "items=11", "items=12", "exclude=14",
                "items=https://steamcommunity.com/sharedfiles/filedetails/?id=5", "refresh=daily");
        run("install", ["-d", "-o", "left4me-build", "-g", "left4me-build", out]);
        writeFileSync(`${out}/report.json`, JSON.stringify({ items: [
                { id: "11", title: "Dead Before Dawn & <b>more</b>", size_bytes: 412345678, updated_usec: 1700000000000000,
                        state: "ok", file: "current", error: null },
                { id: "12", title: "", size_bytes: 0, updated_usec: 0, state: "missing", file: "none", error: null },
                { id: "13", title: "Of the collection", size_bytes: 1000, updated_usec: 1700000000000000, state: "failed",
                        file: "old", error: null },
                { id: "14", title: "Left out", size_bytes: 1000, updated_usec: 1700000000000000, state: "ok",
                        file: "current", error: null },
        ] }));
}

// Resolves when left4me-watch has written this text to a server's live state.
async function watched(name, text) {
        const read = () => {
                try {
                        return readFileSync(`/run/left4me/watch/${name}.json`, "utf8");
                } catch {
                        return "";
                }
        };

        while (!read().includes(text))
                await pause(200);
}

// Players of all kinds, those who look like another one too, and more who have left than a page shows at first.
// left4me-watch sees them, and writes their events.
async function makePlayers(name) {
        const id = (i) => `STEAM_1:0:${1000 + i}`;

        for (let i = 0; i < 12; i++) {
                console_(name, "standin_join", `Visitor-${i}`, id(i), `198.51.100.${i + 1}:27005`);
                console_(name, "standin_leave", `Visitor-${i}`);
        }
        console_(name, "standin_join", "Zoey", id(20), "198.51.100.20:27005");
        console_(name, "standin_join", "Z\\xd0\\xbeey", id(21), "198.51.100.21:27005");
        console_(name, "standin_join", "<b>bold</b>", id(22), "198.51.100.22:27005");
        console_(name, "standin_join", "Coach", "BOT");
        console_(name, "standin_chat", "Zoey", "hello <i>all</i>");
        await watched(name, "<b>bold</b>");
}

export async function makeEverything(prefix, port, password) {
        const owner = `${prefix}er`;

        makeUser(owner, password, "admin");
        makeOverlay(prefix, { "left4dead2/cfg/rates.cfg": "sv_minrate 30000\n", "left4dead2/addons/a.vpk": "x" });
        ctl("overlay", "create", `${prefix}-made`);
        for (const text of ["one", "two"])
                run("l4d2ctl", ["overlay", "put", `${prefix}-made`, "left4dead2/cfg/a.cfg", "-"], text);
        makeWorkshop(`${prefix}-workshop`);
        makeBlueprint(`${owner}/versus`, `description: Versus with the usual rates\noverlays: [${prefix}]\n` +
                "config: ['hostname \"Versus | Frankfurt\"']\narguments: [-tickrate, '60']\n");
        makeBlueprint(`${owner}/broken`, "config: []\n");
        run("sh", ["-c", `printf 'config: 7\\n' >/var/lib/left4me/blueprints/${owner}/broken.yaml`]);
        ["1", "2", "broken", "down"].forEach((name, i) =>
                makeServer(`${prefix}-${name}`, `port: ${port + i}\nblueprint: ${owner}/versus\n`));
        ctl("start", `${prefix}-1`);
        ctl("start", `${prefix}-down`);
        await logged(`${prefix}-1`, "VAC secure mode is activated.");
        await logged(`${prefix}-down`, "VAC secure mode is activated.");
        asWatch(`/usr/lib/left4me-build/tests/bench/sample-fill 2 1 ${prefix}-`);
        await makePlayers(`${prefix}-1`);
        await makePlayers(`${prefix}-down`);
        ctl("console", `${prefix}-1`, "sv_alltalk");
        ctl("console", `${prefix}-down`, "echo", "for the timeline");
        // It exits for good: systemd does not restart it after status 78.
        console_(`${prefix}-down`, "standin_exit 78");
        await logged(`${prefix}-down`, "status=78");
        run("sh", ["-c", `printf 'port: ${port + 2}\\nautostart: maybe\\n' >` +
                `/var/lib/left4me/instances/${prefix}-broken/spec.yaml`]);
        run("systemctl", ["daemon-reload"]);
        // It fails, and that is a job too.
        run("sh", ["-c", "systemctl start left4me-install.service || true"]);
        run("systemctl", ["start", "left4me-report@doctor", "left4me-report@hardening", "left4me-report@disk",
                "left4me-report@guard"]);
}
