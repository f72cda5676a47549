/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "server/build-wish.h"

/* The file that the web app's user can write: refused, or one whose words can become the name of a
 * unit and of a file, and be shown. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *text = fuzz_text(data, size);
        char unit[JOB_UNIT_MAX];
        BuildWish wish;

        if (build_wish_parse(text, &wish) < 0)
                return 0;
        FUZZ_CHECK(job_unit_name(wish.kind, wish.ref, unit) >= 0);
        FUZZ_CHECK(strlen(wish.job) == JOB_ID_MAX - 1);
        FUZZ_CHECK(wish.version[0] == '\0' || ref_is_valid(wish.version));
        FUZZ_CHECK(!strchr(wish.version, '/'));
        FUZZ_CHECK(utf8_is_printable(wish.user));
        FUZZ_CHECK(wish.owner[0] == '\0' || instance_name_is_valid(wish.owner));
        return 0;
}
