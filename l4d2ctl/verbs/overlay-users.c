/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/log.h"
#include "base/name.h"
#include "base/strv.h"
#include "layer/tree-record.h"
#include "specs/references.h"
#include "verbs/overlays.h"

typedef struct OverlayUse {
        char *ref;
        char *user; /* a server's name, or "owner/name" of a blueprint */
        bool by_blueprint;
} OverlayUse;

struct OverlayUsers {
        OverlayUse *items;
        size_t n_items;
};

OverlayUsers *overlay_users_free(OverlayUsers *users) {
        if (!users)
                return NULL;
        for (size_t i = 0; i < users->n_items; i++) {
                free(users->items[i].ref);
                free(users->items[i].user);
        }
        free(users->items);
        free(users);
        return NULL;
}

static int add_use(OverlayUsers *users, const char *ref, const char *user, bool by_blueprint) {
        OverlayUse *items = reallocarray(users->items, users->n_items + 1, sizeof(*items));
        OverlayUse *use;

        if (!items)
                return -ENOMEM;
        users->items = items;
        use = &items[users->n_items++];
        *use = (OverlayUse) { .ref = strdup(ref),
                              .user = strdup(user),
                              .by_blueprint = by_blueprint };
        return use->ref && use->user ? 0 : -ENOMEM;
}

static int add_uses(OverlayUsers *users, char *const *refs, const char *user, bool by_blueprint) {
        int r = 0;

        for (; refs && *refs && r >= 0; refs++)
                if (ref_is_valid(*refs))
                        r = add_use(users, *refs, user, by_blueprint);
        return r;
}

/* A server uses what its blueprint names, if it has one. */
static int add_all(const Usage *usage, OverlayUsers *users) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < usage->n_servers; i++)
                r = add_uses(
                        users, usage_overlays(usage, &usage->servers[i]), usage->servers[i].name,
                        false);
        for (size_t i = 0; r >= 0 && i < usage->n_blueprints; i++)
                r = add_uses(users, usage->blueprints[i].overlays, usage->blueprints[i].name, true);
        return r;
}

int overlay_users_load(Ctl *ctl, OverlayUsers **ret) {
        _cleanup_(overlay_users_freep) OverlayUsers *users = calloc(1, sizeof(*users));
        _cleanup_(usage_clear) Usage usage = {};
        int r;

        r = usage_load(ctl, &usage);
        if (r != CTL_OK)
                return r;
        r = users ? add_all(&usage, users) : -ENOMEM;
        if (r < 0) {
                (void) log_error_errno(r, "Failed to see who uses which overlay");
                return CTL_FAILURE;
        }

        *ret = TAKE_PTR(users);
        return CTL_OK;
}

size_t overlay_users_count(const OverlayUsers *users, const char *ref) {
        size_t n = 0;

        for (size_t i = 0; i < users->n_items; i++)
                n += strcmp(users->items[i].ref, ref) == 0;
        return n;
}

char **overlay_users_servers(const OverlayUsers *users, const char *ref) {
        char **names = calloc(users->n_items + 1, sizeof(*names));
        size_t n = 0;

        for (size_t i = 0; names && i < users->n_items; i++)
                if (!users->items[i].by_blueprint && strcmp(users->items[i].ref, ref) == 0)
                        names[n++] = users->items[i].user;
        return names;
}

bool overlay_users_any_around(const OverlayUsers *users, const char *ref) {
        for (size_t i = 0; i < users->n_items; i++)
                if (layer_concerns(users->items[i].ref, ref, LAYER_IN_PATH))
                        return true;
        return false;
}

static bool may_see(const Ctl *ctl, const OverlayUse *use) {
        const char *user = ctl->options.as_user;
        size_t length = user ? strlen(user) : 0;

        return !ctl->is_limited ||
               (user && use->by_blueprint && strncmp(use->user, user, length) == 0 &&
                use->user[length] == '/');
}

void overlay_users_log_around(const Ctl *ctl, const OverlayUsers *users, const char *ref) {
        bool is_any_hidden = false;

        for (size_t i = 0; i < users->n_items; i++) {
                const OverlayUse *use = &users->items[i];

                if (!layer_concerns(use->ref, ref, LAYER_IN_PATH))
                        continue;
                if (!may_see(ctl, use))
                        is_any_hidden = true;
                else if (use->by_blueprint)
                        log_notice("The blueprint '%s' names it", use->user);
                else
                        log_notice("The server '%s' uses it", use->user);
        }
        if (is_any_hidden)
                log_notice("Servers or blueprints that you may not see use it");
}

static int collect(
        const OverlayUsers *users, const char *ref, bool by_blueprint, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *array = NULL;
        int r;

        r = sd_json_variant_new_array(&array, NULL, 0);
        for (size_t i = 0; i < users->n_items && r >= 0; i++) {
                const OverlayUse *use = &users->items[i];

                if (use->by_blueprint == by_blueprint && strcmp(use->ref, ref) == 0)
                        r = sd_json_variant_append_arrayb(&array, SD_JSON_BUILD_STRING(use->user));
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(array);
        return 0;
}

int overlay_users_to_json(
        const OverlayUsers *users, const char *ref, sd_json_variant **ret_servers,
        sd_json_variant **ret_blueprints) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *servers = NULL, *blueprints = NULL;
        int r;

        r = collect(users, ref, false, &servers);
        if (r >= 0)
                r = collect(users, ref, true, &blueprints);
        if (r < 0)
                return r;

        *ret_servers = TAKE_PTR(servers);
        *ret_blueprints = TAKE_PTR(blueprints);
        return 0;
}

int overlay_users_add_missing(const OverlayUsers *users, char ***refs) {
        size_t n = strv_length(*refs);

        for (size_t i = 0; i < users->n_items; i++) {
                const char *ref = users->items[i].ref;
                int r;

                if (bsearch(&ref, *refs, n, sizeof(char *), strv_compare))
                        continue;
                r = strv_add(refs, &n, ref);
                if (r < 0)
                        return r;
                strv_sort(*refs, n);
        }
        return 0;
}
