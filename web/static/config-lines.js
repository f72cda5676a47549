// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Lines of server.cfg in a textarea, or in the YAML in one: mistakes below it, and names to complete. A running server
// that uses them tells which variables there are, else another one, and the page says which server that is.
// `l4d2ctl validate` finds the same, and saving refuses what it refuses.

import { configPieces } from "./config-yaml.js";
import { make } from "./dom.js";
import { text } from "./texts.js";

const LINE_MAX = 510; // as lib/spec/spec.h has it
const NAME_MAX = 127;
const NOTES_SHOWN = 20;
const SUGGESTED = 8;
const SERVERS_ASKED = 3; // of each list: one that hangs takes seconds
const PREFIX_MIN = 2;
const PAUSE = 300; // ms without a key until mistakes are looked for

// The commands of a line, up to its comment: semicolons and comments within quotes are none.
const commandsOf = (line) => {
        const commands = [];
        let isQuoted = false, start = 0, i = 0;

        for (; i < line.length; i++) {
                if (line[i] === "\"")
                        isQuoted = !isQuoted;
                if (isQuoted)
                        continue;
                if (line.startsWith("//", i))
                        break;
                if (line[i] === ";") {
                        commands.push(line.slice(start, i));
                        start = i + 1;
                }
        }
        commands.push(line.slice(start, i));
        return commands;
};

const wordOf = (command) => command.replace(/^[ \t"]+/, "").split(/[ \t";/]/, 1)[0];

const notesOfWords = (line, known) => {
        const words = commandsOf(line).map(wordOf).filter((word) => word !== "" && word.length <= NAME_MAX);

        return words.flatMap((word) => {
                const cvar = known.names.get(word.toLowerCase());

                if (!cvar)
                        return [text("config-unknown", { word, server: known.server })];
                return cvar.is_cheat ? [text("config-cheat", { word })] : [];
        });
};

// known: null when no server was asked.
const notesOf = (line, known) => {
        const [character] = /[^\t -~]/u.exec(line) ?? [];

        if (character)
                return [text("config-characters", { character: /\p{C}|\p{Z}/u.test(character)
                        ? `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}` : character })];
        if (line.length > LINE_MAX)
                return [text("config-length", { count: LINE_MAX })];
        return known ? notesOfWords(line, known) : [];
};

const piecesOf = (value) => {
        let start = 0;

        return value.split("\n").map((line, i) => {
                const piece = { number: i + 1, start, end: start + line.length, line };

                start = piece.end + 1;
                return piece;
        });
};

class ConfigLines {
        constructor(area, announce) {
                this.area = area;
                this.announce = announce;
                this.known = null;
                this.timer = null;
                this.said = "";
                this.notes = make("div", { class: "config-notes", id: `${area.name}-notes`, role: "status" });
                this.list = make("ul", {
                        class: "suggestions", id: `${area.name}-suggestions`, role: "listbox",
                        "aria-label": text("suggestions"), translate: "no", hidden: "",
                });
                this.source = make("p", { class: "hint config-source", hidden: "" });
                (area.closest("label") ?? area).after(this.list, this.source, this.notes);
                area.setAttribute("aria-describedby", this.notes.id);

                area.addEventListener("focus", () => this.ask());
                area.addEventListener("input", () => {
                        this.ask();
                        this.suggest();
                        this.checkLater();
                });
                area.addEventListener("keydown", (event) => this.onKey(event));
                area.addEventListener("blur", () => this.leave());
                area.addEventListener("click", () => this.leave());
                // The textarea keeps the focus.
                this.list.addEventListener("mousedown", (event) => event.preventDefault());
                this.list.addEventListener("click", (event) => this.take(event.target.closest("[role=option]")));
                this.check();
        }

        // The config lines: where they are, and what they say.
        pieces() {
                return this.area.dataset.config === "yaml" ? configPieces(this.area.value) : piecesOf(this.area.value);
        }

        // --- mistakes ------------------------------------------------------------------------------

        makeNote(number, note) {
                const button = make("button", { type: "button", class: "place" }, text("line", { line: number }));

                button.addEventListener("click", () => {
                        const lines = this.area.value.split("\n");
                        const start = lines.slice(0, number - 1).reduce((n, line) => n + line.length + 1, 0);

                        this.area.focus();
                        this.area.setSelectionRange(start, start + (lines[number - 1] ?? "").length);
                });
                return make("li", {}, button, " ", note);
        }

        // A word that is being completed comes later.
        checkLater() {
                clearTimeout(this.timer);
                this.timer = setTimeout(() => this.isOpen || this.check(), PAUSE);
        }

        check() {
                const found = this.pieces().flatMap(({ number, line }) =>
                        notesOf(line, this.known).map((note) => [number, note]));
                const said = JSON.stringify(found);

                // A screen reader reads out what changes.
                if (said === this.said)
                        return;
                const hadNotes = this.notes.childElementCount > 0;

                this.said = said;
                this.notes.replaceChildren();
                if (found.length > 0)
                        this.notes.append(make("ul", {}, ...found.slice(0, NOTES_SHOWN).map(
                                ([number, note]) => this.makeNote(number, note))));
                else if (hadNotes)
                        this.notes.append(text("config-fine"));
                if (found.length > NOTES_SHOWN)
                        this.notes.append(text("config-more", { count: found.length - NOTES_SHOWN }));
        }

        // --- what a server knows -------------------------------------------------------------------

        // Once, and only for a user who edits: the game makes the list between two of its frames.
        // One that runs may still give no answer.
        async ask() {
                const { cvars = "", cvarsOther = "" } = this.area.form.dataset;

                if (this.isAsked || this.pieces().length === 0)
                        return;
                this.isAsked = true;
                for (const [hrefs, said] of [[cvars, "config-list"], [cvarsOther, "config-list-other"]])
                        for (const href of hrefs.split(" ").filter(Boolean).slice(0, SERVERS_ASKED))
                                if (await this.askOne(href, said))
                                        return;
        }

        async askOne(href, said) {
                const answer = await fetch(href).catch(() => null);
                const { cvars } = answer?.ok ? await answer.json().catch(() => ({})) : {};

                if (!this.area.isConnected)
                        return true;
                if (!cvars)
                        return false;
                this.known = {
                        server: decodeURIComponent(href.split("/")[2]),
                        names: new Map(cvars.map((cvar) => [cvar.name.toLowerCase(), cvar])),
                };
                this.source.textContent = text(said, { server: this.known.server });
                this.source.hidden = false;
                this.area.setAttribute("aria-autocomplete", "list");
                this.area.setAttribute("aria-controls", this.list.id);
                this.check();
                return true;
        }

        // --- completion ----------------------------------------------------------------------------

        get isOpen() {
                return !this.list.hidden;
        }

        get selected() {
                return this.list.querySelector("[aria-selected=true]");
        }

        // The beginning of a name before the caret; empty: there is none.
        prefix() {
                const { selectionStart, selectionEnd, value } = this.area;
                const piece = this.pieces().find(({ start, end }) => start <= selectionStart && selectionStart <= end);

                if (!piece)
                        return "";
                const line = value.slice(piece.start, selectionStart);
                const command = commandsOf(line).at(-1);
                const word = command.trimStart();

                if (selectionStart !== selectionEnd || !line.endsWith(command) || /[\s"]/.test(word) ||
                    /[^\s;]/.test(value.slice(selectionEnd, Math.min(selectionEnd + 1, piece.end))))
                        return "";
                return word;
        }

        suggest() {
                const prefix = this.known ? this.prefix().toLowerCase() : "";
                const found = [];

                this.close();
                if (prefix.length < PREFIX_MIN)
                        return;
                for (const [name, cvar] of this.known.names)
                        if (name.startsWith(prefix) && found.push(cvar) === SUGGESTED)
                                break;
                if (found.length === 0 || (found.length === 1 && found[0].name.toLowerCase() === prefix))
                        return;
                this.list.append(...found.map((cvar, i) => this.makeOption(cvar, i)));
                this.list.hidden = false;
                this.announce(text("suggested", { count: found.length }));
        }

        makeOption(cvar, i) {
                const about = [cvar.is_command && text("command"), cvar.is_cheat && "sv_cheats 1", cvar.help];

                return make(
                        "li", { role: "option", id: `${this.list.id}-${i}`, "aria-selected": "false", "data-name": cvar.name },
                        make("code", {}, cvar.name), " ", make("small", {}, about.filter(Boolean).join(" · ")));
        }

        close() {
                this.list.hidden = true;
                this.list.replaceChildren();
                this.area.removeAttribute("aria-activedescendant");
        }

        leave() {
                this.close();
                this.checkLater();
        }

        select(step) {
                const options = [...this.list.children], before = options.indexOf(this.selected);
                const next = options.at(before < 0 && step < 0 ? -1 : (before + step) % options.length);

                this.selected?.setAttribute("aria-selected", "false");
                next.setAttribute("aria-selected", "true");
                this.area.setAttribute("aria-activedescendant", next.id);
        }

        take(option) {
                if (!option)
                        return;
                const end = this.area.selectionStart;

                this.area.setRangeText(option.dataset.name, end - this.prefix().length, end, "end");
                // As if typed, for what else listens; then nothing is left to suggest.
                this.area.dispatchEvent(new Event("input", { bubbles: true }));
                this.leave();
        }

        // Without a choice, Enter makes a line and Tab goes on, as everywhere.
        onKey(event) {
                const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];

                if (!this.isOpen || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.isComposing)
                        return;
                if (step)
                        this.select(step);
                else if ((event.key === "Enter" || event.key === "Tab") && this.selected)
                        this.take(this.selected);
                else if (event.key === "Escape")
                        this.leave();
                else
                        return;
                event.preventDefault();
        }
}

export const configLines = (area, announce) => new ConfigLines(area, announce);
