/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pages/blueprints.h"

#include <string.h>

#include "app/access.h"
#include "auth/users.h"
#include "base/json.h"
#include "base/strv.h"
#include "servers/servers.h"

int blueprints_open(const Request *request, StateDir *ret) {
        const Paths *paths = request->web->paths;

        return state_dir_open(paths, paths->blueprints_dir, ret);
}

int blueprints_list(const Request *request, char ***ret) {
        _cleanup_(state_dir_close) StateDir blueprints = STATE_DIR_INIT;
        char **refs = NULL;
        size_t n = 0;
        int r;

        r = blueprints_open(request, &blueprints);
        if (r == -ENOENT) {
                *ret = calloc(1, sizeof(char *));
                return *ret ? 0 : -ENOMEM;
        }
        if (r >= 0)
                r = blueprint_list(&blueprints, &refs);
        if (r < 0)
                return r;

        for (char **ref = refs; *ref; ref++)
                if (access_to_blueprint(request, *ref))
                        refs[n++] = *ref;
                else
                        free(*ref);
        refs[n] = NULL;
        *ret = refs;
        return 0;
}

/* The user may see every server listed here: the blueprint is theirs. */
static int list_servers(const Request *request, const char *ref, sd_json_variant **ret) {
        _cleanup_json_ sd_json_variant *list = NULL;
        Server *server;
        int r;

        r = sd_json_variant_new_array(&list, NULL, 0);
        for (size_t i = 0; r >= 0 && (server = servers_get(request->web->servers, i)); i++) {
                _cleanup_json_ sd_json_variant *object = NULL;

                if (!server_blueprint(server) || strcmp(server_blueprint(server), ref) != 0)
                        continue;
                r = server_to_short_model(server, &object);
                if (r >= 0)
                        r = sd_json_variant_append_array(&list, object);
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(list);
        return 0;
}

static int add_links(const char *ref, sd_json_variant **object) {
        static const struct {
                const char *key, *suffix;
        } links[] = {
                { "href", "" },
                { "yaml_href", "/yaml" },
                { "clone_href", "/clone" },
                { "delete_href", "/delete" },
        };
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(links) && r >= 0; i++) {
                char href[BLUEPRINT_REF_MAX + 32];

                (void) snprintf(href, sizeof(href), "/blueprints/%s%s", ref, links[i].suffix);
                r = sd_json_variant_set_field_string(object, links[i].key, href);
        }
        return r;
}

static int add_contents(const Blueprint *blueprint, sd_json_variant **object) {
        static char *none[] = { NULL };
        char **overlays = blueprint ? blueprint->overlays : none;
        int r;

        r = sd_json_variant_set_fieldb(object, "overlays", SD_JSON_BUILD_STRV(overlays));
        if (r >= 0)
                r = sd_json_variant_set_field_unsigned(object, "n_overlays", strv_length(overlays));
        if (r >= 0)
                r = sd_json_variant_set_field_unsigned(
                        object, "n_arguments", blueprint ? strv_length(blueprint->arguments) : 0);
        if (r >= 0)
                r = sd_json_variant_set_field_unsigned(
                        object, "n_config", blueprint ? strv_length(blueprint->config) : 0);
        return r;
}

int blueprint_to_model(
        const Request *request, const char *ref, const Blueprint *blueprint,
        sd_json_variant **ret) {
        _cleanup_json_ sd_json_variant *object = NULL, *servers = NULL;
        char owner[INSTANCE_NAME_MAX + 1];
        const char *slash = strchr(ref, '/');
        size_t n_servers;
        int r;

        (void) snprintf(owner, sizeof(owner), "%.*s", (int) (slash - ref), ref);
        r = list_servers(request, ref, &servers);
        if (r < 0)
                return r;
        n_servers = sd_json_variant_elements(servers);
        r = sd_json_buildo(
                &object, SD_JSON_BUILD_PAIR_STRING("ref", ref),
                SD_JSON_BUILD_PAIR_STRING("owner", owner),
                SD_JSON_BUILD_PAIR_STRING("name", slash + 1),
                SD_JSON_BUILD_PAIR_STRING("description", blueprint ? blueprint->description : NULL),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_own", strcmp(owner, request->user->name) == 0),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_broken", !blueprint),
                SD_JSON_BUILD_PAIR_VARIANT("servers", servers),
                SD_JSON_BUILD_PAIR_UNSIGNED("n_servers", n_servers),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_used", n_servers > 0));
        if (r >= 0)
                r = add_links(ref, &object);
        if (r >= 0)
                r = add_contents(blueprint, &object);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(object);
        return 0;
}
