// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The console of a server: commands are sent without loading the page, and the arrow keys go through earlier ones.

import { loggedOut } from "./connection.js";
import { all, make } from "./dom.js";
import { text } from "./texts.js";

const SAID_MAX = 200; // parts of answers that stay in the page

export class Console {
        constructor(form) {
                this.form = form;
                this.field = form.elements.command;
                this.said = document.querySelector("[data-said]");
                // The oldest first; what is being typed comes after them.
                this.history = all(document, "[data-history] code").map((code) => code.textContent).reverse();
                this.place = this.history.length;
                this.typed = "";

                form.addEventListener("submit", (event) => {
                        event.preventDefault();
                        this.run();
                });
                this.field.addEventListener("keydown", (event) => this.onKey(event));
                this.toEnd();
        }

        onKey(event) {
                const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];

                if (!step || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey)
                        return;
                event.preventDefault();
                const next = this.place + step;

                if (next < 0 || next > this.history.length)
                        return;
                if (this.place === this.history.length)
                        this.typed = this.field.value;
                this.place = next;
                this.field.value = this.history[next] ?? this.typed;
                this.field.setSelectionRange(this.field.value.length, this.field.value.length);
        }

        toEnd() {
                this.said.scrollTop = this.said.scrollHeight;
        }

        add(...elements) {
                this.said.append(...elements);
                while (this.said.childElementCount > SAID_MAX)
                        this.said.firstElementChild.remove();
                this.toEnd();
        }

        show(answer) {
                this.add(make("pre", { translate: "no" }, answer.answer));
                if (!answer.has_answer)
                        this.add(make("p", { class: "hint" }, text("no-answer")));
                if (answer.is_cut)
                        this.add(make("p", { class: "hint" }, text("answer-cut", { name: this.form.dataset.name })));
        }

        showFailure(words, details) {
                this.add(make("p", { class: "bad" }, words), ...details.map((line) => make("pre", {}, line)));
        }

        remember(command) {
                if (this.history.at(-1) !== command)
                        this.history.push(command);
                this.place = this.history.length;
                this.typed = "";
        }

        async run() {
                const command = this.field.value;
                const body = new URLSearchParams(new FormData(this.form));
                const button = this.form.querySelector("button");

                if (command.trim() === "" || button.getAttribute("aria-busy") === "true")
                        return;
                button.setAttribute("aria-busy", "true");
                this.remember(command);
                this.field.value = "";
                this.add(make("p", { class: "console-command", translate: "no" }, command));
                try {
                        const answer = await fetch(`/api${this.form.getAttribute("action")}`, { method: "POST", body });
                        const model = await answer.json();

                        if (answer.status === 401)
                                loggedOut();
                        else if (answer.ok)
                                this.show(model.said);
                        else
                                this.showFailure(model.message ?? "", model.details ?? []);
                } catch {
                        this.showFailure(text("unreachable"), []);
                } finally {
                        button.removeAttribute("aria-busy");
                }
        }
}
