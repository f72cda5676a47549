// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Sends files to an overlay: some at a time, each in parts. A part that fails is sent again, from where the
// server has the file; that holds over a lost connection and a restart of the web app, and for a page that
// is loaded again. The files lie beside the overlay until all are there.

import { Sha256 } from "./sha256.js";

// A part is what the server takes at most; after a failure it is smaller, for lines that break and proxies that refuse it.
const partMax = 16 << 20, partMin = 8 << 20, digestSize = 8 << 20, blockSize = 1 << 20, atOnce = 3, triesMax = 60;

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const encoder = new TextEncoder();

const hexOf = (text) => {
        const hash = new Sha256();

        hash.update(encoder.encode(text));
        return hash.hex();
};

// The browser's own function is ten times as fast, but only there on pages that come through TLS or from this computer.
// Ours takes a block at a time, so that the page can still be used.
const digestOf = async (part) => {
        if (globalThis.crypto?.subtle)
                return new Uint8Array(await crypto.subtle.digest("SHA-256", await part.arrayBuffer()));
        const hash = new Sha256();

        for (let at = 0; at < part.size; at += blockSize)
                hash.update(new Uint8Array(await part.slice(at, at + blockSize).arrayBuffer()));
        return hash.bytes();
};

// A file on its way.
export class Upload {
        // path: in the overlay
        constructor(base, csrf, file, path) {
                this.base = base;
                this.csrf = csrf;
                this.file = file;
                this.path = path;
                this.sent = 0;
                this.isCancelled = false;
                this.key = hexOf([base, path, file.size, file.lastModified].join("\n")).slice(0, 32);
                this.onprogress = () => {};
        }

        get url() {
                return `${this.base}/-/upload/${this.key}`;
        }

        // {status, offset, upload, message}; status 0: no answer.
        #request(method, query, body) {
                return new Promise((done) => {
                        const xhr = new XMLHttpRequest();
                        const from = this.sent;

                        xhr.open(method, `${this.url}${query}`);
                        xhr.setRequestHeader("X-CSRF-Token", this.csrf);
                        xhr.upload.onprogress = (event) => {
                                this.sent = from + event.loaded;
                                this.onprogress(this);
                        };
                        xhr.onload = () => {
                                let answer = {};

                                try {
                                        answer = JSON.parse(xhr.responseText);
                                } catch {
                                        // A page that says what is wrong: the status is enough.
                                }
                                done({ ...answer, status: xhr.status });
                        };
                        xhr.onerror = xhr.onabort = () => done({ status: 0 });
                        this.xhr = xhr;
                        xhr.send(body);
                });
        }

        // All of the file, while it is sent: whatever the server has of it already.
        async #addToHash() {
                while (this.hashed < this.file.size && !this.isEnded && !this.isCancelled) {
                        const part = this.file.slice(this.hashed, this.hashed + digestSize);

                        this.hash.update(await digestOf(part));
                        this.hashed += part.size;
                }
        }

        // Throws an Error with a message for the user, or with none.
        async run() {
                this.hash = new Sha256();
                this.hashed = 0;
                try {
                        await Promise.all([this.#send(), this.#addToHash()]);
                } finally {
                        this.isEnded = true;
                }
        }

        async #send() {
                const size = this.file.size;
                let offset = 0, tries = 0, partSize = partMax, isKnown = size <= partSize;

                for (let isDone = false; !isDone;) {
                        let answer;

                        if (this.isCancelled || this.isEnded)
                                throw new Error("");
                        if (isKnown) {
                                const end = Math.min(offset + partSize, size);

                                this.sent = offset;
                                answer = await this.#request("PUT",
                                        `?offset=${offset}&size=${size}${offset === 0 ? "&restart=yes" : ""}`,
                                        this.file.slice(offset, end));
                        } else
                                answer = await this.#request("GET", "");
                        if (answer.status === 200 || answer.status === 409) {
                                // Only what came of the file is progress: each other answer is a try.
                                if (isKnown && answer.status === 200 && answer.offset > offset)
                                        tries = 0;
                                else if (answer.status === 409 && tries++ >= triesMax)
                                        throw new Error(answer.message ?? "");
                                isDone = isKnown && answer.status === 200 && answer.offset === size;
                                offset = answer.offset <= size ? answer.offset : 0;
                                isKnown = true;
                                this.sent = offset;
                                this.onprogress(this);
                                this.name = answer.upload;
                        } else if (([0, 423, 502, 503, 504].includes(answer.status) ||
                                answer.status === 413 && partSize > partMin) && tries++ < triesMax) {
                                partSize = partMin;
                                isKnown = false;
                                await sleep(Math.min(250 * 2 ** tries, 5000));
                        } else
                                throw new Error(answer.message ?? "");
                }
        }

        async cancel() {
                this.isCancelled = true;
                this.xhr?.abort();
                for (let tries = 0; tries < triesMax; tries++) {
                        const answer = await fetch(`${this.url}/cancel`,
                                { method: "POST", headers: { "X-CSRF-Token": this.csrf } }).catch(() => null);

                        // Locked: the server has not seen yet that the part was cut off.
                        if (answer?.status !== 423)
                                return;
                        await sleep(Math.min(250 * 2 ** tries, 5000));
                }
        }

        // For `l4d2ctl overlay apply`.
        change() {
                return { do: "put", path: this.path, upload: this.name, parts_sha256: this.hash.hex() };
        }
}

// Does it for each, three at once.
const forEach = async (uploads, act) => {
        const waiting = [...uploads];
        const work = async () => {
                for (let upload; (upload = waiting.shift());)
                        await act(upload);
        };

        await Promise.all(Array.from({ length: atOnce }, work));
};

// Runs them; onend is called for each, with its error or null.
export const runUploads = (uploads, onbegin, onend) => forEach(uploads, async (upload) => {
        onbegin(upload);
        try {
                await upload.run();
                onend(upload, null);
        } catch (error) {
                onend(upload, error);
        }
});

// Removes what the server has of them.
export const removeUploads = (uploads) => forEach(uploads, (upload) => upload.cancel());

// --- what was dropped ------------------------------------------------------------------------------

const entriesOf = async (directory) => {
        const reader = directory.createReader();
        const all = [];

        for (;;) {
                const some = await new Promise((done, failed) => reader.readEntries(done, failed));

                if (some.length === 0)
                        return all;
                all.push(...some);
        }
};

const walk = async (entry, path, found) => {
        if (entry.isFile)
                found.files.push({ path, file: await new Promise((done, failed) => entry.file(done, failed)) });
        else {
                found.directories.push(path);
                for (const below of await entriesOf(entry))
                        await walk(below, `${path}/${below.name}`, found);
        }
};

// {files: [{path, file}], directories: [path]} of a drop; it must be called within the event.
export const droppedFiles = async (transfer) => {
        const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
        const found = { files: [], directories: [] };

        for (const entry of entries)
                await walk(entry, entry.name, found);
        return found;
};

// The same of a file chooser.
export const chosenFiles = (input) => ({
        files: [...input.files].map((file) => ({ path: file.webkitRelativePath || file.name, file })),
        directories: [],
});
