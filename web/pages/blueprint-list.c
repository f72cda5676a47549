/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The list of blueprints, and what is done to one as a whole: copy, delete. */

#include <string.h>

#include "app/answer.h"
#include "app/command.h"
#include "auth/users.h"
#include "base/json.h"
#include "base/text.h"
#include "pages/blueprint-page.h"
#include "pages/blueprints.h"
#include "pages/pages.h"

static int append(
        const Request *request, const StateDir *directory, const char *ref,
        sd_json_variant **list) {
        _cleanup_(spec_errors_clear) SpecErrors errors = {};
        _cleanup_(blueprint_freep) Blueprint *blueprint = NULL;
        _cleanup_json_ sd_json_variant *object = NULL;
        int r;

        r = blueprint_load(directory, ref, &errors, &blueprint);
        if (r == -ENOENT)
                return 0;
        if (r < 0 && r != -EINVAL)
                return r;
        r = blueprint_to_model(request, ref, blueprint, &object);
        return r < 0 ? r : sd_json_variant_append_array(list, object);
}

int page_blueprints(Request *request) {
        _cleanup_(state_dir_close) StateDir directory = STATE_DIR_INIT;
        _cleanup_json_ sd_json_variant *model = NULL, *list = NULL;
        _cleanup_(strv_freep) char **refs = NULL;
        size_t n;
        int r;

        r = blueprints_list(request, &refs);
        if (r >= 0 && refs[0])
                r = blueprints_open(request, &directory);
        if (r >= 0)
                r = sd_json_variant_new_array(&list, NULL, 0);
        for (char **ref = refs; r >= 0 && *ref; ref++)
                r = append(request, &directory, *ref, &list);
        if (r < 0)
                return r;

        n = sd_json_variant_elements(list);
        r = sd_json_buildo(
                &model, SD_JSON_BUILD_PAIR_VARIANT("blueprints", list),
                SD_JSON_BUILD_PAIR_BOOLEAN("has_blueprints", n > 0),
                SD_JSON_BUILD_PAIR_UNSIGNED("n_blueprints", n));
        return r < 0 ? r : answer_page(request, 200, "blueprints", model);
}

int post_blueprint_clone(Request *request) {
        const char *name = request_field(request, "name");
        char ref[BLUEPRINT_REF_MAX + 1], copy[BLUEPRINT_REF_MAX + 1];
        char done[256], failed[256], location[BLUEPRINT_REF_MAX + 32];

        if (!name || !instance_name_is_valid(name))
                return answer_failed(request, 422, NAME_RULE, NULL, page_blueprint);
        /* A copy is the copier's own, whose ever the first one is. */
        blueprint_ref_of(request, ref);
        (void) snprintf(copy, sizeof(copy), "%s/%s", request->user->name, name);
        (void) snprintf(done, sizeof(done), _("Copied '%s' to '%s'."), ref, copy);
        (void) snprintf(failed, sizeof(failed), _("Failed to copy '%s'."), ref);
        (void) snprintf(location, sizeof(location), "/blueprints/%s", copy);
        return action_run(
                request,
                &(Action) {
                        .arguments = (const char *[]) { "blueprint", "clone", ref, copy, NULL },
                        .location = location,
                        .done = done,
                        .failed = failed,
                        .again = page_blueprint,
                });
}

int post_blueprint_delete(Request *request) {
        char ref[BLUEPRINT_REF_MAX + 1], done[256], failed[256];

        blueprint_ref_of(request, ref);
        (void) snprintf(done, sizeof(done), _("Deleted '%s'."), ref);
        (void) snprintf(failed, sizeof(failed), _("Failed to delete '%s'."), ref);
        return action_run(
                request, &(Action) {
                                 .arguments = (const char *[]) { "blueprint", "delete", ref, NULL },
                                 .location = "/blueprints",
                                 .done = done,
                                 .failed = failed,
                                 .again = page_blueprints,
                         });
}
