/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where the content of an overlay comes from: its definition. */

#include <string.h>

#include "app/access.h"
#include "app/answer.h"
#include "base/json.h"
#include "base/text.h"
#include "pages/conflict.h"
#include "pages/overlay-page.h"
#include "pages/pages.h"
#include "view/errors.h"

static int build(Request *request, const DefinitionSource *source, sd_json_variant **ret) {
        const char *ref = request_parameter(request, "ref");
        const char *text = request_typed(request, "text", source->text);
        OverlayKind kind = source->definition ? source->definition->kind : OVERLAY_FILES;
        _cleanup_json_ sd_json_variant *errors = NULL, *theirs = NULL;
        _cleanup_free_ char *href = NULL;
        int r;

        r = overlay_href(ref, "", "", 0, &href);
        if (r >= 0)
                r = errors_to_model(&source->errors, &errors);
        if (r >= 0)
                r = conflict_to_model(
                        request,
                        &(ConflictSaved) { source->text, source->size, source->match, NULL, NULL },
                        &theirs);
        if (r < 0)
                return r;
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_STRING("ref", ref), SD_JSON_BUILD_PAIR_STRING("href", href),
                SD_JSON_BUILD_PAIR_STRING("kind", overlay_kind_to_string(kind)),
                SD_JSON_BUILD_PAIR_BOOLEAN("can_build", kind != OVERLAY_FILES),
                SD_JSON_BUILD_PAIR_STRING("text", text),
                SD_JSON_BUILD_PAIR_BOOLEAN(
                        "text_typed", request_typed(request, "text", NULL) != NULL),
                SD_JSON_BUILD_PAIR_UNSIGNED("rows", conflict_rows(text)),
                SD_JSON_BUILD_PAIR_STRING("match", request_typed(request, "match", source->match)),
                SD_JSON_BUILD_PAIR_VARIANT("theirs", theirs),
                SD_JSON_BUILD_PAIR_VARIANT("errors", errors),
                SD_JSON_BUILD_PAIR_BOOLEAN("has_errors", spec_errors_any(&source->errors)));
}

int page_overlay_source(Request *request) {
        const char *ref = request_parameter(request, "ref");
        _cleanup_(definition_source_done) DefinitionSource source = DEFINITION_SOURCE_INIT;
        _cleanup_json_ sd_json_variant *model = NULL;
        int r;

        r = definition_source_read(request, &source);
        if (r <= 0)
                return r;
        request_set_title(request, _("Source of %s"), ref);
        r = build(request, &source, &model);
        if (r >= 0)
                r = overlay_add_release(request, &source, &model);
        if (r >= 0)
                r = overlay_add_script(request, &source, &model);
        return r < 0 ? r : answer_page(request, 200, "overlay-source", model);
}

/* --- saving -------------------------------------------------------------------------------------
 */

int post_overlay_source(Request *request) {
        const char *ref = request_parameter(request, "ref"), *text = request_field(request, "text");
        const char *match = conflict_match(request, NULL);
        _cleanup_(definition_source_done) DefinitionSource source = DEFINITION_SOURCE_INIT;
        char done[256];
        int r;

        if (!text || !text[0])
                return answer_failed(
                        request, 422, _("The text is empty."), NULL, page_overlay_source);
        r = definition_source_read(request, &source);
        if (r <= 0)
                return r;
        if (match && strcmp(match, source.match) != 0)
                return answer_failed(
                        request, 409,
                        _("Someone else saved this definition while you were editing. Your changes are not saved yet."),
                        NULL, page_overlay_source);
        (void) snprintf(done, sizeof(done), _("Saved the source of '%s'."), ref);
        return overlay_text_save(
                request, &(OverlayText) {
                                 .verb = "define",
                                 .from = "--file=-",
                                 .text = text,
                                 .size = strlen(text),
                                 .match = match,
                                 .page = "source",
                                 .done = done,
                                 .again = page_overlay_source,
                         });
}
