/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The versions of an overlay, and going back to one. */

#include <string.h>

#include "app/access.h"
#include "app/answer.h"
#include "app/command.h"
#include "app/query.h"
#include "base/json.h"
#include "base/name.h"
#include "base/text.h"
#include "pages/overlay-page.h"
#include "pages/pages.h"
#include "pages/version-model.h"

static int add_version(sd_json_variant *found, sd_json_variant **list) {
        _cleanup_json_ sd_json_variant *object = NULL;
        int r = version_to_model(found, &object);

        return r < 0 ? r : sd_json_variant_append_array(list, object);
}

static int show(Request *request, sd_json_variant *found) {
        const char *ref = request_parameter(request, "ref");
        _cleanup_json_ sd_json_variant *model = NULL, *list = NULL;
        size_t n = sd_json_variant_elements(found);
        char href[ROUTE_VALUE_MAX + 32];
        int r;

        request_set_title(request, _("Versions of %s"), ref);
        (void) snprintf(href, sizeof(href), "/overlays/%s", ref);
        r = sd_json_variant_new_array(&list, NULL, 0);
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = add_version(sd_json_variant_by_index(found, i), &list);
        if (r >= 0)
                r = sd_json_buildo(
                        &model, SD_JSON_BUILD_PAIR_STRING("ref", ref),
                        SD_JSON_BUILD_PAIR_STRING("href", href),
                        SD_JSON_BUILD_PAIR_BOOLEAN("can_change", access_to_overlay(request, ref)),
                        SD_JSON_BUILD_PAIR_VARIANT("versions", list),
                        SD_JSON_BUILD_PAIR_BOOLEAN("has_versions", n > 0));
        if (r >= 0)
                r = version_add_outdated(request, ref, NULL, &model);
        return r < 0 ? r : answer_page(request, 200, "overlay-versions", model);
}

int page_overlay_versions(Request *request) {
        return ask_run(
                request,
                (const char *[]) { "overlay", "versions", request_parameter(request, "ref"),
                                   "--json", NULL },
                show);
}

int post_overlay_rollback(Request *request) {
        const char *ref = request_parameter(request, "ref");
        const char *version = request_field(request, "version");
        char done[512], failed[256], location[ROUTE_VALUE_MAX + 32];

        /* Its name is a directory's, like a part of a ref; '-' would be an option. */
        if (!version || !ref_is_valid(version) || strchr(version, '/'))
                return answer_failed(
                        request, 422, _("No version was chosen."), NULL, page_overlay_versions);
        (void) snprintf(
                done, sizeof(done),
                _("'%s' is at version %s again. A server gets it when it starts."), ref, version);
        (void) snprintf(failed, sizeof(failed), _("Failed to roll '%s' back."), ref);
        (void) snprintf(location, sizeof(location), "/overlays/%s/-/versions", ref);
        return action_run(
                request,
                &(Action) {
                        .arguments = (const char *[]) { "overlay", "rollback", ref, version, NULL },
                        .location = location,
                        .done = done,
                        .failed = failed,
                        .again = page_overlay_versions,
                });
}
