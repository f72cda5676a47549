// SPDX-License-Identifier: LGPL-2.1-or-later
//
// An uploaded archive that a job unpacks into an overlay, and the way of that job. A job of an overlay refuses
// to begin while another one runs, so archives are unpacked one after the other.

import { text } from "./texts.js";

const PAUSE = 1000; // ms between two looks at the list of jobs
const TRIES_MAX = 60; // looks until the journal has a job, or its end

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

export class Unpacking {
        // base: the overlay's address; path: the directory where it is unpacked
        constructor(base, path, csrf, upload) {
                this.base = base;
                this.path = path;
                this.csrf = csrf;
                this.upload = upload;
                this.isCancelled = false;
                this.onprogress = () => {};
        }

        // {status, message, …}; status 0: no answer.
        async #ask(address, fields) {
                const options = fields &&
                        { method: "POST", body: new URLSearchParams({ csrf: this.csrf, ...fields }) };

                try {
                        const answer = await fetch(`/api${address}`, options);

                        return { ...await answer.json(), status: answer.status };
                } catch {
                        return { status: 0, message: text("unreachable"), details: [] };
                }
        }

        // The id of the newest such job of the overlay, in an object; empty: there is none; null: not known now.
        async #newest() {
                const ref = this.base.slice("/overlays/".length);
                const { status, jobs } = await this.#ask(`/jobs?overlay=${ref}&kind=unpack`);

                return status === 200 ? { id: jobs[0]?.id } : null;
        }

        // Without knowing the job before it, one that is begun now could not be told from that.
        async #newestBefore() {
                try {
                        return await this.#wait(() => this.isCancelled ? {} : this.#newest());
                } catch {
                        await this.upload.cancel();
                        throw new Error(text("unreachable"));
                }
        }

        // Until the job has ended, or the stream of its events can't be had.
        #follow() {
                const events = new EventSource(`/jobs/${this.id}/events`);

                return new Promise((done) => {
                        const end = () => {
                                events.close();
                                done();
                        };

                        // The stream has what comes from now on.
                        events.addEventListener("open", async () => {
                                const { job } = await this.#ask(`/jobs/${this.id}`);

                                if (job?.is_running)
                                        this.onprogress({ ...job, text: job.progress_text });
                        });
                        events.addEventListener("progress", (event) => this.onprogress(JSON.parse(event.data)));
                        events.addEventListener("end", end);
                        events.addEventListener("error", () => events.readyState === EventSource.CLOSED && end());
                });
        }

        // Looks until there is something to see.
        async #wait(look) {
                for (let tries = 0; tries < TRIES_MAX; tries++) {
                        const found = await look();

                        if (found)
                                return found;
                        await sleep(PAUSE);
                }
                throw new Error(text("unpack-unknown"));
        }

        // Starts the job and waits for its end. Throws an Error with a message for the user, or with none after a cancel.
        async run() {
                const before = await this.#newestBefore();

                if (this.isCancelled) {
                        await this.upload.cancel();
                        throw new Error("");
                }
                const answer = await this.#ask(`${this.base}/-/unpack`, { path: this.path, upload: this.upload.name });

                if (answer.status !== 200) {
                        await this.upload.cancel();
                        throw new Error([answer.message, ...answer.details ?? []].join(" "));
                }
                this.id = await this.#wait(async () => {
                        const id = (await this.#newest())?.id;

                        return id !== before.id && id;
                });
                if (this.isCancelled)
                        await this.#stop();
                await this.#follow();
                // systemd announces the end of a job before it writes that to the journal.
                const { result, result_text: said, reason } = await this.#wait(async () => {
                        const { job } = await this.#ask(`/jobs/${this.id}`);

                        return job?.ended && job;
                });

                if (this.isCancelled && result === "cancelled")
                        throw new Error("");
                if (result !== "done")
                        throw new Error(reason ? `${said}: ${reason}` : said);
        }

        #stop() {
                return this.#ask(`/jobs/${this.id}/cancel`, {});
        }

        // A job that runs is stopped, and one that was not begun is never begun.
        async cancel() {
                this.isCancelled = true;
                if (this.id)
                        await this.#stop();
        }
}
