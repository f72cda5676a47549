/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/errors.h"

#include <string.h>

#include "base/json.h"
#include "base/text-message.h"
#include "base/text.h"
#include "base/visible-text.h"

static int visible_json(const char *text, sd_json_variant **ret) {
        _cleanup_free_ char *buffer = NULL;

        if (!text)
                return sd_json_variant_new_null(ret);
        buffer = malloc(VISIBLE_TEXT_MAX(strlen(text)));
        if (!buffer)
                return -ENOMEM;
        (void) visible_text(text, strlen(text), buffer);
        return sd_json_variant_new_string(ret, buffer);
}

/* So many blanks and "^", or NULL when no column is to blame. */
static int caret_json(const SpecError *error, sd_json_variant **ret) {
        _cleanup_free_ char *caret = NULL;

        if (error->caret == 0 || !error->source)
                return sd_json_variant_new_null(ret);
        if (asprintf(&caret, "%*s", (int) error->caret, "^") < 0)
                return -ENOMEM;
        return sd_json_variant_new_string(ret, caret);
}

static int error_to_json(const SpecError *error, sd_json_variant **ret) {
        _cleanup_json_ sd_json_variant *message = NULL, *text = NULL, *caret = NULL;
        _cleanup_free_ char *said = NULL;
        int r;

        /* The file may have been read in another language. */
        r = text_message_say(error->code, error->arguments, &said);
        if (r == -ENOMEM)
                return r;
        r = visible_json(said ? said : error->message, &message);
        if (r >= 0)
                r = visible_json(error->source, &text);
        if (r >= 0)
                r = caret_json(error, &caret);
        if (r < 0)
                return r;
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_STRING("file", error->file),
                SD_JSON_BUILD_PAIR_UNSIGNED("line", error->line),
                SD_JSON_BUILD_PAIR_UNSIGNED("column", error->column),
                SD_JSON_BUILD_PAIR_VARIANT("message", message),
                SD_JSON_BUILD_PAIR_BOOLEAN(
                        "is_translated", said && text_is_translated(error->code)),
                SD_JSON_BUILD_PAIR_VARIANT("text", text),
                SD_JSON_BUILD_PAIR_VARIANT("caret", caret));
}

int errors_to_model(const SpecErrors *errors, sd_json_variant **ret) {
        _cleanup_json_ sd_json_variant *array = NULL;
        int r;

        r = sd_json_variant_new_array(&array, NULL, 0);
        for (size_t i = 0; i < errors->n_items && r >= 0; i++) {
                _cleanup_json_ sd_json_variant *error = NULL;

                r = error_to_json(&errors->items[i], &error);
                if (r >= 0)
                        r = sd_json_variant_append_array(&array, error);
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(array);
        return 0;
}
