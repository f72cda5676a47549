/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <strings.h>

#include "fuzz.h"
#include "layer/cfg.h"

/*
 * From any server.cfg of an overlay: the output is printable ASCII in whole lines, and none of its
 * commands, as the engine splits them, has rcon_password in it. The splitting is written a second
 * time here, byte by byte as the engine does it, so that a fault in ours shows.
 */

static void check_command(const char *command, size_t size) {
        static const char word[] = "rcon_password";

        for (size_t i = 0; i + strlen(word) <= size; i++)
                FUZZ_CHECK(strncasecmp(command + i, word, strlen(word)) != 0);
}

/* A copy of the next command without its comment. Returns where the one after it begins. */
static size_t take_command(const char *text, size_t size, char *command, size_t *ret_size) {
        bool quoted = false, comment = false;
        size_t i = 0, n = 0;

        for (; i < size && text[i] != '\n'; i++) {
                if (comment)
                        continue;
                if (text[i] == '"')
                        quoted = !quoted;
                else if (!quoted && text[i] == '/' && i + 1 < size && text[i + 1] == '/') {
                        comment = true;
                        continue;
                } else if (!quoted && text[i] == ';')
                        break;
                command[n++] = text[i];
        }
        *ret_size = n;
        return i + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *text = NULL, *command = NULL;
        LayerCfgNotes notes;
        size_t n;

        FUZZ_CHECK(layer_cfg_clean((const char *) data, size, &notes, &text, &n) == 0);
        FUZZ_CHECK(n == 0 || text[n - 1] == '\n');
        for (size_t i = 0; i < n; i++)
                FUZZ_CHECK(
                        text[i] == '\n' || text[i] == '\t' || (text[i] >= ' ' && text[i] < 0x7f));
        FUZZ_CHECK((notes.n_passwords == 0) == (notes.first_password == 0));

        command = malloc(n + 1);
        FUZZ_CHECK(command);
        for (size_t i = 0; i < n;) {
                size_t length;

                i += take_command(text + i, n - i, command, &length);
                check_command(command, length);
        }
        return 0;
}
