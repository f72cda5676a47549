/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Builds of an overlay: jobs that are units. */

#include <string.h>

#include "app/answer.h"
#include "app/command.h"
#include "base/json.h"
#include "base/text.h"
#include "content/job-record.h"
#include "pages/overlay-page.h"
#include "pages/pages.h"

/* The option for what servers that use it do then; an unknown word, as none, changes nothing. */
static const char *then_option(const Request *request) {
        const char *then = request_field(request, "then");

        if (then && strcmp(then, "now") == 0)
                return "--then-restart=now";
        if (then && strcmp(then, "when-empty") == 0)
                return "--then-restart=when-empty";
        return "--then-restart=never";
}

/* From {id, unit}. */
static char *locate_job(const ChildResult *result) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *found = NULL;
        char *location = NULL;
        const char *id;

        if (sd_json_parse(result->output, 0, &found, NULL, NULL) < 0)
                return NULL;
        id = json_text(found, "id");
        if (!id || !job_handle_is_valid(id) || asprintf(&location, "/jobs/%s", id) < 0)
                return NULL;
        return location;
}

int overlay_start_build(Request *request, const OverlayBuild *build) {
        const char *ref = request_parameter(request, "ref");
        char location[ROUTE_VALUE_MAX + 32];

        (void) snprintf(location, sizeof(location), "/jobs?overlay=%s", ref);
        return action_run(
                request, &(Action) {
                                 .arguments =
                                         (const char *[]) {
                                                 "overlay", "build", ref, "--no-wait", "--json",
                                                 build->then ? build->then : "--then-restart=never",
                                                 build->is_empty ? "--empty" : NULL, NULL },
                                 .location = location,
                                 .done = build->done,
                                 .failed = build->failed,
                                 .locate = locate_job,
                                 .again = page_overlay_source,
                         });
}

int post_overlay_build(Request *request) {
        const char *ref = request_parameter(request, "ref");
        const char *empty = request_field(request, "empty");
        char done[256], failed[256];

        (void) snprintf(done, sizeof(done), _("Started to build '%s'."), ref);
        (void) snprintf(failed, sizeof(failed), _("Failed to build '%s'."), ref);
        return overlay_start_build(
                request, &(OverlayBuild) {
                                 .is_empty = empty && strcmp(empty, "yes") == 0,
                                 .then = then_option(request),
                                 .done = done,
                                 .failed = failed,
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
