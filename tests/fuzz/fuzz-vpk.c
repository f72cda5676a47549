/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "fuzz.h"
#include "game/addon.h"

/* Any file: paths fit, content has its size, and every text of an add-on can be shown. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        ByteSource source = byte_source_of_memory(data, size);
        _cleanup_(vpk_freep) Vpk *vpk = NULL;
        _cleanup_(addon_freep) Addon *addon = NULL;

        if (vpk_read(&source, &vpk) < 0)
                return 0;
        for (size_t i = 0; i < vpk->n_entries; i++) {
                const VpkEntry *entry = &vpk->entries[i];
                _cleanup_free_ char *text = NULL;
                char path[VPK_PATH_MAX];
                size_t n;

                vpk_entry_path(entry, path);
                FUZZ_CHECK(strlen(path) < sizeof(path) && vpk_find(vpk, path));
                if (vpk_read_entry(vpk, entry, size, &text, &n) < 0)
                        continue;
                FUZZ_CHECK(n == entry->size && n <= size && text[n] == '\0');
        }
        FUZZ_CHECK(addon_read(vpk, &addon) == 0);
        return 0;
}
