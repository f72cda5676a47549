/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The description of an overlay, another name for it, and its end. */

#include <string.h>

#include "app/access.h"
#include "app/answer.h"
#include "app/command.h"
#include "base/name.h"
#include "base/text.h"
#include "pages/overlay-page.h"
#include "pages/pages.h"

/* An empty one goes. l4d2ctl changes this key alone. */
int post_overlay_description(Request *request) {
        const char *ref = request_parameter(request, "ref");
        const char *description = request_field(request, "description");
        char assignment[DEFINITION_DESCRIPTION_MAX + 32], failed[256];
        char location[ROUTE_VALUE_MAX + 32];

        if (!description || strlen(description) > DEFINITION_DESCRIPTION_MAX)
                return answer_failed(request, 422, OVERLAY_DESCRIPTION_RULE, NULL, page_overlay);
        (void) snprintf(assignment, sizeof(assignment), "description=%s", description);
        (void) snprintf(failed, sizeof(failed), _("Failed to describe '%s'."), ref);
        (void) snprintf(location, sizeof(location), "/overlays/%s", ref);
        return action_run(
                request, &(Action) {
                                 .arguments = (const char *[]) { "overlay", "define", ref,
                                                                 assignment, NULL },
                                 .location = location,
                                 .done = _("Saved the description."),
                                 .failed = failed,
                                 .again = page_overlay,
                         });
}

int post_overlay_rename(Request *request) {
        const char *ref = request_parameter(request, "ref"), *name = request_field(request, "name");
        char done[512], failed[512], location[ROUTE_VALUE_MAX + 32];

        if (!name || !ref_is_valid(name) || strlen(name) >= ROUTE_VALUE_MAX)
                return answer_failed(request, 422, OVERLAY_NAME_RULE, NULL, page_overlay);
        if (!access_to_overlay(request, name)) {
                (void) snprintf(
                        failed, sizeof(failed), _("The name has to begin with '%s/'."),
                        request->user->name);
                return answer_failed(request, 422, failed, NULL, page_overlay);
        }
        (void) snprintf(done, sizeof(done), _("'%s' is '%s' now."), ref, name);
        (void) snprintf(failed, sizeof(failed), _("Failed to rename '%s'."), ref);
        (void) snprintf(location, sizeof(location), "/overlays/%s", name);
        return action_run(
                request,
                &(Action) {
                        .arguments = (const char *[]) { "overlay", "rename", ref, name, NULL },
                        .location = location,
                        .done = done,
                        .failed = failed,
                        .again = page_overlay,
                });
}

int post_overlay_delete(Request *request) {
        const char *ref = request_parameter(request, "ref");
        char done[256], failed[256];

        (void) snprintf(done, sizeof(done), _("Deleted '%s'."), ref);
        (void) snprintf(failed, sizeof(failed), _("Failed to delete '%s'."), ref);
        return action_run(
                request, &(Action) {
                                 .arguments = (const char *[]) { "overlay", "delete", ref, NULL },
                                 .location = "/overlays",
                                 .done = done,
                                 .failed = failed,
                                 .again = page_overlay,
                         });
}
