/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/errors-json.h"

static int error_to_json(const SpecError *error, sd_json_variant **ret) {
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_STRING("file", error->file),
                SD_JSON_BUILD_PAIR_UNSIGNED("line", error->line),
                SD_JSON_BUILD_PAIR_UNSIGNED("column", error->column),
                SD_JSON_BUILD_PAIR_STRING("message", error->message));
}

int errors_to_json(const SpecErrors *errors, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *array = NULL;
        int r;

        r = sd_json_variant_new_array(&array, NULL, 0);
        for (size_t i = 0; i < errors->n_items && r >= 0; i++) {
                _cleanup_(sd_json_variant_unrefp) sd_json_variant *error = NULL;

                r = error_to_json(&errors->items[i], &error);
                if (r >= 0)
                        r = sd_json_variant_append_array(&array, error);
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(array);
        return 0;
}
