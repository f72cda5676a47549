/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The build script of an overlay, on the page Source, for admins. Saving may start a build; one
 * that is refused leaves the script saved.
 */

#include <string.h>

#include "app/answer.h"
#include "app/command.h"
#include "base/json.h"
#include "base/sha256.h"
#include "base/text.h"
#include "pages/conflict.h"
#include "pages/overlay-page.h"
#include "pages/pages.h"

#define FIRST_SCRIPT "#!/bin/bash\nset -eu\n"
#define MATCH_FIELD  "script_match"

typedef struct Script {
        char *text; /* "": there is none */
        size_t size;
        char match[SHA256_TEXT_MAX]; /* as `l4d2ctl overlay script --if-match` compares it */
} Script;

static void script_done(Script *script) {
        free(script->text);
}

static int read_script(const DefinitionSource *source, Script *ret) {
        int r = definition_source_read_script(source, &ret->text, &ret->size);

        if (r >= 0)
                sha256_text(ret->text, ret->size, ret->match);
        return r;
}

/* --- the page -----------------------------------------------------------------------------------
 */

/* is_typed: the form that comes again has a text that was not saved. */
static int build(Request *request, const Script *script, bool is_typed, sd_json_variant **ret) {
        const char *text = script->size > 0 ? script->text : FIRST_SCRIPT, *match = script->match;
        _cleanup_json_ sd_json_variant *theirs = NULL;
        _cleanup_free_ char *href = NULL;
        int r;

        r = overlay_href(request_parameter(request, "ref"), "/-/source", "", 0, &href);
        if (r < 0)
                return r;
        if (is_typed) {
                const ConflictSaved saved = { script->text, script->size, match, MATCH_FIELD,
                                              href };

                r = conflict_to_model(request, &saved, &theirs);
                if (r < 0)
                        return r;
                text = request_typed(request, "script", text);
                match = request_typed(request, MATCH_FIELD, match);
        }
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_STRING("text", text),
                SD_JSON_BUILD_PAIR_UNSIGNED("rows", conflict_rows(text)),
                SD_JSON_BUILD_PAIR_STRING("match", match),
                SD_JSON_BUILD_PAIR_VARIANT("theirs", theirs));
}

int overlay_add_script(Request *request, const DefinitionSource *source, sd_json_variant **model) {
        const OverlayDefinition *d = source->definition;
        bool has_script = request->user->is_admin && d && d->kind == OVERLAY_SCRIPT;
        const char *typed = request_typed(request, "script", NULL);
        _cleanup_json_ sd_json_variant *object = NULL;
        _cleanup_(script_done) Script script = {};
        bool is_typed = false;
        int r;

        if (has_script) {
                r = read_script(source, &script);
                if (r < 0)
                        return r;
                is_typed = typed && strcmp(typed, script.text) != 0;
                r = build(request, &script, is_typed, &object);
                if (r < 0)
                        return r;
        }
        return sd_json_variant_merge_objectbo(
                model, SD_JSON_BUILD_PAIR_BOOLEAN("has_script", has_script),
                SD_JSON_BUILD_PAIR_VARIANT("script", object),
                SD_JSON_BUILD_PAIR_BOOLEAN("script_typed", is_typed));
}

/* --- saving -------------------------------------------------------------------------------------
 */

static int build_then(Request *request, bool is_empty) {
        const char *ref = request_parameter(request, "ref");
        char done[256], failed[256];

        (void) snprintf(
                done, sizeof(done), _("Saved the script of '%s', and started to build it."), ref);
        (void) snprintf(
                failed, sizeof(failed), _("Saved the script of '%s'. The build has not started."),
                ref);
        return overlay_start_build(
                request, &(OverlayBuild) { .is_empty = is_empty, .done = done, .failed = failed });
}

static int then_build(Request *request, const ChildResult *unused _unused_) {
        return build_then(request, false);
}

static int then_build_from_empty(Request *request, const ChildResult *unused _unused_) {
        return build_then(request, true);
}

/* False: the field has another word. */
static bool read_then(
        const Request *request, int (**ret)(Request *request, const ChildResult *result)) {
        const char *then = request_field(request, "then");

        if (!then || then[0] == '\0')
                *ret = NULL;
        else if (strcmp(then, "build") == 0)
                *ret = then_build;
        else if (strcmp(then, "build-empty") == 0)
                *ret = then_build_from_empty;
        else
                return false;
        return true;
}

int post_overlay_script(Request *request) {
        const char *ref = request_parameter(request, "ref");
        const char *text = request_field(request, "script");
        const char *match = conflict_match(request, MATCH_FIELD);
        int (*then)(Request *request, const ChildResult *result);
        _cleanup_(definition_source_done) DefinitionSource source = DEFINITION_SOURCE_INIT;
        _cleanup_(script_done) Script script = {};
        char done[256];
        int r;

        if (!text || !text[0])
                return answer_failed(
                        request, 422, _("The text is empty."), NULL, page_overlay_source);
        if (!read_then(request, &then))
                return answer_error(request, 400, NULL);
        r = definition_source_read(request, &source);
        if (r <= 0)
                return r;
        r = read_script(&source, &script);
        if (r < 0)
                return r;
        if (match && strcmp(match, script.match) != 0)
                return answer_failed(
                        request, 409,
                        _("Someone else saved this script while you were editing. Your changes are not saved yet."),
                        NULL, page_overlay_source);
        (void) snprintf(done, sizeof(done), _("Saved the script of '%s'."), ref);
        return overlay_text_save(
                request, &(OverlayText) {
                                 .verb = "script",
                                 .from = "-",
                                 .text = text,
                                 .size = strlen(text),
                                 .match = match,
                                 .page = "source",
                                 .done = done,
                                 .again = page_overlay_source,
                                 .then = then,
                         });
}
