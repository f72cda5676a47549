/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A new overlay: a name, below the user's own unless the user is an admin. */

#include <string.h>

#include "app/access.h"
#include "app/answer.h"
#include "app/command.h"
#include "base/name.h"
#include "base/text.h"
#include "pages/overlay-page.h"
#include "pages/pages.h"

/* The beginning of the names of a user's overlays; "": the user is an admin. */
static void own_prefix(const Request *request, char ret[static INSTANCE_NAME_MAX + 2]) {
        ret[0] = '\0';
        if (!request->user->is_admin)
                (void) snprintf(ret, INSTANCE_NAME_MAX + 2, "%.32s/", request->user->name);
}

int page_overlay_new(Request *request) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *model = NULL;
        char prefix[INSTANCE_NAME_MAX + 2];
        int r;

        own_prefix(request, prefix);
        r = sd_json_buildo(
                &model, SD_JSON_BUILD_PAIR_STRING("name", request_typed(request, "name", "")),
                SD_JSON_BUILD_PAIR_STRING("description", request_typed(request, "description", "")),
                SD_JSON_BUILD_PAIR_STRING("prefix", prefix[0] ? prefix : NULL));
        return r < 0 ? r : answer_page(request, 200, "overlay-new", model);
}

int post_overlay_new(Request *request) {
        const char *name = request_field(request, "name");
        char prefix[INSTANCE_NAME_MAX + 2], ref[ROUTE_VALUE_MAX];
        const char *description = request_field(request, "description");
        char done[256], failed[256], location[ROUTE_VALUE_MAX + 32];
        char option[DEFINITION_DESCRIPTION_MAX + 32];

        own_prefix(request, prefix);
        if (description && strlen(description) > DEFINITION_DESCRIPTION_MAX)
                return answer_failed(
                        request, 422, OVERLAY_DESCRIPTION_RULE, NULL, page_overlay_new);
        (void) snprintf(option, sizeof(option), "--description=%s", description ? description : "");
        if (!name || snprintf(ref, sizeof(ref), "%s%s", prefix, name) >= (int) sizeof(ref) ||
            !ref_is_valid(ref))
                return answer_failed(request, 422, OVERLAY_NAME_RULE, NULL, page_overlay_new);
        (void) snprintf(done, sizeof(done), _("Created '%s'."), ref);
        (void) snprintf(failed, sizeof(failed), _("Failed to create '%s'."), ref);
        (void) snprintf(location, sizeof(location), "/overlays/%s", ref);
        return action_run(
                request,
                &(Action) {
                        .arguments = (const char *[]) { "overlay", "create", ref, option, NULL },
                        .location = location,
                        .done = done,
                        .failed = failed,
                        .again = page_overlay_new,
                });
}
