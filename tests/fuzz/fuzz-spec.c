/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdint.h>
#include <string.h>

#include "base/visible-text.h"
#include "fuzz.h"
#include "spec/cfg-text.h"
#include "spec/spec.h"

/* From any bytes: a spec that keeps every rule, or errors that can be printed. */

static void check_spec(const Spec *spec) {
        const Resources *resources = &spec->settings.resources;

        FUZZ_CHECK(spec->settings.port >= 27015 && spec->settings.port <= 27114);
        FUZZ_CHECK(
                spec->port_places.items[PORT_CLIENT].line > 0 &&
                spec->port_places.items[PORT_CLIENT].column > 0);
        FUZZ_CHECK(resources->memory_max == 0 || resources->memory_high <= resources->memory_max);
        for (char **overlay = spec->overlays; *overlay; overlay++)
                FUZZ_CHECK(ref_is_valid(*overlay));
        for (char **line = spec->config; *line; line++)
                for (const char *p = *line; *p; p++)
                        FUZZ_CHECK((*p >= ' ' && *p < 0x7f) || *p == '\t');
        FUZZ_CHECK(
                !spec->hostname || (cfg_text_is_quotable(spec->hostname) &&
                                    strlen(spec->hostname) <= HOSTNAME_LENGTH_MAX));
        FUZZ_CHECK(
                !spec->label ||
                (text_is_visible(spec->label) && strlen(spec->label) <= 4 * LABEL_LENGTH_MAX));
        for (char **argument = spec->arguments; *argument; argument++)
                FUZZ_CHECK(strcmp(*argument, "-port") != 0 && !strpbrk(*argument, "\n\r\x1b"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static const HostConfig host = { .port_min = 27015, .port_max = 27114 };
        _cleanup_(spec_freep) Spec *spec = NULL;
        SpecErrors errors = {};
        int r = spec_parse("1", "spec.yaml", (const char *) data, size, &host, &errors, &spec);

        FUZZ_CHECK(r == 0 ? !spec_errors_any(&errors) : spec_errors_any(&errors) && !spec);
        if (r == 0)
                check_spec(spec);
        fuzz_errors(&errors);
        return 0;
}
