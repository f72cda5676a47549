/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lines of steamcmd, which downloads itself. */

#include <string.h>

#include "fuzz.h"
#include "game/steamcmd-output.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        char *text = strndup((const char *) data, size), *rest = NULL;
        SteamcmdOutput output = {};

        FUZZ_CHECK(text);
        for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
                (void) steamcmd_output_read(&output, line);
        FUZZ_CHECK(output.percent <= 100);
        FUZZ_CHECK(memchr(output.stage, '\0', sizeof(output.stage)));
        FUZZ_CHECK(memchr(output.error, '\0', sizeof(output.error)));
        (void) steamcmd_output_explain(&output);
        free(text);
        return 0;
}
