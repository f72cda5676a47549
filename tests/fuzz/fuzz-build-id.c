/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The manifest of a tree and the output of steamcmd, which both come from Steam. */

#include <string.h>

#include "fuzz.h"
#include "game/build-id.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        char build[BUILD_ID_MAX] = "x";

        if (build_id_parse_manifest((const char *) data, size, build) >= 0)
                FUZZ_CHECK(strspn(build, "0123456789") == strlen(build) && build[0] != '\0');
        if (build_id_parse_info((const char *) data, size, build) >= 0)
                FUZZ_CHECK(strspn(build, "0123456789") == strlen(build) && build[0] != '\0');
        return 0;
}
