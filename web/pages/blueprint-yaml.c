/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The text of a blueprint, to be edited as it is. */

#include <string.h>

#include "app/answer.h"
#include "base/json.h"
#include "base/text.h"
#include "base/visible-text.h"
#include "pages/blueprint-page.h"
#include "pages/blueprints.h"
#include "pages/conflict.h"
#include "pages/cvars.h"
#include "pages/pages.h"
#include "view/errors.h"

/* A file may hold anything; a form must not. From malloc. */
static char *shown_text(const BlueprintText *text) {
        char *shown = malloc(VISIBLE_TEXT_MAX(text->size));

        if (shown)
                (void) visible_text(text->text, text->size, shown);
        return shown;
}

int page_blueprint_yaml(Request *request) {
        _cleanup_json_ sd_json_variant *model = NULL, *object = NULL, *errors = NULL,
                                       *theirs = NULL;
        _cleanup_(blueprint_text_clear) BlueprintText text = {};
        _cleanup_free_ char *shown = NULL;
        char ref[BLUEPRINT_REF_MAX + 1];
        int r;

        blueprint_ref_of(request, ref);
        request_set_title(request, "%s", ref);
        r = blueprint_text_read(request, ref, &text);
        if (r == -ENOENT)
                return answer_error(request, 404, NULL);
        if (r >= 0)
                r = blueprint_to_model(request, ref, text.blueprint, &object);
        if (r >= 0)
                r = errors_to_model(&text.errors, &errors);
        if (r >= 0)
                r = conflict_to_model(
                        request, &(ConflictSaved) { text.text, text.size, text.match, NULL, NULL },
                        &theirs);
        if (r < 0)
                return r;
        shown = shown_text(&text);
        if (!shown)
                return -ENOMEM;
        r = sd_json_buildo(
                &model, SD_JSON_BUILD_PAIR_VARIANT("blueprint", object),
                SD_JSON_BUILD_PAIR_STRING("text", request_typed(request, "text", shown)),
                SD_JSON_BUILD_PAIR_STRING("match", request_typed(request, "match", text.match)),
                SD_JSON_BUILD_PAIR_VARIANT("theirs", theirs),
                SD_JSON_BUILD_PAIR_VARIANT("errors", errors),
                SD_JSON_BUILD_PAIR_BOOLEAN("has_errors", spec_errors_any(&text.errors)));
        if (r >= 0)
                r = cvars_add_others(request, ref, NULL, &model);
        return r < 0 ? r : answer_page(request, 200, "blueprint-yaml", model);
}

int post_blueprint_yaml(Request *request) {
        const char *text = request_field(request, "text"), *match = conflict_match(request, NULL);
        _cleanup_(blueprint_text_clear) BlueprintText old = {};
        char ref[BLUEPRINT_REF_MAX + 1];
        int r;

        blueprint_ref_of(request, ref);
        r = blueprint_text_read(request, ref, &old);
        if (r == -ENOENT)
                return answer_error(request, 404, NULL);
        if (r < 0)
                return r;
        if (!text)
                return answer_failed(
                        request, 400, _("The field 'text' is missing."), NULL, page_blueprint_yaml);
        if (match && strcmp(match, old.match) != 0)
                return blueprint_conflict(request, page_blueprint_yaml);
        return blueprint_save(request, ref, text, strlen(text), old.match, page_blueprint_yaml);
}
