/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/utf8.h"
#include "fuzz.h"
#include "query/command-secret.h"

/* Any command: one visible line that fits, and nothing of what follows the name of a password. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static const char name[] = "rcon_password ";
        char shown[COMMAND_SHOWN_MAX];
        _cleanup_free_ char *command = malloc(sizeof(name) + size);

        FUZZ_CHECK(command);
        command_hide_secrets((const char *) data, size, shown);
        FUZZ_CHECK(strlen(shown) < sizeof(shown) && utf8_is_printable(shown));

        memcpy(command, name, sizeof(name) - 1);
        memcpy(command + sizeof(name) - 1, data, size);
        command_hide_secrets(command, sizeof(name) - 1 + size, shown);
        FUZZ_CHECK(strcmp(shown, "rcon_password ***") == 0 || strcmp(shown, "rcon_password") == 0);
        return 0;
}
