/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * /audit: who did what, newest first, a page at a time. Admins see all; others what was done, by
 * whomever, to the servers that are theirs now, since they are theirs, and to their blueprints and
 * overlays.
 */

#include <errno.h>
#include <string.h>

#include "app/access.h"
#include "app/answer.h"
#include "auth/users.h"
#include "base/text.h"
#include "base/time-text.h"
#include "pages/audit-trail.h"
#include "pages/pages.h"
#include "servers/servers.h"
#include "view/model.h"

enum {
        ENTRIES_OF_PAGE = 100,
        /* So many entries of others are passed over before a page ends early. */
        ENTRIES_LOOKED_AT = 5000,
};

typedef struct Trail {
        Request *request;
        uint64_t now;
        const char *filter, *user; /* what was asked for, or NULL */
        sd_json_variant *entries;
        char *last_cursor;
        /* Entries about one server come in groups: who may see the last one asked for. */
        char instance[INSTANCE_NAME_MAX + 1];
        uint64_t since;      /* … and from when on; UINT64_MAX: nothing of it */
        uint64_t user_since; /* … and blueprints: earlier holders of this name are others */
} Trail;

static void trail_clear(Trail *trail) {
        sd_json_variant_unref(trail->entries);
        free(trail->last_cursor);
}

static bool may_see(Trail *trail, const TrailEntry *entry) {
        if (trail->request->user->is_admin)
                return true;
        if (entry->target_user)
                return false;
        if (entry->overlay)
                return ref_is_valid(entry->overlay) &&
                       access_to_overlay(trail->request, entry->overlay) &&
                       entry->time >= trail->user_since;
        if (!entry->instance)
                return entry->blueprint && ref_is_valid(entry->blueprint) &&
                       access_to_blueprint(trail->request, entry->blueprint) &&
                       entry->time >= trail->user_since;
        if (!instance_name_is_valid(entry->instance))
                return false;
        if (strcmp(trail->instance, entry->instance) != 0) {
                (void) strncpy(trail->instance, entry->instance, INSTANCE_NAME_MAX);
                trail->since = access_since(trail->request, entry->instance);
        }
        return entry->time >= trail->since;
}

/* Returns the object of the action: a server, a blueprint, an overlay or a user. */
static const char *entry_object(const TrailEntry *entry) {
        return entry->instance    ? entry->instance
               : entry->blueprint ? entry->blueprint
               : entry->overlay   ? entry->overlay
                                  : entry->target_user;
}

/* The page of the object, for users who may open it. */
static int entry_link(const TrailEntry *entry, char **ret) {
        int r = 0;

        if (entry->instance && instance_name_is_valid(entry->instance))
                r = asprintf(ret, "/servers/%s", entry->instance);
        else if (entry->blueprint && ref_is_valid(entry->blueprint))
                r = asprintf(ret, "/blueprints/%s", entry->blueprint);
        else if (entry->overlay && ref_is_valid(entry->overlay))
                r = asprintf(ret, "/overlays/%s", entry->overlay);
        return r < 0 ? -ENOMEM : 0;
}

static bool is_failure(const char *action) {
        static const char ending[] = "-failed";
        size_t length = strlen(action), n = sizeof(ending) - 1;

        return length > n && strcmp(action + length - n, ending) == 0;
}

static int entry_to_json(const TrailEntry *entry, uint64_t now, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *time = NULL;
        const char *action = entry->action ? entry->action : "";
        _cleanup_free_ char *href = NULL;
        int r;

        r = model_time(entry->time, now, &time);
        if (r >= 0)
                r = entry_link(entry, &href);
        if (r < 0)
                return r;
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_UNSIGNED("usec", entry->time),
                SD_JSON_BUILD_PAIR_VARIANT("time", time),
                SD_JSON_BUILD_PAIR_STRING("user", entry->user),
                SD_JSON_BUILD_PAIR_STRING("action", action),
                SD_JSON_BUILD_PAIR_STRING("instance", entry->instance),
                SD_JSON_BUILD_PAIR_STRING("object", entry_object(entry)),
                SD_JSON_BUILD_PAIR_STRING("href", href),
                SD_JSON_BUILD_PAIR_STRING("message", entry->message),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_failure", is_failure(action)));
}

static int add_entry(const TrailEntry *entry, void *userdata) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *row = NULL;
        Trail *trail = userdata;
        char *cursor;
        int r;

        cursor = strdup(entry->cursor);
        if (!cursor)
                return -ENOMEM;
        free(trail->last_cursor);
        trail->last_cursor = cursor;
        if (!may_see(trail, entry) || (trail->user && strcmp(trail->user, entry->user) != 0))
                return 0;

        r = entry_to_json(entry, trail->now, &row);
        if (r >= 0)
                r = sd_json_variant_append_array(&trail->entries, row);
        return r < 0 ? r : 1;
}

/* --- the filters ------------------------------------------------------------------------------ */

static int add_choice(sd_json_variant **list, const char *value, const char *selected) {
        return sd_json_variant_append_arraybo(
                list, SD_JSON_BUILD_PAIR_STRING("value", value),
                SD_JSON_BUILD_PAIR_BOOLEAN(
                        "is_selected", selected && strcmp(value, selected) == 0));
}

static int list_instances(Request *request, const char *selected, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *list = NULL;
        const Server *server;
        int r;

        r = sd_json_variant_new_array(&list, NULL, 0);
        for (size_t i = 0; r >= 0 && (server = servers_get(request->web->servers, i)); i++)
                if (access_to_blueprint(request, server_blueprint(server)))
                        r = add_choice(&list, server_name(server), selected);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(list);
        return 0;
}

/* Only admins may choose: others see all actions on their own servers. root acts from a shell. */
static int list_users(Request *request, const char *selected, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *list = NULL;
        _cleanup_(strv_freep) char **names = NULL;
        int r;

        r = sd_json_variant_new_array(&list, NULL, 0);
        if (r >= 0 && request->user->is_admin) {
                r = users_list(request->web->users, &names);
                for (char **name = names; r >= 0 && *name; name++)
                        r = add_choice(&list, *name, selected);
                if (r >= 0)
                        r = add_choice(&list, "root", selected);
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(list);
        return 0;
}

/* A cursor is "s=…;i=…": in a query neither ';' nor a later '=' means anything. */
static int older_link(const Trail *trail, bool more, char **ret) {
        const char *instance = trail->filter, *user = trail->user;

        if (!more || !trail->last_cursor)
                return 0;
        if (asprintf(
                    ret, "/audit?before=%s%s%s%s%s", trail->last_cursor,
                    instance ? "&instance=" : "", instance ? instance : "", user ? "&user=" : "",
                    user ? user : "") < 0)
                return -ENOMEM;
        return 0;
}

static int answer(Request *request, const Trail *trail, bool more) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *model = NULL, *instances = NULL,
                                                          *users = NULL;
        const char *instance = trail->filter ? trail->filter : "";
        const char *user = trail->user ? trail->user : "";
        size_t n = sd_json_variant_elements(trail->entries);
        _cleanup_free_ char *older = NULL;
        int r;

        r = older_link(trail, more, &older);
        if (r >= 0)
                r = list_instances(request, trail->filter, &instances);
        if (r >= 0)
                r = list_users(request, trail->user, &users);
        if (r >= 0)
                r = sd_json_buildo(
                        &model, SD_JSON_BUILD_PAIR_VARIANT("entries", trail->entries),
                        SD_JSON_BUILD_PAIR_BOOLEAN("has_entries", n > 0),
                        SD_JSON_BUILD_PAIR_UNSIGNED("n_entries", n),
                        SD_JSON_BUILD_PAIR_OBJECT(
                                "query", SD_JSON_BUILD_PAIR_STRING("instance", instance),
                                SD_JSON_BUILD_PAIR_STRING("user", user),
                                SD_JSON_BUILD_PAIR_BOOLEAN("is_empty", !*instance && !*user)),
                        SD_JSON_BUILD_PAIR_VARIANT("instances", instances),
                        SD_JSON_BUILD_PAIR_VARIANT("users", users),
                        SD_JSON_BUILD_PAIR_BOOLEAN("can_filter_users", request->user->is_admin),
                        SD_JSON_BUILD_PAIR_STRING("older_href", older));
        return r < 0 ? r : answer_page(request, 200, "audit", model);
}

/* Gets a name from the query; *ret is NULL without one. Returns false for an invalid name. */
static bool get_name(const Request *request, const char *key, const char **ret) {
        const char *value = request_query(request, key);

        *ret = value && value[0] != '\0' ? value : NULL;
        return !*ret || instance_name_is_valid(*ret);
}

int page_audit(Request *request) {
        _cleanup_(trail_clear) Trail trail = { .request = request, .now = now_realtime() };
        TrailQuery query = {
                .before = request_query(request, "before"),
                .entries = ENTRIES_OF_PAGE,
                .looked_at = ENTRIES_LOOKED_AT,
        };
        bool more = false;
        int64_t n;
        int r;

        if (!get_name(request, "instance", &trail.filter) ||
            !get_name(request, "user", &trail.user))
                return answer_error(request, 400, _("Not a valid server or user name."));
        query.instance = trail.filter;

        r = sd_json_variant_new_array(&trail.entries, NULL, 0);
        if (r < 0)
                return r;
        /* The page reports below that the journal can't be read. */
        if (!request->user->is_admin &&
            audit_trail_user_since(request->user->name, &trail.user_since) < 0)
                trail.user_since = UINT64_MAX;
        n = audit_trail_read(&query, add_entry, &trail, &more);
        if (n == -EINVAL)
                return answer_error(
                        request, 400, _("This page of the audit log no longer exists."));
        if (n == -EACCES)
                return answer_error(
                        request, 500,
                        _("Can't read the journal: left4me-web is not in the group systemd-journal."));
        if (n < 0)
                return (int) n;
        return answer(request, &trail, more);
}
