/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One overlay, and what lies in a directory of it. */

#include <string.h>

#include "app/access.h"
#include "app/answer.h"
#include "app/query.h"
#include "base/json.h"
#include "base/time-text.h"
#include "pages/overlay-page.h"
#include "pages/pages.h"
#include "view/model.h"

/* --- what lies in it -------------------------------------------------------------------------- */

static int entry_href(
        const char *ref, const char *page, const char *path, const char *name, char **ret) {
        _cleanup_free_ char *below = NULL;

        if (asprintf(&below, "%s%s%s", path, path[0] ? "/" : "", name) < 0)
                return -ENOMEM;
        return overlay_href(ref, page, below, strlen(below), ret);
}

static int add_entry(
        const char *ref, const char *path, bool can_change, sd_json_variant *found,
        sd_json_variant **list) {
        const char *name = json_text(found, "name"), *type = json_text(found, "type");
        uint64_t changed = json_number(found, "changed_usec", 0);
        _cleanup_json_ sd_json_variant *object = NULL, *size = NULL, *time = NULL;
        _cleanup_free_ char *href = NULL;
        bool is_directory, is_file;
        int r;

        if (!name || !type)
                return -EIO;
        /* A directory whose name can't be asked for is shown as what can't be opened. */
        is_directory = strcmp(type, "directory") == 0 && json_is_true(found, "is_plain");
        is_file = strcmp(type, "file") == 0;
        r = is_directory || (is_file && can_change && json_is_true(found, "is_plain"))
                    ? entry_href(ref, is_file ? "/-/file" : "", path, name, &href)
                    : 0;
        if (r >= 0)
                r = model_size(json_number(found, "size_bytes", UINT64_MAX), &size);
        if (r >= 0)
                r = model_time(changed, now_realtime(), &time);
        if (r >= 0)
                r = sd_json_buildo(
                        &object, SD_JSON_BUILD_PAIR_STRING("name", name),
                        SD_JSON_BUILD_PAIR_STRING("href", href),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_directory", is_directory),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_file", is_file),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_other", !is_directory && !is_file),
                        SD_JSON_BUILD_PAIR_STRING("size_text", json_text(size, "text")),
                        SD_JSON_BUILD_PAIR_VARIANT("changed", time));
        return r < 0 ? r : sd_json_variant_append_array(list, object);
}

static int entries_to_model(
        const char *ref, const char *path, bool can_change, sd_json_variant *found,
        sd_json_variant **ret) {
        sd_json_variant *entries = json_list(found, "entries");
        _cleanup_json_ sd_json_variant *list = NULL;
        int r;

        r = sd_json_variant_new_array(&list, NULL, 0);
        for (size_t i = 0; r >= 0 && i < sd_json_variant_elements(entries); i++)
                r = add_entry(ref, path, can_change, sd_json_variant_by_index(entries, i), &list);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(list);
        return 0;
}

/* --- the page --------------------------------------------------------------------------------- */

/* found: {overlay, entries, n_hidden, is_cut}. job: its newest; is_known: it is, or there is none.
 */
static int show(Request *request, sd_json_variant *found, sd_json_variant *job, bool is_known) {
        const char *ref = request_parameter(request, "ref");
        _cleanup_json_ sd_json_variant *model = NULL, *overlay = NULL, *crumbs = NULL,
                                       *entries = NULL;
        _cleanup_free_ char *parent = NULL, *directory = NULL, *zip = NULL;
        uint64_t n_hidden = json_number(found, "n_hidden", 0);
        bool is_truncated = n_hidden > 0;
        char path[ROUTE_PATH_MAX];
        int r;

        overlay_path_of(request, path);
        request_set_title(request, "%s", ref);
        r = overlay_to_model(request, sd_json_variant_by_key(found, "overlay"), &overlay);
        if (r >= 0)
                r = overlay_add_build(job, is_known, &overlay);
        if (r >= 0)
                r = overlay_href(ref, "/-/zip", path, strlen(path), &zip);
        if (r >= 0)
                r = overlay_crumbs(ref, path, &crumbs);
        if (r >= 0)
                r = entries_to_model(ref, path, access_to_overlay(request, ref), found, &entries);
        if (r >= 0)
                r = path[0] ? overlay_parent_href(ref, path, &parent) : 0;
        if (r < 0)
                return r;
        if (asprintf(
                    &directory, "%s/%s%s%s", request->web->paths->overlays_dir, ref,
                    path[0] ? "/" : "", path) < 0)
                return -ENOMEM;
        r = sd_json_buildo(
                &model, SD_JSON_BUILD_PAIR_VARIANT("overlay", overlay),
                SD_JSON_BUILD_PAIR_STRING("new_name", request_typed(request, "name", ref)),
                SD_JSON_BUILD_PAIR_STRING(
                        "new_description",
                        request_typed(request, "description", json_text(overlay, "description"))),
                SD_JSON_BUILD_PAIR_STRING("path", path),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_top", path[0] == '\0'),
                SD_JSON_BUILD_PAIR_STRING("new_path", request_typed(request, "to", path)),
                SD_JSON_BUILD_PAIR_STRING("folder", request_typed(request, "folder", NULL)),
                SD_JSON_BUILD_PAIR_STRING("zip_href", zip),
                SD_JSON_BUILD_PAIR_STRING("directory", directory),
                SD_JSON_BUILD_PAIR_VARIANT("crumbs", crumbs),
                SD_JSON_BUILD_PAIR_STRING("parent_href", parent),
                SD_JSON_BUILD_PAIR_VARIANT("entries", entries),
                SD_JSON_BUILD_PAIR_BOOLEAN("has_entries", sd_json_variant_elements(entries) > 0),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_truncated", is_truncated),
                /* Without hidden entries only the game's were cut, which the page does not show. */
                SD_JSON_BUILD_PAIR_BOOLEAN("is_cut", is_truncated && json_is_true(found, "is_cut")),
                SD_JSON_BUILD_PAIR_UNSIGNED("n_hidden", is_truncated ? n_hidden : 0),
                SD_JSON_BUILD_PAIR_UNSIGNED("n_shown", sd_json_variant_elements(entries)));
        if (r >= 0)
                r = overlay_add_job(job, &model);
        return r < 0 ? r : answer_page(request, 200, "overlay", model);
}

/* How it ended, and when, is for everyone who sees the overlay; its log and its user are not. */
static int show_others(Request *request, sd_json_variant *found, sd_json_variant *newest) {
        sd_json_variant *jobs = json_list(newest, "jobs");

        return show(
                request, found, overlay_find_job(jobs, request_parameter(request, "ref")),
                json_is_true(newest, "is_complete"));
}

static int ask_newest(Request *request, sd_json_variant *found) {
        const char *ref = request_parameter(request, "ref");

        return ask_more(
                request, (const char *[]) { "job", "newest", "--json", "--", ref, NULL },
                ASK_DEADLINE, found, show_others);
}

/* Without an answer there may be no job, or it could not be looked up. */
static int show_own(Request *request, sd_json_variant *found, sd_json_variant *job) {
        return job ? show(request, found, job, true) : ask_newest(request, found);
}

static int ask_job(Request *request, sd_json_variant *found) {
        const char *ref = request_parameter(request, "ref");
        char job[ROUTE_VALUE_MAX + 2];

        if (!access_to_overlay(request, ref))
                return ask_newest(request, found);
        (void) snprintf(job, sizeof(job), "@%s", ref);
        return ask_more(
                request, (const char *[]) { "job", "show", job, "--json", "--lines=20", NULL },
                ASK_DEADLINE, found, show_own);
}

int page_overlay(Request *request) {
        char path[ROUTE_PATH_MAX], argument[ROUTE_PATH_MAX + 2];

        overlay_path_of(request, path);
        /* "./" keeps a name that begins with '-' from being an option. */
        (void) snprintf(argument, sizeof(argument), "./%s", path);
        return ask_run(
                request,
                (const char *[]) { "overlay", "tree", request_parameter(request, "ref"), argument,
                                   "--json", NULL },
                ask_job);
}
