/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/utf8.h"
#include "fuzz.h"
#include "query/cvar-list.h"

/* Answers to `cvarlist`: names are single words, sorted, each once, and each is found. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        CvarList list;

        if (cvar_list_parse((const char *) data, size, &list) >= 0)
                for (size_t i = 0; i < list.n_items; i++) {
                        const Cvar *cvar = &list.items[i];
                        size_t n;

                        FUZZ_CHECK(cvar->name[0] != '\0' && !strpbrk(cvar->name, " \t\r\n\";'"));
                        FUZZ_CHECK(strlen(cvar->name) <= CVAR_NAME_MAX);
                        FUZZ_CHECK(
                                strlen(cvar->help) <= CVAR_HELP_MAX && !strchr(cvar->help, '\n'));
                        FUZZ_CHECK(i == 0 || ascii_strcasecmp(cvar[-1].name, cvar->name) < 0);
                        FUZZ_CHECK(cvar_list_find(&list, cvar->name) == cvar);
                        FUZZ_CHECK(cvar_list_find_prefix(&list, cvar->name, &n) == i && n > 0);
                }
        cvar_list_clear(&list);
        return 0;
}
