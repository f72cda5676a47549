/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/router.h"

#include <stdio.h>
#include <string.h>

#include <systemd/sd-json.h>

#include "avatar/players.h"
#include "base/name.h"
#include "content/job-record.h"

/* --- names in paths --------------------------------------------------------------------------- */

static bool is_file_name(const char *text) {
        return ref_is_valid(text) && !strchr(text, '/');
}

/* As a script chooses it for a file. */
static bool is_upload_key(const char *text) {
        return hex_is_valid(text, 32);
}

static bool is_steam_id(const char *text) {
        return avatar_id_parse(text) > 0;
}

/* Values that a parameter can have; the router refuses all others. */
static const struct {
        const char *name;
        bool (*is_valid)(const char *text);
} parameters[] = {
        { "name", instance_name_is_valid },
        { "user", instance_name_is_valid },
        { "owner", instance_name_is_valid },
        { "blueprint", instance_name_is_valid },
        { "ref", ref_is_valid },
        { "file", is_file_name },
        { "upload", is_upload_key },
        { "job", job_handle_is_valid },
        { "player", is_steam_id },
};

static bool value_is_valid(const char *name, size_t length, const char *value) {
        for (size_t i = 0; i < ELEMENTSOF(parameters); i++)
                if (strlen(parameters[i].name) == length &&
                    strncmp(parameters[i].name, name, length) == 0)
                        return parameters[i].is_valid(value);
        return false;
}

/* Letters, digits and a few signs between single slashes. No path of ours needs an escape. */
static bool path_is_plain(const char *path) {
        static const char characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789-_.";

        if (path[0] != '/' || strlen(path) > ROUTE_PATH_MAX)
                return false;
        if (path[1] == '\0')
                return true;
        for (const char *p = path; *p == '/';) {
                size_t n = strspn(p + 1, characters);

                if (n == 0 || p[1] == '.' || (p[1 + n] != '/' && p[1 + n] != '\0'))
                        return false;
                p += 1 + n;
        }
        return true;
}

/* --- matching --------------------------------------------------------------------------------- */

/* {name} of a pattern against the path: copies the value. Returns the rest of the path or NULL. */
static const char *take_value(const char **pattern, const char *path, char value[ROUTE_VALUE_MAX]) {
        const char *name = *pattern + 1, *end = strchr(name, '}');
        size_t name_length = (size_t) (end - name), length;
        bool takes_all = name_length > 3 && strncmp(end - 3, "...", 3) == 0;

        if (takes_all) {
                const char *dash = strstr(path, "/-/");

                length = dash ? (size_t) (dash - path) : strlen(path);
        } else
                length = strcspn(path, "/");
        if (length >= ROUTE_VALUE_MAX)
                return NULL;
        memcpy(value, path, length);
        value[length] = '\0';
        if (!value_is_valid(name, takes_all ? name_length - 3 : name_length, value))
                return NULL;

        *pattern = end + 1;
        return path + length;
}

static bool pattern_matches(const char *pattern, const char *path, RouteMatch *match) {
        size_t n = 0;

        while (*pattern) {
                if (*pattern == '{') {
                        path = take_value(&pattern, path, match->values[n++]);
                        if (!path)
                                return false;
                } else if (*pattern++ != *path++)
                        return false;
        }
        return *path == '\0';
}

bool router_path_is_api(const char *path) {
        return strncmp(path, "/api", 4) == 0 &&
               (path[4] == '/' || path[4] == '?' || path[4] == '\0');
}

void router_match(const RouteTable *table, const char *method, const char *path, RouteMatch *ret) {
        ret->route = NULL;
        ret->path_exists = false;
        ret->is_api = router_path_is_api(path);
        if (ret->is_api)
                path = path[4] == '\0' ? "/" : path + 4;
        if (!path_is_plain(path))
                return;

        for (size_t i = 0; i < table->n; i++) {
                const Route *route = &table->rows[i];

                if ((ret->is_api && (route->flags & ROUTE_NO_TWIN)) ||
                    !pattern_matches(route->pattern, path, ret))
                        continue;
                if (strcmp(route->method, method) == 0) {
                        ret->route = route;
                        return;
                }
                ret->path_exists = true;
        }
}

void router_page_above(const RouteTable *table, const char *path, char ret[static ROUTE_PATH_MAX]) {
        RouteMatch match;
        size_t length = strlen(path);

        if (length < ROUTE_PATH_MAX)
                memcpy(ret, path, length + 1);
        else
                ret[0] = '\0';
        while (ret[0] == '/') {
                router_match(table, "GET", ret, &match);
                if (match.route && !match.is_api && !(match.route->flags & ROUTE_NO_TWIN))
                        return;
                *strrchr(ret, '/') = '\0';
        }
        memcpy(ret, "/", sizeof("/"));
}

const char *route_match_value(const RouteMatch *match, const char *name) {
        const char *p = match->route->pattern;
        size_t length = strlen(name);

        for (size_t n = 0; (p = strchr(p, '{')); n++) {
                p++;
                if (strncmp(p, name, length) == 0 && (p[length] == '}' || p[length] == '.'))
                        return match->values[n];
        }
        return NULL;
}

/* --- the table, for people and tests ---------------------------------------------------------- */

const char *access_to_string(Access access) {
        static const char *const names[_ACCESS_MAX] = {
                [ACCESS_ANYONE] = "anyone",
                [ACCESS_USER] = "user",
                [ACCESS_SERVER_OWNER] = "server-owner",
                [ACCESS_BLUEPRINT_OWNER] = "blueprint-owner",
                [ACCESS_OVERLAY_OWNER] = "overlay-owner",
                [ACCESS_ADMIN] = "admin",
                [ACCESS_METRICS] = "metrics",
        };

        return names[access];
}

int routes_print(const RouteTable *table) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *list = NULL;
        int r;

        for (size_t i = 0; i < table->n; i++) {
                const Route *route = &table->rows[i];

                r = sd_json_variant_append_arraybo(
                        &list, SD_JSON_BUILD_PAIR_STRING("method", route->method),
                        SD_JSON_BUILD_PAIR_STRING("pattern", route->pattern),
                        SD_JSON_BUILD_PAIR_STRING("access", access_to_string(route->access)),
                        SD_JSON_BUILD_PAIR_BOOLEAN("twin", !(route->flags & ROUTE_NO_TWIN)),
                        SD_JSON_BUILD_PAIR_BOOLEAN("stream", route->flags & ROUTE_STREAM));
                if (r < 0)
                        return r;
        }
        return sd_json_variant_dump(
                list, SD_JSON_FORMAT_PRETTY | SD_JSON_FORMAT_NEWLINE, stdout, NULL);
}
