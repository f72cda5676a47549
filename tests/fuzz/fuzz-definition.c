/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/utf8.h"
#include "content/definition.h"
#include "content/request.h"
#include "fuzz.h"
#include "layer/tree-edit.h"

/* From any bytes: a definition, and a request, that keep every rule, or errors that can be printed.
 */

static void check_definition(const OverlayDefinition *d) {
        FUZZ_CHECK(overlay_kind_to_string(d->kind));
        FUZZ_CHECK(!d->description || utf8_is_printable(d->description));
        FUZZ_CHECK(!d->url || strncmp(d->url, "http", 4) == 0);
        FUZZ_CHECK(!d->into || tree_path_is_valid(d->into));
        FUZZ_CHECK(!d->sha256 || strlen(d->sha256) == 64);
        FUZZ_CHECK(d->strip >= 0 && d->strip <= DEFINITION_STRIP_MAX);
        FUZZ_CHECK((d->kind == OVERLAY_RELEASE) == (d->url || d->github));
        for (char **item = d->items; *item; item++)
                FUZZ_CHECK(d->kind == OVERLAY_WORKSHOP && utf8_is_printable(*item));
}

static void check_request(const uint8_t *data, size_t size) {
        _cleanup_(request_freep) JobRequest *request = NULL;
        SpecErrors errors = {};
        int r = request_parse("request", (const char *) data, size, &errors, &request);

        FUZZ_CHECK(r == 0 ? !spec_errors_any(&errors) : spec_errors_any(&errors) && !request);
        if (r == 0) {
                FUZZ_CHECK(!request->path || tree_path_is_valid(request->path));
                FUZZ_CHECK(!request->archive || !strchr(request->archive, '/'));
        }
        fuzz_errors(&errors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(definition_freep) OverlayDefinition *definition = NULL;
        SpecErrors errors = {};
        int r = definition_parse("o.yaml", (const char *) data, size, &errors, &definition);

        FUZZ_CHECK(r == 0 ? !spec_errors_any(&errors) : spec_errors_any(&errors) && !definition);
        if (r == 0)
                check_definition(definition);
        fuzz_errors(&errors);
        check_request(data, size);
        return 0;
}
