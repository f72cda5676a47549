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
#include "app/reading.h"
#include "auth/users.h"
#include "base/array.h"
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

/* A server that the user may see, and since when. */
typedef struct Seen {
        char name[INSTANCE_NAME_MAX + 1];
        uint64_t since;
} Seen;

/* All that is needed to read the trail in a thread. */
typedef struct AuditPage {
        const char *before, *filter, *user; /* what was asked for, or NULL */
        const WebUser *viewer;
        Seen *servers; /* sorted by name; for admins none */
        size_t n_servers;
        uint64_t user_since; /* of overlays and blueprints: earlier holders of this name are others
                              */
        Trail trail;
} AuditPage;

static void audit_page_free(void *data) {
        AuditPage *page = data;

        if (!page)
                return;
        trail_clear(&page->trail);
        free(page->servers);
        free(page);
}

/* --- reading, in a thread ----------------------------------------------------------------------
 */

static int compare_seen(const void *name, const void *seen) {
        return strcmp(name, ((const Seen *) seen)->name);
}

static bool may_see_server(const AuditPage *page, const TrailEntry *entry) {
        const Seen *seen = page->n_servers == 0
                                   ? NULL
                                   : bsearch(entry->instance, page->servers, page->n_servers,
                                             sizeof(*page->servers), compare_seen);

        return seen && entry->time >= seen->since;
}

static bool may_see(const AuditPage *page, const TrailEntry *entry) {
        if (page->viewer->is_admin)
                return true;
        if (entry->target_user)
                return false;
        if (entry->overlay)
                return ref_is_valid(entry->overlay) &&
                       user_may_change_overlay(page->viewer, entry->overlay) &&
                       entry->time >= page->user_since;
        if (!entry->instance)
                return entry->blueprint && ref_is_valid(entry->blueprint) &&
                       user_may_see(page->viewer, entry->blueprint) &&
                       entry->time >= page->user_since;
        return may_see_server(page, entry);
}

static bool is_wanted(const TrailEntry *entry, void *userdata) {
        const AuditPage *page = userdata;

        return may_see(page, entry) && (!page->user || strcmp(page->user, entry->user) == 0);
}

static int read_page(void *data) {
        AuditPage *page = data;
        const TrailQuery query = {
                .before = page->before,
                .instance = page->filter,
                .entries = ENTRIES_OF_PAGE,
                .looked_at = ENTRIES_LOOKED_AT,
                .wants = is_wanted,
                .userdata = page,
        };

        /* The page reports below that the journal can't be read. */
        if (!page->viewer->is_admin &&
            audit_trail_user_since(page->viewer->name, &page->user_since) < 0)
                page->user_since = UINT64_MAX;
        return audit_trail_read(&query, &page->trail);
}

/* --- entries ----------------------------------------------------------------------------------
 */

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
                SD_JSON_BUILD_PAIR_STRING("message", entry->message ? entry->message : ""),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_failure", is_failure(action)));
}

static int entries_to_model(const AuditPage *page, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *entries = NULL;
        uint64_t now = now_realtime();
        int r;

        r = sd_json_variant_new_array(&entries, NULL, 0);
        for (size_t i = 0; i < page->trail.n_items && r >= 0; i++) {
                _cleanup_(sd_json_variant_unrefp) sd_json_variant *row = NULL;

                r = entry_to_json(&page->trail.items[i], now, &row);
                if (r >= 0)
                        r = sd_json_variant_append_array(&entries, row);
        }
        if (r < 0)
                return r;
        *ret = TAKE_PTR(entries);
        return 0;
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
static int older_link(const AuditPage *page, char **ret) {
        const char *instance = page->filter, *user = page->user;

        if (!page->trail.place)
                return 0;
        if (asprintf(
                    ret, "/audit?before=%s%s%s%s%s", page->trail.place,
                    instance ? "&instance=" : "", instance ? instance : "", user ? "&user=" : "",
                    user ? user : "") < 0)
                return -ENOMEM;
        return 0;
}

static int answer(Request *request, const AuditPage *page) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *model = NULL, *instances = NULL,
                                                          *users = NULL, *entries = NULL;
        const char *instance = page->filter ? page->filter : "";
        const char *user = page->user ? page->user : "";
        size_t n = page->trail.n_items;
        _cleanup_free_ char *older = NULL;
        int r;

        r = older_link(page, &older);
        if (r >= 0)
                r = entries_to_model(page, &entries);
        if (r >= 0)
                r = list_instances(request, page->filter, &instances);
        if (r >= 0)
                r = list_users(request, page->user, &users);
        if (r >= 0)
                r = sd_json_buildo(
                        &model, SD_JSON_BUILD_PAIR_VARIANT("entries", entries),
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

static int find_servers(const Request *request, AuditPage *page) {
        Server *server;

        for (size_t i = 0; (server = servers_get(request->web->servers, i)); i++) {
                Seen *items;

                if (!access_to_blueprint(request, server_blueprint(server)))
                        continue;
                items = array_for_one_more(page->servers, page->n_servers, sizeof(*items));
                if (!items)
                        return -ENOMEM;
                page->servers = items;
                items += page->n_servers++;
                (void) snprintf(items->name, sizeof(items->name), "%s", server_name(server));
                items->since = access_since(request, items->name);
        }
        return 0;
}

static int prepare(const Request *request, AuditPage *page) {
        page->before = request_query(request, "before");
        page->viewer = request->user;
        if (!get_name(request, "instance", &page->filter) ||
            !get_name(request, "user", &page->user))
                return -EINVAL;
        return page->viewer->is_admin ? 0 : find_servers(request, page);
}

static int show(Request *request, void *data, int error) {
        const AuditPage *page = data;

        if (error == -EINVAL)
                return answer_error(
                        request, 400, _("This page of the audit log no longer exists."));
        return error < 0 ? reading_answer_error(request, error) : answer(request, page);
}

int page_audit(Request *request) {
        static const Reading reading = { .read = read_page, .show = show, .free = audit_page_free };
        AuditPage *page = calloc(1, sizeof(*page));
        int r;

        if (!page)
                return -ENOMEM;
        r = prepare(request, page);
        if (r >= 0)
                return reading_run(request, &reading, page);
        audit_page_free(page);
        return r == -EINVAL ? answer_error(request, 400, _("Not a valid server or user name.")) : r;
}
