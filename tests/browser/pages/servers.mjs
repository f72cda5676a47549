// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The overview, the page of a server, its spec and its log.

import { Frame } from "./frame.mjs";

export class Overview extends Frame {
        async open() {
                await this.page.goto("/");
                await this.heading("Servers").waitFor();
        }

        row(name) {
                return this.page.getByRole("listitem").filter({
                        has: this.page.getByRole("heading", { level: 2, name, exact: true }),
                });
        }

        async state(name, state) {
                await this.row(name).getByText(state, { exact: true }).waitFor();
        }

        // The names, in the order of the page.
        async names() {
                return await this.page.getByRole("heading", { level: 2 }).allInnerTexts();
        }
}

export class ServerPage extends Frame {
        constructor(page, name) {
                super(page);
                this.name = name;
                this.path = `/servers/${name}`;
                this.log = page.getByRole("log");
        }

        async open() {
                await this.page.goto(this.path);
                await this.heading(this.name).waitFor();
        }

        // Waits until the page says so, whatever caused it.
        async state(state) {
                await this.page.locator("[data-field=state]").getByText(state, { exact: true }).waitFor();
        }

        async start() {
                await this.page.getByRole("button", { name: `Start ${this.name}`, exact: true }).click();
                await this.state("running");
        }

        // The errors that the page shows.
        trouble(text) {
                return this.page.locator(".troubles").getByText(text);
        }

        fact(term) {
                return this.page.locator("dt", { hasText: term }).locator("xpath=following-sibling::dd[1]");
        }

        line(text) {
                return this.log.getByText(text, { exact: true });
        }
}

export class SpecPage extends Frame {
        constructor(page, name) {
                super(page);
                this.name = name;
                this.text = page.getByRole("textbox", { name: "YAML" });
        }

        async open() {
                await this.page.goto(`/servers/${this.name}/spec`);
                await this.heading(`Spec of ${this.name}`).waitFor();
        }

        async save(text) {
                await this.text.fill(text);
                await this.page.getByRole("button", { name: "Save" }).click();
        }
}
