/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "fuzz.h"
#include "game/key-values.h"

/* Any text, whose first byte chooses the flags: each key is found, and the depth has its limit. */

static size_t count(const KeyValue *block, unsigned depth) {
        size_t n = 0;

        FUZZ_CHECK(depth < KEY_VALUES_DEPTH_MAX);
        for (const KeyValue *item = block->first; item; item = item->next) {
                FUZZ_CHECK(key_value_find(block, item->key));
                FUZZ_CHECK(!item->value || !item->first);
                n += 1 + count(item, depth + (item->value ? 0 : 1));
        }
        return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(key_values_freep) KeyValues *values = NULL;

        if (size == 0)
                return 0;
        FUZZ_CHECK(
                key_values_parse(
                        (const char *) data + 1, size - 1,
                        data[0] & 1 ? KEY_VALUES_ESCAPES : KEY_VALUES_PLAIN, &values) == 0);
        FUZZ_CHECK(count(&values->root, 0) <= size);
        return 0;
}
