/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pages/conflict.h"

#include <string.h>

#include "base/visible-text.h"
#include "view/model.h"

enum { ROWS_MIN = 16, ROWS_MAX = 60 };

const char *conflict_match(const Request *request) {
        const char *overwrite = request_field(request, "overwrite");

        return overwrite ? overwrite : request_field(request, "match");
}

unsigned conflict_rows(const char *text) {
        return model_rows(text, 1, ROWS_MIN, ROWS_MAX);
}

int conflict_to_model(
        const Request *request, const char *text, size_t size, const char *match,
        sd_json_variant **ret) {
        _cleanup_free_ char *shown = NULL;
        const char *typed = request_typed(request, "match", match);

        if (strcmp(typed, match) == 0)
                return sd_json_variant_new_null(ret);
        shown = malloc(VISIBLE_TEXT_MAX(size));
        if (!shown)
                return -ENOMEM;
        (void) visible_text(text, size, shown);
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_STRING("text", shown),
                SD_JSON_BUILD_PAIR_STRING("match", match),
                SD_JSON_BUILD_PAIR_UNSIGNED("rows", conflict_rows(shown)));
}
