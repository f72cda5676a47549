// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The machine the web app runs in, from an admin's shell: what a scenario needs before it begins, and
// what it compares the pages with.

import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";

export const origin = "http://127.0.0.1:8080";
export const output = process.env.LEFT4ME_OUTPUT ?? "/run/left4me-output";

// Runs a command; returns what it printed, without the last newline. Throws when it fails, or never ends.
export function run(command, args, input = "") {
        return execFileSync(command, args, { input, encoding: "utf8", timeout: 600_000 }).replace(/\n$/, "");
}

export function ctl(...args) {
        return run("l4d2ctl", args);
}

// Makes a server from a spec given as text.
export function makeServer(name, spec) {
        run("l4d2ctl", ["initialize", name, "-f", "-"], spec);
}

// Runs shell commands as left4me-watch.service: readers of live samples and events believe no other unit.
export function asWatch(commands) {
        run("bash", ["-c", "bats_require_minimum_version() { :; }; . /usr/lib/left4me-tests/suites/common.bash; as_watch"], commands);
}

// Makes a blueprint, owner/name, from YAML.
export function makeBlueprint(ref, yaml) {
        run("l4d2ctl", ["blueprint", "create", ref, "--file=-"], yaml);
}

export function blueprintText(ref) {
        return readFileSync(`/var/lib/left4me/blueprints/${ref}.yaml`, "utf8");
}

// Makes a user with a password that needs no change.
export function makeUser(name, password, role = "user") {
        run("l4d2ctl", ["user", "add", name, "--role", role], `${password}\n`);
}

// An overlay with these files: path to text.
export function makeOverlay(ref, files = {}) {
        mkdirSync(`/var/lib/left4me/overlays/${ref}`, { recursive: true });
        for (const [path, text] of Object.entries(files)) {
                const file = `/var/lib/left4me/overlays/${ref}/${path}`;

                mkdirSync(dirname(file), { recursive: true });
                writeFileSync(file, text);
        }
}

// The unit of a job, KIND@INSTANCE, without the drop-ins that the real one has. In a command, $$ is $.
export function makeJob(name, command, ...lines) {
        const unit = `left4me-${name}.service`, directory = `/run/systemd/system/${unit}.d`;

        mkdirSync(directory, { recursive: true });
        writeFileSync(`/run/systemd/system/${unit}`, ["[Service]", "Type=oneshot", ...lines, `ExecStart=${command}`, ""].join("\n"));
        run("sh", ["-c", `for f in /usr/lib/systemd/system/left4me-.service.d/*.conf \
                /usr/lib/systemd/system/left4me-${name.split("@")[0]}@.service.d/*.conf; do
                        [ ! -e "$f" ] || ln -sf /dev/null "${directory}/$(basename "$f")"
                done`]);
        run("systemctl", ["daemon-reload"]);
}

// All routes of the app: {method, path, …}.
export function routes() {
        return JSON.parse(run("/usr/lib/left4me/left4me-web", ["--routes"]));
}

// Puts nginx before the app as the example says it, for https://left4me.example.org. Returns what undoes that.
export function behindNginx() {
        const directory = "/etc/ssl/left4me", config = "/etc/left4me/left4me.conf.d/https.conf";

        mkdirSync(directory, { recursive: true });
        run("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-subj", "/CN=left4me.example.org", "-keyout", `${directory}/privkey.pem`,
                "-out", `${directory}/fullchain.pem`]);
        run("cp", ["/usr/share/doc/left4me/examples/nginx.conf", "/etc/nginx/sites-enabled/left4me"]);
        mkdirSync(dirname(config), { recursive: true });
        writeFileSync(config, "[web]\nbehind_https=yes\n");
        run("systemctl", ["restart", "left4me-web.service", "nginx.service"]);
        return () => {
                rmSync(config);
                run("systemctl", ["stop", "nginx.service"]);
                run("systemctl", ["restart", "left4me-web.service"]);
        };
}

// A setting of the server's unit that no spec knows, until the machine ends.
export function dropIn(name, setting) {
        const directory = `/run/systemd/system/left4me-server@${name}.service.d`;

        mkdirSync(directory, { recursive: true });
        writeFileSync(`${directory}/90-test.conf`, `[Service]\n${setting}\n`);
        run("systemctl", ["daemon-reload"]);
}

// One command on the server's console, by RCON.
export function console_(name, ...command) {
        const query = "/usr/lib/left4me-tests/standin/query";
        return run(query, ["rcon", "127.0.0.1", ctl("get", name, "port"), ctl("get", name, "rcon_password"),
                command.join(" ")]);
}

export function unitProperty(name, property) {
        return run("systemctl", ["show", "--value", "-p", property, `left4me-server@${name}.service`]);
}

// Resolves when the server's journal has a line with this text, be it an old one.
export function logged(name, text) {
        return new Promise((resolve, reject) => {
                const journal = spawn("journalctl", ["--follow", "--lines=all", "--output=cat",
                        `--unit=left4me-server@${name}`], { stdio: ["ignore", "pipe", "inherit"] });
                const timer = setTimeout(() => {
                        journal.kill();
                        reject(new Error(`server ${name} never logged: ${text}`));
                }, 60000);
                createInterface({ input: journal.stdout }).on("line", (line) => {
                        if (!line.includes(text))
                                return;
                        clearTimeout(timer);
                        journal.kill();
                        resolve(line);
                });
        });
}

// Resolves when the server has told Steam that it is there, so that players can join.
export async function startServer(name) {
        ctl("start", name);
        await logged(name, "VAC secure mode is activated.");
}
