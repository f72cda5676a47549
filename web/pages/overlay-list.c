/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * All overlays, with the facts from `l4d2ctl overlay`. Every user may see all of them, but only
 * their own servers and blueprints among the ones that use an overlay.
 */

#include <string.h>

#include "app/access.h"
#include "app/answer.h"
#include "app/query.h"
#include "base/json.h"
#include "base/name.h"
#include "base/time-text.h"
#include "pages/overlay-page.h"
#include "pages/pages.h"
#include "servers/servers.h"
#include "view/model.h"

/* --- who uses it ------------------------------------------------------------------------------ */

static int add_server(Request *request, const char *name, sd_json_variant **list) {
        Server *server = servers_find(request->web->servers, name);
        _cleanup_json_ sd_json_variant *object = NULL;
        int r;

        if (!server || !access_to_blueprint(request, server_blueprint(server)))
                return 0;
        r = server_to_short_model(server, &object);
        return r < 0 ? r : sd_json_variant_append_array(list, object);
}

static int add_blueprint(Request *request, const char *ref, sd_json_variant **list) {
        _cleanup_free_ char *href = NULL;
        _cleanup_json_ sd_json_variant *object = NULL;
        int r;

        if (!access_to_blueprint(request, ref))
                return 0;
        if (asprintf(&href, "/blueprints/%s", ref) < 0)
                return -ENOMEM;
        r = sd_json_buildo(
                &object, SD_JSON_BUILD_PAIR_STRING("ref", ref),
                SD_JSON_BUILD_PAIR_STRING("href", href));
        return r < 0 ? r : sd_json_variant_append_array(list, object);
}

/* Adds {key, n_key}: those of the names that the user may see. */
static int add_users(
        Request *request, sd_json_variant *names, const char *key, const char *count,
        int (*add)(Request *, const char *, sd_json_variant **), sd_json_variant **object) {
        _cleanup_json_ sd_json_variant *list = NULL;
        int r;

        r = sd_json_variant_new_array(&list, NULL, 0);
        for (size_t i = 0; r >= 0 && i < sd_json_variant_elements(names); i++) {
                const char *name = sd_json_variant_string(sd_json_variant_by_index(names, i));

                if (name)
                        r = add(request, name, &list);
        }
        if (r >= 0)
                r = sd_json_variant_set_field(object, key, list);
        return r < 0 ? r
                     : sd_json_variant_set_field_unsigned(
                               object, count, sd_json_variant_elements(list));
}

/* --- one -------------------------------------------------------------------------------------- */

static int add_change(sd_json_variant *found, sd_json_variant **object) {
        uint64_t usec = json_number(found, "changed_usec", 0);
        _cleanup_json_ sd_json_variant *time = NULL;
        int r;

        r = model_time(usec, now_realtime(), &time);
        if (r >= 0)
                r = sd_json_variant_set_field(object, "changed", time);
        if (r < 0)
                return r;
        return usec == 0 ? sd_json_variant_set_fieldb(object, "changed_usec", SD_JSON_BUILD_NULL)
                         : sd_json_variant_set_field_unsigned(object, "changed_usec", usec);
}

static int add_size(sd_json_variant *found, sd_json_variant **object) {
        uint64_t bytes = json_number(found, "size_bytes", UINT64_MAX),
                 files = json_number(found, "n_files", UINT64_MAX),
                 saved = json_number(found, "saved_bytes", UINT64_MAX);
        _cleanup_json_ sd_json_variant *size = NULL, *saved_size = NULL;
        bool missing = bytes == UINT64_MAX;
        int r;

        r = model_size(bytes, &size);
        if (r >= 0)
                r = sd_json_variant_set_fieldb(
                        object, "size_text", SD_JSON_BUILD_STRING(json_text(size, "text")));
        if (r >= 0)
                r = model_size(saved == 0 ? UINT64_MAX : saved, &saved_size);
        if (r >= 0)
                r = sd_json_variant_set_fieldb(
                        object, "saved_text", SD_JSON_BUILD_STRING(json_text(saved_size, "text")));
        if (r < 0)
                return r;
        if (missing) {
                r = sd_json_variant_set_fieldb(object, "size_bytes", SD_JSON_BUILD_NULL);
                return r < 0 ? r
                             : sd_json_variant_set_fieldb(object, "n_files", SD_JSON_BUILD_NULL);
        }
        r = sd_json_variant_set_field_unsigned(object, "size_bytes", bytes);
        return r < 0 ? r : sd_json_variant_set_field_unsigned(object, "n_files", files);
}

/* NULL for a directory without versions. */
static const char *version_number(sd_json_variant *found) {
        const char *version = json_text(found, "version"), *slash;

        slash = version ? strchr(version, '/') : NULL;
        return slash ? slash + 1 : NULL;
}

/* It has no version yet, which is not a problem until something uses it. */
static bool is_new(sd_json_variant *found) {
        return json_is_true(found, "is_new");
}

int overlay_to_model(Request *request, sd_json_variant *found, sd_json_variant **ret) {
        _cleanup_json_ sd_json_variant *object = NULL;
        const char *ref = json_text(found, "ref");
        sd_json_variant *servers = json_list(found, "servers");
        sd_json_variant *blueprints = json_list(found, "blueprints");
        const char *kind = json_text(found, "kind");
        _cleanup_free_ char *href = NULL;
        bool can_change;
        int r;

        if (!ref)
                return -EIO;
        can_change = access_to_overlay(request, ref);
        if (asprintf(&href, "/overlays/%s", ref) < 0)
                return -ENOMEM;
        /* Used or not is told also of what the user may not see. */
        r = sd_json_buildo(
                &object, SD_JSON_BUILD_PAIR_STRING("ref", ref),
                SD_JSON_BUILD_PAIR_STRING("href", href), SD_JSON_BUILD_PAIR_STRING("kind", kind),
                SD_JSON_BUILD_PAIR_STRING("description", json_text(found, "description")),
                SD_JSON_BUILD_PAIR_STRING("version", version_number(found)),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_missing", json_is_true(found, "is_missing")),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_new", is_new(found)),
                SD_JSON_BUILD_PAIR_STRING(
                        "problem", is_new(found) ? NULL : json_text(found, "error")),
                SD_JSON_BUILD_PAIR_BOOLEAN("can_change", can_change),
                SD_JSON_BUILD_PAIR_BOOLEAN(
                        "can_build", can_change && kind && strcmp(kind, "files") != 0),
                SD_JSON_BUILD_PAIR_BOOLEAN(
                        "is_used", sd_json_variant_elements(servers) > 0 ||
                                           sd_json_variant_elements(blueprints) > 0));
        if (r >= 0)
                r = add_size(found, &object);
        if (r >= 0)
                r = add_change(found, &object);
        if (r >= 0)
                r = add_users(request, servers, "servers", "n_servers", add_server, &object);
        if (r >= 0)
                r = add_users(
                        request, blueprints, "blueprints", "n_blueprints", add_blueprint, &object);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(object);
        return 0;
}

/* --- all -------------------------------------------------------------------------------------- */

/* jobs: the newest of each overlay; one without a job is shown by what lies there. */
static int show(Request *request, sd_json_variant *found, sd_json_variant *jobs) {
        _cleanup_json_ sd_json_variant *model = NULL, *list = NULL, *total = NULL;
        size_t n = sd_json_variant_elements(found);
        uint64_t bytes = 0;
        int r;

        r = sd_json_variant_new_array(&list, NULL, 0);
        for (size_t i = 0; r >= 0 && i < n; i++) {
                sd_json_variant *one = sd_json_variant_by_index(found, i);
                _cleanup_json_ sd_json_variant *object = NULL;

                bytes += json_number(one, "size_bytes", 0);
                r = overlay_to_model(request, one, &object);
                if (r >= 0)
                        r = overlay_add_build(
                                overlay_find_job(json_list(jobs, "jobs"), json_text(one, "ref")),
                                json_is_true(jobs, "is_complete"), &object);
                if (r >= 0)
                        r = sd_json_variant_append_array(&list, object);
        }
        if (r >= 0)
                r = model_size(bytes, &total);
        if (r >= 0)
                r = sd_json_buildo(
                        &model, SD_JSON_BUILD_PAIR_VARIANT("overlays", list),
                        SD_JSON_BUILD_PAIR_BOOLEAN("has_overlays", n > 0),
                        SD_JSON_BUILD_PAIR_UNSIGNED("n_overlays", n),
                        SD_JSON_BUILD_PAIR_STRING("total_text", json_text(total, "text")),
                        SD_JSON_BUILD_PAIR_STRING("directory", request->web->paths->overlays_dir));
        return r < 0 ? r : answer_page(request, 200, "overlays", model);
}

/* One run for all overlays. */
static int ask_jobs(Request *request, sd_json_variant *found) {
        return ask_more(
                request, (const char *[]) { "job", "newest", "--json", NULL }, ASK_DEADLINE, found,
                show);
}

int page_overlays(Request *request) {
        return ask_run(request, (const char *[]) { "overlay", "list", "--json", NULL }, ask_jobs);
}
