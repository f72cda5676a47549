// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The form of a blueprint, and the order of its overlays.

import { Frame } from "./frame.mjs";

export class BlueprintForm extends Frame {
        constructor(page) {
                super(page);
                this.overlays = page.getByRole("group", { name: "Overlays" });
        }

        async fill({ name, description, args, config }) {
                if (name !== undefined)
                        await this.page.getByLabel("Name").fill(name);
                if (description !== undefined)
                        await this.page.getByLabel("Description").fill(description);
                if (args !== undefined)
                        await this.page.getByLabel("Launch options").fill(args.join("\n"));
                if (config !== undefined)
                        await this.page.getByRole("textbox", { name: /^server\.cfg/ }).fill(config.join("\n"));
        }

        async use(ref) {
                await this.overlays.getByRole("button", { name: `Use ${ref}`, exact: true }).click();
        }

        // The overlays in use, topmost first.
        async order() {
                const grips = await this.overlays.getByRole("button", { name: /^Move / }).all();
                const names = await Promise.all(grips.map((grip) => grip.getAttribute("aria-label")));

                return names.map((name) => name.replace(/^Move (.*): arrow keys$/, "$1"));
        }

        grip(ref) {
                return this.overlays.getByRole("button", { name: `Move ${ref}:` });
        }

        // As with a mouse: from the handle of the one past the middle of the other.
        async drag(ref, onto) {
                const from = await this.grip(ref).boundingBox(), to = await this.grip(onto).boundingBox();
                const { mouse } = this.page;
                const past = to.y > from.y ? to.y + to.height + 4 : to.y - 4;

                await mouse.move(from.x + from.width / 2, from.y + from.height / 2);
                await mouse.down();
                await mouse.move(from.x + from.width / 2, past, { steps: 8 });
                await mouse.up();
        }
}
