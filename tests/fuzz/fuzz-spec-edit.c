/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "fuzz.h"
#include "spec/edit.h"

/* Input: a byte that chooses the key, a value up to a NUL, the file. A value that was set can be
 * read. */

static void check_get(
        const char *text, size_t size, const char *key, const char *value, SpecErrors *errors) {
        _cleanup_(strv_freep) char **values = NULL;

        FUZZ_CHECK(
                spec_edit_get(
                        &(YamlSource) { "f", text, size, errors }, &spec_keys, key, &values) == 0);
        FUZZ_CHECK(values[0] && strcmp(values[0], value) == 0 && !values[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static const char *const keys[] = { "port", "config", "resources.nice", "hardening",
                                            "overlays" };
        const char *value = (const char *) data + 1;
        const uint8_t *end = size > 1 ? memchr(value, '\0', size - 1) : NULL;
        _cleanup_free_ char *set = NULL, *unset = NULL;
        size_t set_size = 0, unset_size = 0;
        SpecErrors errors = {};

        if (!end)
                return 0;

        const char *key = keys[data[0] % ELEMENTSOF(keys)];
        const char *text = (const char *) end + 1, *const values[] = { value, NULL };
        size_t text_size = size - (size_t) (end + 1 - data);
        int r = spec_edit_set(
                &(YamlSource) { "f", text, text_size, &errors }, &spec_keys, key, values, &set,
                &set_size);

        FUZZ_CHECK(r == 0 || (!set && spec_errors_any(&errors)));
        fuzz_errors(&errors);
        if (r == 0) {
                check_get(set, set_size, key, value, &errors);
                if (spec_edit_unset(
                            &(YamlSource) { "f", set, set_size, &errors }, &spec_keys, key, &unset,
                            &unset_size) == 0)
                        FUZZ_CHECK(unset_size < set_size);
        }
        fuzz_errors(&errors);
        return 0;
}
