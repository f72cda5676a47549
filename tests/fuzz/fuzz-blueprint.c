/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/utf8.h"
#include "fuzz.h"
#include "spec/blueprint.h"

/* From any bytes: a blueprint that keeps every rule, or errors that can be printed. */

static void check_blueprint(const Blueprint *blueprint) {
        FUZZ_CHECK(!blueprint->description || utf8_is_printable(blueprint->description));
        for (char **overlay = blueprint->overlays; *overlay; overlay++)
                FUZZ_CHECK(ref_is_valid(*overlay));
        for (char **line = blueprint->config; *line; line++)
                for (const char *p = *line; *p; p++)
                        FUZZ_CHECK((*p >= ' ' && *p < 0x7f) || *p == '\t');
        for (char **argument = blueprint->arguments; *argument; argument++)
                FUZZ_CHECK(strcmp(*argument, "-port") != 0 && !strpbrk(*argument, "\n\r\x1b"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(blueprint_freep) Blueprint *blueprint = NULL;
        SpecErrors errors = {};
        int r = blueprint_parse("a/b", "b.yaml", (const char *) data, size, &errors, &blueprint);

        FUZZ_CHECK(r == 0 ? !spec_errors_any(&errors) : spec_errors_any(&errors) && !blueprint);
        if (r == 0)
                check_blueprint(blueprint);
        fuzz_errors(&errors);
        return 0;
}
