// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The files of an overlay: moved by drag, and dropped from the desktop. All files that are dropped at once become
// one version; archives can be unpacked then, each by a job that makes one more.

import { all, announce, make } from "./dom.js";
import { isTyped } from "./servers.js";
import { parentPage, replacePage } from "./swap.js";
import { text } from "./texts.js";
import { Unpacking } from "./unpack.js";
import { chosenFiles, droppedFiles, removeUploads, runUploads, Upload } from "./upload.js";

const dragType = "application/x-left4me-path";
const triesMax = 60;
const isArchive = (path) => /\.(zip|7z|rar|tar|tgz|tbz2?|txz|tzst|tar\.(gz|bz2|xz|zst))$/i.test(path);
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const join = (directory, name) => directory ? `${directory}/${name}` : name;

// Asks one of several things: the key of the chosen one, or null. lines: elements, all shown, or texts, the first
// twelve shown.
const choose = (question, lines, choices) => new Promise((done) => {
        const buttons = make("div", { class: "buttons" });
        const dialog = make("dialog", { "aria-label": question }, make("p", {}, question),
                ...lines.filter((line, i) => line instanceof Element || i < 12)
                        .map((line) => line instanceof Element ? line : make("pre", {}, line)), buttons);
        let chosen = null;

        for (const [key, label, name] of [[null, text("cancel"), ""], ...choices]) {
                const button = make("button", { type: "button", class: name }, label);

                button.addEventListener("click", () => {
                        chosen = key;
                        dialog.close();
                });
                buttons.append(button);
        }
        dialog.addEventListener("close", () => {
                dialog.remove();
                done(chosen);
        });
        document.body.append(dialog);
        dialog.showModal();
});

// Which of these archives are to be unpacked; null: the user cancelled.
const chooseArchives = async (uploads) => {
        const [first] = uploads;

        if (uploads.length === 0)
                return [];
        if (uploads.length === 1) {
                const chosen = await choose(text("is-archive"), [first.path],
                        [["keep", text("keep-file"), ""], ["unpack", text("unpack"), "primary"]]);

                return chosen && (chosen === "unpack" ? uploads : []);
        }
        const boxes = uploads.map(() => make("input", { type: "checkbox", checked: "" }));
        const labels = uploads.map((upload, i) => make("label", { class: "check", translate: "no" }, boxes[i], " ", upload.path));

        return await choose(text("are-archives"), labels, [["go-on", text("go-on"), "primary"]]) &&
                uploads.filter((_, i) => boxes[i].checked);
};

const fail = (message, details = []) => {
        parentPage().querySelector(".failure")?.remove();
        parentPage().prepend(make("div", { class: "failure", role: "alert" }, make("p", {}, message),
                ...details.map((line) => make("pre", {}, line))));
};

class Files {
        constructor(bar) {
                this.bar = bar;
                this.base = bar.dataset.files;
                this.path = bar.dataset.path;
                this.csrf = bar.querySelector("input[name=csrf]").value;
        }

        async #post(action, fields) {
                const body = new URLSearchParams({ csrf: this.csrf, path: this.path, ...fields });

                let status = 0, isResult = false;

                try {
                        const answer = await fetch(`/api${this.base}/-/${action}`, { method: "POST", body });

                        status = answer.status;
                        isResult = answer.headers.has("X-Action-Result");
                        return { status, isResult, ...await answer.json() };
                } catch {
                        // A proxy's own page, or nothing.
                        return { status, isResult, message: text("unreachable"), details: status ? [`HTTP ${status}`] : [] };
                }
        }

        // The same for an action that can outlast the patience of a proxy, or the connection. By the ticket the web app
        // knows that it is asked about one that it runs, or has done.
        async #postLong(action, fields) {
                const ticket = [...crypto.getRandomValues(new Uint8Array(16))]
                        .map((byte) => byte.toString(16).padStart(2, "0")).join("");
                const note = make("p", { class: "hint", role: "status" }, text("applying"));
                let answer, isBegun = false;

                this.bar.after(note);
                for (let tries = 0; tries < triesMax; tries++) {
                        answer = await this.#post(action, { ...fields, ticket });
                        if (answer.isResult || ![0, 202, 502, 503, 504].includes(answer.status))
                                break;
                        if (answer.status === 202)
                                tries = 3;
                        isBegun ||= answer.status !== 503;
                        await sleep(Math.min(250 * 2 ** tries, 5000));
                }
                note.remove();
                // It was not refused: the session ended, or the web app was restarted after it was done.
                return isBegun && !answer.isResult && answer.status !== 200
                        ? { status: 0, message: text("apply-unknown"), details: answer.details } : answer;
        }

        // It may have taken long, and a page that was typed into stays.
        async #renew() {
                if (!isTyped())
                        await replacePage("GET", location.pathname + location.search);
        }

        // Makes one version of the changes; a name that is there is a choice. The page shows it unless more follows.
        // Whether it is done; undefined: the web app could not be asked.
        async apply(changes, { isLast = true } = {}) {
                const post = (ifExists) => {
                        const fields = { changes: JSON.stringify({ if_exists: ifExists, changes }) };

                        return changes.some(({ upload }) => upload) ? this.#postLong("apply", fields) : this.#post("apply", fields);
                };
                let answer = await post("refuse");

                if (answer.status === 412) {
                        const chosen = await choose(text("exists"), answer.details ?? [], [
                                ["keep-both", text("keep-both"), ""], ["replace", text("replace"), "danger"],
                        ]);

                        if (!chosen)
                                return false;
                        answer = await post(chosen);
                }
                if (answer.status !== 200) {
                        fail(answer.message, answer.details);
                        return answer.status === 0 ? undefined : false;
                }
                announce(answer.message);
                if (isLast)
                        await this.#renew();
                return true;
        }

        // --- moving --------------------------------------------------------------------------------

        #target(element, directory) {
                element.addEventListener("dragover", (event) => {
                        if (![...event.dataTransfer.types].includes(dragType))
                                return;
                        event.preventDefault();
                        element.classList.add("is-target");
                });
                element.addEventListener("dragleave", () => element.classList.remove("is-target"));
                element.addEventListener("drop", (event) => {
                        const path = event.dataTransfer.getData(dragType);

                        element.classList.remove("is-target");
                        if (!path)
                                return;
                        event.preventDefault();
                        event.stopPropagation();
                        const to = join(directory, path.split("/").at(-1));

                        if (to !== path && directory !== path)
                                this.apply([{ do: "move", path, to }]);
                });
        }

        drag(main) {
                for (const row of all(main, ".files tr[data-name]")) {
                        const path = join(this.path, row.dataset.name);

                        row.draggable = true;
                        row.addEventListener("dragstart", (event) => {
                                event.dataTransfer.setData(dragType, path);
                                event.dataTransfer.effectAllowed = "move";
                        });
                        if ("directory" in row.dataset)
                                this.#target(row, path);
                }
                const parts = this.path.split("/");

                // The way down, and ".."; the last is this directory.
                all(main, ".path a").forEach((link, i) => this.#target(link, parts.slice(0, i).join("/")));
                for (const row of all(main, ".files tr[data-parent]"))
                        this.#target(row, parts.slice(0, -1).join("/"));
        }

        // --- uploads -------------------------------------------------------------------------------

        #makeRow(path, oncancel) {
                const cancel = make("button", { type: "button", "aria-label": text("cancel-name", { name: path }) },
                        text("cancel"));
                const bar = make("progress", { max: "1", "aria-label": path });
                const note = make("span", { class: "meta" });
                const row = make("li", {}, make("span", { translate: "no", class: "name" }, path), note, bar, cancel);

                cancel.addEventListener("click", () => {
                        cancel.setAttribute("aria-busy", "true");
                        oncancel();
                });
                this.list.append(row);
                return { row, bar, note };
        }

        #makeUploadRow(upload) {
                const { row, bar } = this.#makeRow(upload.path, () => upload.cancel());

                bar.value = 0;
                upload.onprogress = () => {
                        bar.value = upload.file.size ? upload.sent / upload.file.size : 1;
                };
                return row;
        }

        #begin() {
                this.list = make("ul", { class: "uploads" });
                this.summary = make("p", { class: "hint" });
                this.box = make("section", { class: "card", "aria-label": text("uploads") }, this.summary, this.list);
                this.bar.after(this.box);
        }

        #end() {
                this.box.remove();
        }

        // --- archives ------------------------------------------------------------------------------

        #makeUnpackingRow(unpacking) {
                const { row, bar, note } = this.#makeRow(unpacking.upload.path, () => {
                        unpacking.cancel();
                        if (!unpacking.isBegun)
                                row.remove();
                });

                bar.value = 0;
                note.textContent = text("waits");
                unpacking.onprogress = ({ has_percent: hasPercent, percent, text: said }) => {
                        if (hasPercent)
                                bar.value = percent / 100;
                        else
                                bar.removeAttribute("value");
                        note.textContent = said;
                };
                return row;
        }

        // The error's text of one that was not unpacked, else "".
        async #unpackOne(unpacking) {
                unpacking.isBegun = !unpacking.isCancelled;
                if (unpacking.isCancelled) {
                        await unpacking.upload.cancel();
                        return "";
                }
                unpacking.onprogress({ has_percent: false, text: "" });
                try {
                        await unpacking.run();
                        return "";
                } catch (error) {
                        return error.message && `${unpacking.upload.path}: ${error.message}`;
                }
        }

        async #unpack(uploads) {
                const all = uploads.map((upload) => new Unpacking(this.base, this.path, this.csrf, upload));
                const failed = [];
                let n = 0;

                this.#begin();
                const tell = () => {
                        this.summary.textContent = text("unpacked", { count: n, all: all.length });
                };
                const rows = all.map((unpacking) => this.#makeUnpackingRow(unpacking));

                tell();
                for (const [i, unpacking] of all.entries()) {
                        const message = await this.#unpackOne(unpacking);

                        if (message)
                                failed.push(message);
                        rows[i].remove();
                        n++;
                        tell();
                }
                this.#end();
                await this.#renew();
                if (failed.length > 0)
                        fail(text("unpack-failed"), failed);
                else
                        announce(text("unpacked", { count: n, all: all.length }));
        }

        // --- all that was dropped ------------------------------------------------------------------

        // Until all is in the overlay: what was chosen is lost when the page is left.
        async send(dropped) {
                const leave = (event) => event.preventDefault();

                if (this.isSending || dropped.files.length + dropped.directories.length === 0)
                        return;
                this.isSending = true;
                window.addEventListener("beforeunload", leave);
                try {
                        await this.#send(dropped);
                } finally {
                        window.removeEventListener("beforeunload", leave);
                        this.isSending = false;
                }
        }

        async #send({ files, directories }) {
                const uploads = files.map(({ path, file }) => new Upload(this.base, this.csrf, file, join(this.path, path)));
                const rows = new Map();
                const failed = [];
                let n = 0;

                this.#begin();
                const tell = () => {
                        this.summary.textContent = text("uploaded", { count: n, all: uploads.length });
                };

                tell();
                await runUploads(uploads, (upload) => rows.set(upload, this.#makeUploadRow(upload)), (upload, error) => {
                        rows.get(upload).remove();
                        n++;
                        tell();
                        if (error && !upload.isCancelled)
                                failed.push(`${upload.path}: ${error.message || text("upload-failed")}`);
                });
                this.#end();
                const done = uploads.filter((upload) => upload.name && !upload.isCancelled &&
                        upload.hashed === upload.file.size && upload.sent === upload.file.size);

                // Some failed: nothing is changed unless the user wants the others.
                if (failed.length > 0 && !(done.length + directories.length > 0 && await choose(text("some-failed"), failed,
                        [["rest", text("put-rest"), "primary"]]))) {
                        fail(text("upload-failed"), failed);
                        await removeUploads(done);
                        return;
                }
                // Archives within a dropped folder are its files.
                const archives = await chooseArchives(done.filter(({ path }) =>
                        isArchive(path) && path === join(this.path, path.split("/").at(-1))));
                const changes = [
                        ...directories.map((path) => ({ do: "mkdir", path: join(this.path, path) })),
                        ...done.filter((upload) => !archives?.includes(upload)).map((upload) => upload.change()),
                ];

                const isDone = archives && (changes.length === 0 || await this.apply(changes, { isLast: archives.length === 0 }));

                if (!isDone) {
                        // The web app may still make files of the overlay of them.
                        if (isDone !== undefined)
                                await removeUploads(done);
                        return;
                }
                if (archives.length > 0)
                        await this.#unpack(archives);
        }

        #chooser(label, attributes) {
                const input = make("input", { type: "file", hidden: "", multiple: "", ...attributes });
                const button = make("button", { type: "button" }, label);

                button.addEventListener("click", () => input.click());
                input.addEventListener("change", () => {
                        this.send(chosenFiles(input));
                        input.value = "";
                });
                this.bar.append(button, input);
        }

        drop(main) {
                this.#chooser(text("upload-files"), { "data-choose": "files" });
                this.#chooser(text("upload-folder"), { "data-choose": "folder", webkitdirectory: "" });
                this.bar.append(make("span", { class: "hint" }, text("drop-hint")));

                const hasFiles = (event) => [...event.dataTransfer?.types ?? []].includes("Files");

                main.addEventListener("dragover", (event) => {
                        if (!hasFiles(event))
                                return;
                        event.preventDefault();
                        main.classList.add("is-dropped-on");
                });
                main.addEventListener("dragleave", (event) => {
                        if (!main.contains(event.relatedTarget))
                                main.classList.remove("is-dropped-on");
                });
                main.addEventListener("drop", async (event) => {
                        main.classList.remove("is-dropped-on");
                        if (!hasFiles(event))
                                return;
                        event.preventDefault();
                        this.send(await droppedFiles(event.dataTransfer));
                });
        }
}

export const manageFiles = (bar) => {
        const files = new Files(bar);

        files.drag(parentPage());
        files.drop(parentPage());
};
