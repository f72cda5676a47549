/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "page-servers.h"

#include <dirent.h>
#include <string.h>

#include "access.h"
#include "response.h"

#define _cleanup_json_ _cleanup_(sd_json_variant_unrefp)

Server *page_find_server(Request *request, int *ret_r) {
        Server *server = servers_find(request->web->servers, request_parameter(request, "name"));

        if (!server)
                *ret_r = response_error(request, 404, NULL);
        return server;
}

/* --- blueprints ---------------------------------------------------------------------------------
 */

/* Called for each blueprint the user may use, in no order; positive: enough. */
typedef int (*BlueprintHandler)(const char *ref, void *userdata);

static bool is_blueprint_file(const char *file, char name[static INSTANCE_NAME_MAX + 1]) {
        size_t length = strlen(file);

        if (length <= 5 || length - 5 > INSTANCE_NAME_MAX ||
            strcmp(file + length - 5, ".yaml") != 0)
                return false;
        memcpy(name, file, length - 5);
        name[length - 5] = '\0';
        return instance_name_is_valid(name);
}

static int for_owner(
        const char *directory, const char *owner, BlueprintHandler handler, void *userdata) {
        _cleanup_(closedirp) DIR *d = opendir(directory);
        const struct dirent *entry;
        int r;

        if (!d)
                return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
        while ((entry = readdir(d))) {
                char name[INSTANCE_NAME_MAX + 1];
                _cleanup_free_ char *ref = NULL;

                if (!is_blueprint_file(entry->d_name, name))
                        continue;
                if (asprintf(&ref, "%s/%s", owner, name) < 0)
                        return -ENOMEM;
                r = handler(ref, userdata);
                if (r != 0)
                        return r;
        }
        return 0;
}

static int for_blueprints(Request *request, BlueprintHandler handler, void *userdata) {
        const char *root = request->web->paths->blueprints_dir;
        _cleanup_(closedirp) DIR *d = opendir(root);
        const struct dirent *entry;

        if (!d)
                return errno == ENOENT ? 0 : -errno;
        while ((entry = readdir(d))) {
                _cleanup_free_ char *directory = NULL;
                int r;

                if (!instance_name_is_valid(entry->d_name) ||
                    !access_to_blueprint(request, entry->d_name))
                        continue;
                if (asprintf(&directory, "%s/%s", root, entry->d_name) < 0)
                        return -ENOMEM;
                r = for_owner(directory, entry->d_name, handler, userdata);
                if (r != 0)
                        return r;
        }
        return 0;
}

static int stop_at_first(const char *ref _unused_, void *userdata _unused_) {
        return 1;
}

int blueprints_exist(Request *request, bool *ret) {
        int r = for_blueprints(request, stop_at_first, NULL);

        *ret = r > 0;
        return r < 0 ? r : 0;
}

typedef struct Refs {
        char **items;
        size_t n_items;
} Refs;

static void refs_clear(Refs *refs) {
        for (size_t i = 0; i < refs->n_items; i++)
                free(refs->items[i]);
        free(refs->items);
}

static int remember(const char *ref, void *userdata) {
        Refs *refs = userdata;
        char **items = reallocarray(refs->items, refs->n_items + 1, sizeof(char *));

        if (!items)
                return -ENOMEM;
        refs->items = items;
        items[refs->n_items] = strdup(ref);
        return items[refs->n_items++] ? 0 : -ENOMEM;
}

static int compare(const void *a, const void *b) {
        return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static int append(const char *ref, const char *selected, sd_json_variant **array) {
        _cleanup_json_ sd_json_variant *item = NULL;
        char href[2 * INSTANCE_NAME_MAX + 32];
        int r;

        (void) snprintf(href, sizeof(href), "/blueprints/%s", ref);
        r = sd_json_buildo(
                &item, SD_JSON_BUILD_PAIR_STRING("ref", ref),
                SD_JSON_BUILD_PAIR_STRING("href", href),
                SD_JSON_BUILD_PAIR("description", SD_JSON_BUILD_NULL),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_selected", selected && strcmp(selected, ref) == 0));
        return r < 0 ? r : sd_json_variant_append_array(array, item);
}

int blueprints_to_model(Request *request, const char *selected, sd_json_variant **ret) {
        _cleanup_json_ sd_json_variant *array = NULL;
        _cleanup_(refs_clear) Refs refs = {};
        int r;

        r = for_blueprints(request, remember, &refs);
        if (r < 0)
                return r;
        if (refs.n_items > 0)
                qsort(refs.items, refs.n_items, sizeof(char *), compare);
        r = sd_json_variant_new_array(&array, NULL, 0);
        for (size_t i = 0; r >= 0 && i < refs.n_items; i++)
                r = append(refs.items[i], selected, &array);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(array);
        return 0;
}
