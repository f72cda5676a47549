// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Watches all pages of a browser context for what must never happen, whatever a scenario is about: a
// request to another host, a violated content security policy, an error in the console, a resource that
// can't be loaded, a dialog of the browser.

export class Watch {
        #problems = [];
        #expected = [];
        #origin;
        #isOutage = false;
        #isLeft = false;

        constructor(context, origin) {
                this.#origin = origin;
                context.on("request", (request) => this.#request(request));
                context.on("response", (response) => this.#response(response));
                context.on("requestfailed", (request) => this.#failed(request));
                context.on("console", (message) => this.#console(message));
                context.on("weberror", (error) => this.#problem("script", error.error().stack));
                context.on("dialog", (dialog) => {
                        if (this.#isLeft && dialog.type() === "beforeunload") {
                                this.#isLeft = false;
                                return dialog.accept();
                        }
                        this.#problem("dialog", dialog.message());
                        return dialog.dismiss();
                });
        }

        // The next answer with this status to a document or form is what the scenario is about.
        expect(status) {
                this.#expected.push(status);
        }

        // The browser may ask once whether a page is left, and is told yes.
        leave() {
                this.#isLeft = true;
        }

        // From now on, or no longer, the service is down: what can't be loaded is what the scenario is about.
        outage(isOutage) {
                this.#isOutage = isOutage;
        }

        #problem(kind, text) {
                this.#problems.push(`${kind}: ${text}`);
        }

        #request(request) {
                if (new URL(request.url()).origin !== this.#origin)
                        this.#problem("request to another host", request.url());
        }

        #response(response) {
                const status = response.status();

                if (status < 400)
                        return;
                // An upload that goes on learns so how much of it is there.
                if (this.#isOutage && status === 409 && response.request().method() === "PUT")
                        return;
                const index = this.#expected.indexOf(status);
                if (index < 0)
                        this.#problem("status", `${status} ${response.request().method()} ${response.url()}`);
                else
                        this.#expected.splice(index, 1);
        }

        #failed(request) {
                // A browser that leaves a page ends its streams and what was still being loaded.
                if (request.failure()?.errorText !== "net::ERR_ABORTED" && !this.#isOutage)
                        this.#problem("request failed", `${request.url()}: ${request.failure()?.errorText}`);
        }

        #console(message) {
                if (message.type() !== "error" && message.type() !== "warning")
                        return;
                // The answer itself was judged above.
                if (/^Failed to load resource: the server responded with a status of/.test(message.text()))
                        return;
                if (this.#isOutage && /^Failed to load resource: net::/.test(message.text()))
                        return;
                this.#problem(`console ${message.type()}`, `${message.text()} (${message.location().url})`);
        }

        // Throws when anything happened, or when what was expected did not.
        check() {
                const problems = this.#problems.concat(this.#expected.map((s) => `status ${s} never came`));

                this.#problems = [];
                this.#expected = [];
                if (problems.length)
                        throw new Error(`the browser complained:\n${problems.join("\n")}`);
        }
}
