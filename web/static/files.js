// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The files of an overlay: moved by drag, and dropped from the desktop. All that is dropped at once becomes
// one version.

import { all, announce, make } from "./dom.js";
import { parentPage, replacePage } from "./swap.js";
import { text } from "./texts.js";
import { chosenFiles, droppedFiles, removeUploads, runUploads, Upload } from "./upload.js";

const dragType = "application/x-left4me-path";
const isArchive = (path) => /\.(zip|7z|rar|tar|tgz|tbz2?|txz|tzst|tar\.(gz|bz2|xz|zst))$/i.test(path);
const join = (directory, name) => directory ? `${directory}/${name}` : name;

// Asks one of several things: the key of the chosen one, or null.
const choose = (question, lines, choices) => new Promise((done) => {
        const buttons = make("div", { class: "buttons" });
        const dialog = make("dialog", { "aria-label": question }, make("p", {}, question),
                ...lines.slice(0, 12).map((line) => make("pre", {}, line)), buttons);
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

                try {
                        const answer = await fetch(`/api${this.base}/-/${action}`, { method: "POST", body });

                        return { status: answer.status, ...await answer.json() };
                } catch {
                        return { status: 0, message: text("unreachable"), details: [] };
                }
        }

        // A job does it: the page shows that. Whether it runs.
        async #unpack(upload) {
                const answer = await this.#post("unpack", { upload: upload.name });

                if (answer.status !== 200) {
                        fail(answer.message, answer.details);
                        return false;
                }
                location.assign(answer.location ?? `/jobs?overlay=${this.base.slice("/overlays/".length)}`);
                return true;
        }

        // Makes one version of the changes; a name that is there is a choice. Whether it is done.
        async apply(changes) {
                const post = (ifExists) =>
                        this.#post("apply", { changes: JSON.stringify({ if_exists: ifExists, changes }) });
                let answer = await post("refuse");

                if (answer.status === 409) {
                        const chosen = await choose(text("exists"), answer.details ?? [], [
                                ["keep-both", text("keep-both"), ""], ["replace", text("replace"), "danger"],
                        ]);

                        if (!chosen)
                                return false;
                        answer = await post(chosen);
                }
                if (answer.status !== 200) {
                        fail(answer.message, answer.details);
                        return false;
                }
                announce(answer.message);
                await replacePage("GET", location.pathname + location.search);
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

        #makeRow(upload) {
                const cancel = make("button", { type: "button", "aria-label": text("cancel-name", { name: upload.path }) },
                        text("cancel"));
                const bar = make("progress", { max: "1", value: "0", "aria-label": upload.path });
                const row = make("li", {}, make("span", { translate: "no", class: "name" }, upload.path), bar, cancel);

                cancel.addEventListener("click", () => upload.cancel());
                upload.onprogress = () => {
                        bar.value = upload.file.size ? upload.sent / upload.file.size : 1;
                };
                this.list.append(row);
                return row;
        }

        #begin() {
                this.list = make("ul", { class: "uploads" });
                this.summary = make("p", { class: "hint" });
                this.box = make("section", { class: "card", "aria-label": text("uploads") }, this.summary, this.list);
                this.bar.after(this.box);
                this.leave = (event) => event.preventDefault();
                window.addEventListener("beforeunload", this.leave);
        }

        #end() {
                window.removeEventListener("beforeunload", this.leave);
                this.box.remove();
                this.box = null;
        }

        async send({ files, directories }) {
                if (this.box || files.length + directories.length === 0)
                        return;
                const uploads = files.map(({ path, file }) => new Upload(this.base, this.csrf, file, join(this.path, path)));
                const rows = new Map();
                const failed = [];
                let n = 0;

                this.#begin();
                const tell = () => {
                        this.summary.textContent = text("uploaded", { count: n, all: uploads.length });
                };

                tell();
                await runUploads(uploads, (upload) => rows.set(upload, this.#makeRow(upload)), (upload, error) => {
                        rows.get(upload).remove();
                        n++;
                        tell();
                        if (error && !upload.isCancelled)
                                failed.push(`${upload.path}: ${error.message || text("upload-failed")}`);
                });
                this.#end();
                const done = uploads.filter((upload) => upload.name && !upload.isCancelled &&
                        upload.hashed === upload.file.size && upload.sent === upload.file.size);
                const changes = [
                        ...directories.map((path) => ({ do: "mkdir", path: join(this.path, path) })),
                        ...done.map((upload) => upload.change()),
                ];

                // Some failed: nothing is changed unless the user wants the others.
                if (failed.length > 0 && !(changes.length > 0 && await choose(text("some-failed"), failed,
                        [["rest", text("put-rest"), "primary"]]))) {
                        fail(text("upload-failed"), failed);
                        await removeUploads(done);
                        return;
                }
                if (changes.length === 1 && done.length === 1 && isArchive(done[0].path)) {
                        const chosen = await choose(text("is-archive"), [done[0].path],
                                [["keep", text("keep-file"), ""], ["unpack", text("unpack"), "primary"]]);

                        if (chosen !== "keep") {
                                if (!chosen || !await this.#unpack(done[0]))
                                        await done[0].cancel();
                                return;
                        }
                }
                if (changes.length > 0 && !await this.apply(changes))
                        await removeUploads(done);
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
