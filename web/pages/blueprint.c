/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * One blueprint as a form. Saving changes only the values that differ: comments and order of the
 * file stay, as with `l4d2ctl blueprint set`.
 */

#include "pages/blueprint-page.h"

#include <string.h>

#include "app/answer.h"
#include "app/command.h"
#include "app/query.h"
#include "base/json.h"
#include "base/text.h"
#include "pages/blueprint-form.h"
#include "pages/blueprints.h"
#include "pages/conflict.h"
#include "pages/cvars.h"
#include "pages/pages.h"
#include "view/errors.h"

void blueprint_ref_of(const Request *request, char ref[static BLUEPRINT_REF_MAX + 1]) {
        (void) snprintf(
                ref, BLUEPRINT_REF_MAX + 1, "%s/%s", request_parameter(request, "owner"),
                request_parameter(request, "blueprint"));
}

void blueprint_text_clear(BlueprintText *text) {
        free(text->text);
        blueprint_free(text->blueprint);
        spec_errors_clear(&text->errors);
}

int blueprint_text_read(const Request *request, const char *ref, BlueprintText *ret) {
        _cleanup_(state_dir_close) StateDir directory = STATE_DIR_INIT;
        char name[BLUEPRINT_FILE_MAX], file[PATH_MAX];
        int r;

        *ret = (BlueprintText) {};
        r = blueprints_open(request, &directory);
        if (r < 0)
                return r;
        blueprint_file_name(ref, name);
        r = state_dir_read(&directory, name, &ret->errors, file, &ret->text, &ret->size);
        if (r == -EINVAL) {
                /* Not even its text can be read: it is a link, another user's file, … */
                ret->text = strdup("");
                r = ret->text ? 0 : -ENOMEM;
        } else if (r >= 0) {
                r = blueprint_parse(ref, file, ret->text, ret->size, &ret->errors, &ret->blueprint);
                if (r == -EINVAL)
                        r = 0;
        }
        if (r >= 0)
                sha256_text(ret->text, ret->size, ret->match);
        return r;
}

int blueprint_conflict(Request *request, RouteHandler again) {
        return answer_failed(
                request, 409,
                _("Someone else saved this blueprint while you were editing. Your changes are not saved yet."),
                NULL, again);
}

int blueprint_save(
        Request *request, const char *ref, const char *text, size_t size, const char *match,
        RouteHandler again) {
        char done[256], location[BLUEPRINT_REF_MAX + 32], option[CONFLICT_OPTION_MAX];

        (void) snprintf(done, sizeof(done), _("Saved '%s'."), ref);
        (void) snprintf(location, sizeof(location), "/blueprints/%s", ref);
        return action_run(
                request,
                &(Action) {
                        .arguments = (const char *[]) { "blueprint", "create", ref, "--file=-",
                                                        conflict_option(match, option) ?: "--new",
                                                        NULL },
                        .input = text,
                        .input_size = size,
                        .location = location,
                        .done = done,
                        .failed = _("Not saved."),
                        .again = again,
                });
}

/* --- the page -----------------------------------------------------------------------------------
 */

static int build(
        Request *request, const char *ref, const BlueprintText *text, sd_json_variant *overlays,
        sd_json_variant **ret) {
        _cleanup_json_ sd_json_variant *object = NULL, *form = NULL, *errors = NULL, *theirs = NULL;
        char clone[INSTANCE_NAME_MAX + 1];
        int r;

        (void) snprintf(clone, sizeof(clone), "%.27s-copy", strchr(ref, '/') + 1);
        r = blueprint_to_model(request, ref, text->blueprint, &object);
        if (r >= 0)
                r = blueprint_form_to_model(request, text->blueprint, overlays, &form);
        if (r >= 0)
                r = errors_to_model(&text->errors, &errors);
        if (r >= 0)
                r = conflict_to_model(
                        request,
                        &(ConflictSaved) { text->text, text->size, text->match, NULL, NULL },
                        &theirs);
        if (r < 0)
                return r;
        r = sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_VARIANT("blueprint", object),
                SD_JSON_BUILD_PAIR_VARIANT("form", form),
                SD_JSON_BUILD_PAIR_STRING("match", request_typed(request, "match", text->match)),
                SD_JSON_BUILD_PAIR_VARIANT("theirs", theirs),
                SD_JSON_BUILD_PAIR_VARIANT("errors", errors),
                SD_JSON_BUILD_PAIR_BOOLEAN("has_errors", spec_errors_any(&text->errors)),
                SD_JSON_BUILD_PAIR_STRING("clone_name", clone));
        return r < 0 ? r : cvars_add_others(request, ref, NULL, ret);
}

static int show(Request *request, sd_json_variant *overlays) {
        _cleanup_(blueprint_text_clear) BlueprintText text = {};
        _cleanup_json_ sd_json_variant *model = NULL;
        char ref[BLUEPRINT_REF_MAX + 1];
        int r;

        blueprint_ref_of(request, ref);
        request_set_title(request, "%s", ref);
        r = blueprint_text_read(request, ref, &text);
        if (r == -ENOENT)
                return answer_error(request, 404, NULL);
        if (r >= 0)
                r = build(request, ref, &text, overlays, &model);
        return r < 0 ? r : answer_page(request, 200, "blueprint", model);
}

int page_blueprint(Request *request) {
        return ask_run(request, (const char *[]) { "overlay", "list", "--json", NULL }, show);
}

/* --- saving -------------------------------------------------------------------------------------
 */

int post_blueprint(Request *request) {
        const char *match = conflict_match(request, NULL);
        _cleanup_(blueprint_text_clear) BlueprintText old = {};
        _cleanup_free_ char *text = NULL;
        char ref[BLUEPRINT_REF_MAX + 1];
        size_t size;
        int r;

        blueprint_ref_of(request, ref);
        r = blueprint_text_read(request, ref, &old);
        if (r == -ENOENT)
                return answer_error(request, 404, NULL);
        if (r < 0)
                return r;
        if (match && strcmp(match, old.match) != 0)
                return blueprint_conflict(request, page_blueprint);

        r = blueprint_form_apply(request, old.text, old.size, &text, &size);
        if (r == -EINVAL)
                return answer_failed(
                        request, 422,
                        _("The form can't fix the errors in this file. Edit it as YAML."), NULL,
                        page_blueprint);
        return r < 0 ? r : blueprint_save(request, ref, text, size, old.match, page_blueprint);
}

/* --- a new one ----------------------------------------------------------------------------------
 */

static int show_new(Request *request, sd_json_variant *overlays) {
        _cleanup_json_ sd_json_variant *model = NULL, *form = NULL;
        int r;

        r = blueprint_form_to_model(request, NULL, overlays, &form);
        if (r >= 0)
                r = sd_json_buildo(
                        &model, SD_JSON_BUILD_PAIR_STRING("owner", request->user->name),
                        SD_JSON_BUILD_PAIR_STRING("name", request_typed(request, "name", "")),
                        SD_JSON_BUILD_PAIR_VARIANT("form", form));
        if (r >= 0)
                r = cvars_add_others(request, NULL, NULL, &model);
        return r < 0 ? r : answer_page(request, 200, "blueprint-new", model);
}

int page_blueprint_new(Request *request) {
        return ask_run(request, (const char *[]) { "overlay", "list", "--json", NULL }, show_new);
}

int post_blueprint_new(Request *request) {
        static const char empty[] = "overlays: []\n";
        const char *name = request_field(request, "name");
        _cleanup_free_ char *text = NULL;
        char ref[BLUEPRINT_REF_MAX + 1];
        size_t size;
        int r;

        if (!name || !instance_name_is_valid(name))
                return answer_failed(request, 422, NAME_RULE, NULL, page_blueprint_new);
        (void) snprintf(ref, sizeof(ref), "%s/%s", request->user->name, name);
        r = blueprint_form_apply(request, empty, strlen(empty), &text, &size);
        return r < 0 ? r : blueprint_save(request, ref, text, size, NULL, page_blueprint_new);
}
