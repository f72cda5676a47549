// SPDX-License-Identifier: LGPL-2.1-or-later
// Before the first paint: the theme that was chosen here, and that there are scripts.
(() => {
        const root = document.documentElement;

        root.classList.add("js");
        try {
                const theme = localStorage.getItem("theme");

                if (theme === "dark" || theme === "light")
                        root.dataset.theme = theme;
        } catch {
                // Storage may be off: then the system's choice holds.
        }
})();
