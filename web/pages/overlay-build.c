/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Builds of an overlay: jobs that are units. */

#include <string.h>

#include "app/answer.h"
#include "app/command.h"
#include "base/text.h"
#include "pages/overlay-page.h"
#include "pages/pages.h"

int post_overlay_build(Request *request) {
        const char *ref = request_parameter(request, "ref");
        const char *empty = request_field(request, "empty");
        bool is_empty = empty && strcmp(empty, "yes") == 0;
        char done[256], failed[256], location[ROUTE_VALUE_MAX + 32];

        (void) snprintf(done, sizeof(done), _("Started to build '%s'."), ref);
        (void) snprintf(failed, sizeof(failed), _("Failed to build '%s'."), ref);
        (void) snprintf(location, sizeof(location), "/jobs?overlay=%s", ref);
        return action_run(
                request,
                &(Action) {
                        .arguments = (const char *[]) { "overlay", "build", ref, "--no-wait",
                                                        is_empty ? "--empty" : NULL, NULL },
                        .location = location,
                        .done = done,
                        .failed = failed,
                        .again = page_overlay_source,
                });
}

/* l4d2ctl decides whether the upload is the user's. */
int post_overlay_unpack(Request *request) {
        const char *ref = request_parameter(request, "ref");
        const char *upload = request_field(request, "upload");
        char path[ROUTE_PATH_MAX], done[256], failed[256], location[ROUTE_VALUE_MAX + 32];

        if (!upload || upload[0] == '\0')
                return answer_failed(request, 422, _("No upload."), NULL, NULL);
        overlay_path_of(request, path);
        (void) snprintf(done, sizeof(done), _("Started to unpack into '%s'."), ref);
        (void) snprintf(failed, sizeof(failed), _("Failed to unpack into '%s'."), ref);
        (void) snprintf(location, sizeof(location), "/jobs?overlay=%s", ref);
        return action_run(
                request,
                &(Action) {
                        .arguments = (const char *[]) { "overlay", "unpack", "--no-wait", "--", ref,
                                                        upload, path[0] ? path : ".", NULL },
                        .location = location,
                        .done = done,
                        .failed = failed,
                        .again = page_overlay,
                });
}
