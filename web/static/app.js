// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The pages' scripts. Every page works without scripts: these make it quicker.

import { showCharts } from "./charts.js";
import { configLines } from "./config-lines.js";
import { loggedOut } from "./connection.js";
import { Console } from "./console.js";
import { all, announce, announcer, make } from "./dom.js";
import { edit } from "./editor.js";
import { manageFiles } from "./files.js";
import { watchPart } from "./live.js";
import { Log } from "./log.js";
import { orderList } from "./order.js";
import { isTyped, listen, watchServers } from "./servers.js";
import { parentPage, replacePage } from "./swap.js";
import { text } from "./texts.js";
import { showTime, showTimes } from "./times.js";

// --- questions and forms ---------------------------------------------------------------------------

// The box behind a <summary> becomes a dialog, with the same button in it.
const ask = (details) => {
        const box = details.querySelector("summary").nextElementSibling;
        const cancel = make("button", { type: "button" }, text("cancel"));
        const focused = box.contains(document.activeElement) ? document.activeElement : cancel;
        const submit = box.querySelector("button:last-of-type");
        const buttons = make("div", { class: "buttons" });
        const dialog = make("dialog", { "aria-label": details.querySelector("summary").textContent }, box);

        box.append(buttons);
        buttons.append(cancel, submit);
        cancel.addEventListener("click", () => dialog.close());
        dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
        dialog.addEventListener("close", () => {
                cancel.remove();
                box.append(submit);
                buttons.remove();
                details.append(box);
                dialog.remove();
                details.querySelector("summary").focus();
        });
        document.body.append(dialog);
        dialog.showModal();
        focused.focus();
};

// The boxes that a user opened before this script was there: one becomes the dialog. A box that stayed open could not
// be closed, and would keep the page from being updated.
const askOpened = () => {
        const opened = all(document, ".ask[open]");
        const wanted = opened.find((details) => details.contains(document.activeElement)) ?? opened.at(-1);

        if (wanted)
                ask(wanted);
        opened.forEach((details) => {
                details.open = false;
        });
};

document.addEventListener("click", (event) => {
        const summary = event.target.closest(".ask > summary");

        if (!summary)
                return;
        event.preventDefault();
        ask(summary.parentElement);
});

// Start, stop, restart: the page is replaced in place, with the server's answer.
document.addEventListener("submit", (event) => {
        const form = event.target;
        const submit = event.submitter;

        if (event.defaultPrevented || form.method !== "post")
                return;
        if (submit) {
                if (submit.getAttribute("aria-busy") === "true") {
                        event.preventDefault();
                        return;
                }
                submit.setAttribute("aria-busy", "true");
        }
        if (!("inPlace" in form.dataset) || !window.htmx) {
                form.dataset.sent = "";
                return;
        }
        event.preventDefault();
        const values = Object.fromEntries(new FormData(form));

        (submit ?? form).closest("dialog")?.close();
        replacePage("POST", (submit ?? form).getAttribute("formaction") ?? form.getAttribute("action"), values)
                .finally(() => submit?.removeAttribute("aria-busy"));
});

// The user stopped the way to the next page, or came back: the form can be sent again.
const returned = () => {
        for (const form of all(document, "form[data-sent]")) {
                delete form.dataset.sent;
                all(form, "[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
        }
};

window.addEventListener("pageshow", (event) => event.persisted && returned());
if (window.navigation)
        window.navigation.addEventListener("navigateerror", returned);
else
        document.addEventListener("keydown", (event) => event.key === "Escape" && returned());

// An error's page is shown like any other page; a lost connection is announced.
document.addEventListener("htmx:beforeSwap", (event) => {
        // The answer to a form names the next page itself.
        if (event.detail.xhr.status === 401) {
                event.detail.shouldSwap = false;
                if (!event.detail.xhr.getResponseHeader("HX-Redirect"))
                        loggedOut();
                return;
        }
        // The user has begun to type since the page was asked for.
        if (event.detail.requestConfig.verb === "get" && event.detail.target.id === "main" && isTyped()) {
                event.detail.shouldSwap = false;
                return;
        }
        if (event.detail.xhr.status >= 400) {
                event.detail.shouldSwap = event.detail.target.id === "main";
                event.detail.isError = false;
        }
});
document.addEventListener("htmx:sendError", () => {
        parentPage().prepend(make("p", { class: "failure", role: "alert" },
                text("unreachable")));
});
document.addEventListener("htmx:afterSwap", (event) => {
        if (event.detail.target.id !== "main")
                return;
        begin(parentPage());
        const said = parentPage().querySelector(".notice, .failure");

        // Screen readers read it out, and the next key goes on from there.
        if (said && document.activeElement === document.body) {
                said.tabIndex = -1;
                said.focus({ preventScroll: true });
        }
});

// A slip must not lose typed text.
const guard = (form) => {
        const state = (of) => new URLSearchParams(new FormData(of)).toString();
        // As it came: the user may have typed before this script was there.
        const untouched = form.cloneNode(true);

        untouched.reset();
        // A form that comes again after an error holds text that was not saved.
        const first = form.dataset.guard === "typed" ? null : state(untouched);

        window.addEventListener("beforeunload", (event) => {
                if (!("sent" in form.dataset) && form.isConnected && state(form) !== first)
                        event.preventDefault();
        });
};

// --- small things ----------------------------------------------------------------------------------

const copyButton = (button) => {
        if (!navigator.clipboard)
                return;
        button.hidden = false;
        button.addEventListener("click", async () => {
                const label = button.textContent;

                await navigator.clipboard.writeText(button.dataset.copy || button.previousElementSibling.textContent);
                button.textContent = text("copied");
                announce(text("copied"));
                setTimeout(() => {
                        button.textContent = label;
                }, 2000);
        });
};

// Links from an error to its place in the text.
const linkErrors = (area) => {
        const go = (line, column) => {
                const lines = area.value.split("\n");
                const start = lines.slice(0, line - 1).reduce((n, each) => n + each.length + 1, 0);

                area.focus();
                area.setSelectionRange(start + column - 1, start + (lines[line - 1] ?? "").length);
        };

        const makeButton = (label, name, line, column) => {
                const button = make("button", { type: "button", class: name }, label);

                button.addEventListener("click", () => go(Number(line), Number(column)));
                return button;
        };

        for (const item of all(document, ".spec-errors li")) {
                const place = item.querySelector(".place");

                place.replaceWith(makeButton(
                        place.textContent, "place", item.dataset.line, item.dataset.column));
        }
        // l4d2ctl writes errors as FILE:LINE:COLUMN: TEXT.
        for (const said of all(document, ".failure pre")) {
                const match = /:(\d+):(\d+): /.exec(said.textContent);

                if (match)
                        said.append(makeButton(text("line", { line: match[1] }), "", match[1], match[2]));
        }
};

// A stream of the screen must not show the password, unless the user asks for it or writes in the field.
const hideSecret = (area) => {
        if (!/rcon_password/i.test(area.value))
                return;
        const button = make("button", { type: "button" }, text("secret"));
        const reveal = () => {
                area.classList.remove("is-secret");
                button.remove();
        };

        area.classList.add("is-secret");
        area.before(button);
        button.addEventListener("click", () => {
                reveal();
                area.focus();
        });
        area.addEventListener("focus", reveal, { once: true });
};

const themeButton = (button) => {
        button.hidden = false;
        button.addEventListener("click", () => {
                const root = document.documentElement;
                const isDark = root.dataset.theme
                        ? root.dataset.theme === "dark"
                        : window.matchMedia("(prefers-color-scheme: dark)").matches;

                root.dataset.theme = isDark ? "light" : "dark";
                try {
                        localStorage.setItem("theme", root.dataset.theme);
                } catch {
                        // Then the choice lasts for this page.
                }
        });
};

document.addEventListener("click", (event) => {
        for (const menu of all(document, ".menu[open]"))
                if (!menu.contains(event.target))
                        menu.open = false;
});
document.addEventListener("keydown", (event) => {
        if (event.key === "Escape")
                all(document, ".menu[open]").forEach((menu) => {
                        menu.open = false;
                        menu.querySelector("summary").focus();
                });
});

// On a phone the navigation is wider than the window.
const showCurrent = (current) => {
        const bar = current.closest("nav");

        bar.scrollLeft = current.offsetLeft - bar.offsetLeft - bar.clientWidth / 2;
};

// --- the page --------------------------------------------------------------------------------------

// Prepares a page, or its new content.
function begin(main) {
        const list = main.querySelector("[data-servers]");
        const log = main.querySelector("[data-log]");
        const part = main.querySelector("[data-part]");

        listen(null);
        showTimes(main);
        all(main, "nav.tabs [aria-current]").forEach(showCurrent);
        all(main, "[data-copy]").forEach(copyButton);
        all(main, "[data-order]").forEach((element) => orderList(element, announce));
        all(main, "form[data-guard]").forEach(guard);
        all(main, "textarea[data-code]").forEach(linkErrors);
        all(main, "textarea").forEach(hideSecret);
        all(main, "textarea[data-config]").forEach((area) => configLines(area, announce));
        all(main, "textarea[data-editor]").forEach(edit);
        all(main, "[data-files]").forEach(manageFiles);
        all(main, "[data-charts]").forEach(showCharts);
        if (list)
                watchServers(list);
        if (log)
                new Log(log);
        if (part)
                watchPart(part);
        all(main, "form[data-console]").forEach((form) => new Console(form));
}

document.body.append(announcer);
all(document, ".top nav [aria-current]").forEach(showCurrent);
all(document, "[data-theme-toggle]").forEach(themeButton);
begin(parentPage());
askOpened();
setInterval(() => {
        if (!document.hidden)
                all(document, "time[datetime]").filter((time) => !time.closest(".line")).forEach(showTime);
}, 15000);
