/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "fuzz.h"
#include "game/elf-needs.h"

/* Any file: all strings end, and the highest version is one of the versions. */

static void check_highest(const char *highest, const char *prefix) {
        FUZZ_CHECK(!highest || strncmp(highest, prefix, strlen(prefix)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        ByteSource source = byte_source_of_memory(data, size);
        _cleanup_(elf_needs_freep) ElfNeeds *needs = NULL;
        size_t n = 0;

        if (elf_needs_read(&source, &needs) < 0)
                return 0;
        for (size_t i = 0; i < needs->n_libraries; i++)
                n += strlen(needs->libraries[i]);
        for (size_t i = 0; i < needs->n_versions; i++)
                n += strlen(needs->versions[i].library) + strlen(needs->versions[i].name);
        for (size_t i = 0; i < needs->n_defined; i++) {
                n += strlen(needs->defined[i]);
                FUZZ_CHECK(elf_defines(needs, needs->defined[i]));
        }
        FUZZ_CHECK(n == 0 || size > 0);
        check_highest(elf_defines_highest(needs, "GLIBCXX_"), "GLIBCXX_");
        return 0;
}
