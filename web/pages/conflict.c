/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pages/conflict.h"

#include <string.h>

#include "base/visible-text.h"
#include "view/model.h"

enum { ROWS_MIN = 16, ROWS_MAX = 60 };

static const char *field_of(const char *field) {
        return field ? field : "match";
}

const char *conflict_match(const Request *request, const char *field) {
        const char *overwrite = request_field(request, "overwrite");

        return overwrite ? overwrite : request_field(request, field_of(field));
}

const char *conflict_option(const char *match, char ret[static CONFLICT_OPTION_MAX]) {
        if (!match)
                return NULL;
        (void) snprintf(ret, CONFLICT_OPTION_MAX, "--if-match=%.64s", match);
        return ret;
}

unsigned conflict_rows(const char *text) {
        return model_rows(text, 1, ROWS_MIN, ROWS_MAX);
}

int conflict_to_model(const Request *request, const ConflictSaved *saved, sd_json_variant **ret) {
        const char *typed = request_typed(request, field_of(saved->field), saved->match);
        _cleanup_free_ char *shown = NULL;

        if (strcmp(typed, saved->match) == 0)
                return sd_json_variant_new_null(ret);
        shown = malloc(VISIBLE_TEXT_MAX(saved->size));
        if (!shown)
                return -ENOMEM;
        (void) visible_text(saved->text, saved->size, shown);
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_STRING("text", shown),
                SD_JSON_BUILD_PAIR_STRING("match", saved->match),
                SD_JSON_BUILD_PAIR_UNSIGNED("rows", conflict_rows(shown)),
                SD_JSON_BUILD_PAIR_STRING("href", saved->href ? saved->href : request->path));
}
