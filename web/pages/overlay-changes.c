/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Changes to the files of an overlay: each form becomes one run of `l4d2ctl overlay apply`. */

#include <string.h>

#include "app/access.h"
#include "app/answer.h"
#include "app/command.h"
#include "app/outcome.h"
#include "base/json.h"
#include "base/text.h"
#include "base/utf8.h"
#include "content/tree-changes.h"
#include "layer/tree-edit.h"
#include "pages/overlay-page.h"
#include "pages/pages.h"

#define PATH_RULE _("A name can't be empty, '.' or '..', and can't have control characters.")

static bool path_is_valid(const char *path) {
        return path && strlen(path) <= TREE_CHANGE_PATH_MAX && utf8_is_printable(path) &&
               tree_path_is_valid(path);
}

int overlay_change(Request *request, sd_json_variant *change, const OverlayChange *what) {
        _cleanup_json_ sd_json_variant *whole = NULL;
        _cleanup_free_ char *text = NULL;
        int r;

        r = sd_json_buildo(
                &whole,
                SD_JSON_BUILD_PAIR("changes", SD_JSON_BUILD_ARRAY(SD_JSON_BUILD_VARIANT(change))));
        if (r >= 0)
                r = sd_json_variant_format(whole, 0, &text);
        if (r < 0)
                return r;
        return action_run(
                request, &(Action) {
                                 .arguments = (const char *[]) { "overlay", "apply",
                                                                 request_parameter(request, "ref"),
                                                                 "-", NULL },
                                 .input = text,
                                 .input_size = strlen(text),
                                 .location = what->location,
                                 .done = what->done,
                                 .failed = what->failed,
                                 .again = what->again,
                         });
}

/* The field path and below it the field's name, as a path; false: it is not one. */
static bool join(const Request *request, const char *name, char ret[static ROUTE_PATH_MAX]) {
        char path[ROUTE_PATH_MAX];

        overlay_path_of(request, path);
        if (!name || strchr(name, '/') ||
            snprintf(ret, ROUTE_PATH_MAX, "%s%s%s", path, path[0] ? "/" : "", name) >=
                    ROUTE_PATH_MAX)
                return false;
        return path_is_valid(ret);
}

/* --- the forms of a directory -------------------------------------------------------------------
 */

int post_overlay_folder(Request *request) {
        const char *ref = request_parameter(request, "ref");
        const char *name = request_field(request, "folder");
        _cleanup_json_ sd_json_variant *change = NULL;
        _cleanup_free_ char *location = NULL;
        char path[ROUTE_PATH_MAX], done[512], failed[512];
        int r;

        if (!join(request, name, path))
                return answer_failed(request, 422, PATH_RULE, NULL, page_overlay);
        (void) snprintf(done, sizeof(done), _("Created the folder '%s'."), name);
        (void) snprintf(failed, sizeof(failed), _("Failed to create the folder '%s'."), name);
        r = overlay_href(ref, "", path, strlen(path), &location);
        if (r >= 0)
                r = sd_json_buildo(
                        &change, SD_JSON_BUILD_PAIR_STRING("do", "mkdir"),
                        SD_JSON_BUILD_PAIR_STRING("path", path),
                        SD_JSON_BUILD_PAIR_STRING("match", ""));
        return r < 0 ? r
                     : overlay_change(
                               request, change,
                               &(OverlayChange) { location, done, failed, page_overlay });
}

/* A name that is typed leads to the page where the file gets its text. */
int post_overlay_file(Request *request) {
        const char *ref = request_parameter(request, "ref");
        _cleanup_free_ char *location = NULL;
        char path[ROUTE_PATH_MAX];
        int r;

        if (!join(request, request_field(request, "file"), path))
                return answer_failed(request, 422, PATH_RULE, NULL, page_overlay);
        r = overlay_href(ref, "/-/file", path, strlen(path), &location);
        return r < 0 ? r : answer_redirect(request, location);
}

/* --- of a file or directory ---------------------------------------------------------------------
 */

/* The page that the form is on. */
static RouteHandler page_of(const Request *request) {
        const char *kind = request_field(request, "kind");

        return kind && strcmp(kind, "file") == 0 ? page_overlay_file : page_overlay;
}

int post_overlay_move(Request *request) {
        const char *ref = request_parameter(request, "ref"), *to = request_field(request, "to");
        _cleanup_json_ sd_json_variant *change = NULL;
        _cleanup_free_ char *location = NULL;
        char path[ROUTE_PATH_MAX], done[2600], failed[1400];
        int r;

        overlay_path_of(request, path);
        if (!path_is_valid(path) || !path_is_valid(to))
                return answer_failed(request, 422, PATH_RULE, NULL, page_of(request));
        (void) snprintf(done, sizeof(done), _("Moved '%s' to '%s'."), path, to);
        (void) snprintf(failed, sizeof(failed), _("Failed to move '%s'."), path);
        r = overlay_parent_href(ref, to, &location);
        if (r >= 0)
                r = sd_json_buildo(
                        &change, SD_JSON_BUILD_PAIR_STRING("do", "move"),
                        SD_JSON_BUILD_PAIR_STRING("path", path),
                        SD_JSON_BUILD_PAIR_STRING("to", to));
        return r < 0 ? r
                     : overlay_change(
                               request, change,
                               &(OverlayChange) { location, done, failed, page_of(request) });
}

int post_overlay_remove(Request *request) {
        const char *ref = request_parameter(request, "ref");
        _cleanup_json_ sd_json_variant *change = NULL;
        _cleanup_free_ char *location = NULL;
        char path[ROUTE_PATH_MAX], done[1400], failed[1400];
        int r;

        overlay_path_of(request, path);
        if (!path_is_valid(path))
                return answer_failed(request, 422, PATH_RULE, NULL, page_overlay);
        (void) snprintf(
                done, sizeof(done), _("Deleted '%s'. The version before still has it."), path);
        (void) snprintf(failed, sizeof(failed), _("Failed to delete '%s'."), path);
        r = overlay_parent_href(ref, path, &location);
        if (r >= 0)
                r = sd_json_buildo(
                        &change, SD_JSON_BUILD_PAIR_STRING("do", "remove"),
                        SD_JSON_BUILD_PAIR_STRING("path", path));
        return r < 0 ? r
                     : overlay_change(
                               request, change,
                               &(OverlayChange) { location, done, failed, page_of(request) });
}

/* --- a list of changes, from a script -----------------------------------------------------------
 */

int post_overlay_apply(Request *request) {
        const char *ref = request_parameter(request, "ref");
        const char *changes = request_field(request, "changes");
        const char *ticket = request_field(request, "ticket");
        _cleanup_free_ char *location = NULL;
        char path[ROUTE_PATH_MAX], done[256], failed[256];
        int r;

        if (!changes)
                return answer_failed(request, 422, _("No changes."), NULL, NULL);
        if (ticket && (!ticket_is_valid(ticket) || !request_is_api(request)))
                return answer_failed(request, 422, _("Invalid ticket."), NULL, NULL);
        overlay_path_of(request, path);
        (void) snprintf(done, sizeof(done), _("Changed '%s'."), ref);
        (void) snprintf(failed, sizeof(failed), _("Failed to change '%s'."), ref);
        r = overlay_href(ref, "", path, strlen(path), &location);
        return r < 0 ? r
                     : action_run(
                               request, &(Action) {
                                                .arguments = (const char *[]) { "overlay", "apply",
                                                                                ref, "-", NULL },
                                                .input = changes,
                                                .input_size = strlen(changes),
                                                .location = location,
                                                .done = done,
                                                .failed = failed,
                                                .again = page_overlay,
                                                .ticket = ticket,
                                        });
}
