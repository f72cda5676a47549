// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The overlays of a blueprint in the order of their stacking: dragged with a pointer, moved with the
// arrow keys. Without scripts each has a field for its number; here these are kept, out of sight.

import { text } from "./texts.js";

export const orderList = (root, announce) => {
        const used = root.querySelector("ol");

        if (!used)
                return;

        const unused = document.createElement("ol");
        const heading = document.createElement("p");
        const nothing = document.createElement("p");
        const hint = root.querySelector("[data-order-hint]");

        heading.className = "order-title";
        heading.textContent = text("available");
        nothing.className = "hint";
        nothing.textContent = text("nothing-used");
        hint.textContent = text("order-hint");
        used.after(nothing, heading, unused);

        const items = [...used.children];
        const nameOf = (item) => item.dataset.ref;
        const isUsed = (item) => item.parentElement === used;

        // The fields say what the lists show.
        const number = () => {
                [...used.children].forEach((item, index) => {
                        item.querySelector("input").value = String(index + 1);
                });
                [...unused.children].forEach((item) => {
                        item.querySelector("input").value = "";
                });
                heading.hidden = unused.childElementCount === 0;
                nothing.hidden = used.childElementCount > 0;
                for (const item of items) {
                        item.querySelector(".grip").hidden = !isUsed(item);
                        item.querySelector(".toggle").textContent = text(isUsed(item) ? "remove" : "use");
                        item.querySelector(".toggle").setAttribute(
                                "aria-label",
                                text(isUsed(item) ? "remove-name" : "use-name", { name: nameOf(item) }));
                }
        };

        const tell = (item) => {
                const place = [...used.children].indexOf(item) + 1;

                announce(text(place > 0 ? "place" : "not-used",
                        { name: nameOf(item), place, count: used.childElementCount }));
        };

        const step = (item, key) => {
                if (key === "ArrowUp" && item.previousElementSibling)
                        item.previousElementSibling.before(item);
                else if (key === "ArrowDown" && item.nextElementSibling)
                        item.nextElementSibling.after(item);
                else
                        return;
                number();
                tell(item);
                item.querySelector(".grip").focus();
        };

        // The item goes before the first one whose middle is below the pointer.
        const drag = (item, y) => {
                const next = [...used.children].find((other) => {
                        const box = other.getBoundingClientRect();

                        return other !== item && y < box.top + box.height / 2;
                });

                if (next ? next !== item.nextElementSibling : item.nextElementSibling)
                        used.insertBefore(item, next ?? null);
        };

        const makeGrip = (item) => {
                const grip = document.createElement("button");

                grip.type = "button";
                grip.className = "grip";
                grip.textContent = "⠿";
                grip.setAttribute("aria-label", text("move", { name: nameOf(item) }));
                grip.addEventListener("keydown", (event) => {
                        if (event.key !== "ArrowUp" && event.key !== "ArrowDown")
                                return;
                        event.preventDefault();
                        step(item, event.key);
                });
                grip.addEventListener("pointerdown", (event) => {
                        const move = (moved) => drag(item, moved.clientY);
                        const end = () => {
                                window.removeEventListener("pointermove", move);
                                window.removeEventListener("pointerup", end);
                                window.removeEventListener("pointercancel", end);
                                item.classList.remove("is-dragged");
                                number();
                                tell(item);
                                grip.focus();
                        };

                        event.preventDefault();
                        item.classList.add("is-dragged");
                        window.addEventListener("pointermove", move);
                        window.addEventListener("pointerup", end);
                        window.addEventListener("pointercancel", end);
                });
                return grip;
        };

        const makeToggle = (item) => {
                const toggle = document.createElement("button");

                toggle.type = "button";
                toggle.className = "toggle";
                toggle.addEventListener("click", () => {
                        (isUsed(item) ? unused : used).append(item);
                        number();
                        tell(item);
                        toggle.focus();
                });
                return toggle;
        };

        const placeOf = (item) => Number(item.querySelector("input").value) || Infinity;

        for (const item of items.sort((a, b) => placeOf(a) - placeOf(b))) {
                const input = item.querySelector("input");

                (placeOf(item) < Infinity ? used : unused).append(item);
                input.type = "hidden";
                item.prepend(makeGrip(item));
                item.append(makeToggle(item));
        }
        number();
};
