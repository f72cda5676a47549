/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pages/routes.h"

#include <criterion/criterion.h>
#include <string.h>

static RouteMatch match(const char *method, const char *path) {
        RouteMatch m = {};

        router_match(&routes, method, path, &m);
        return m;
}

static void expect_pattern(const char *method, const char *path, const char *pattern) {
        RouteMatch m = match(method, path);

        cr_assert_not_null(m.route, "%s %s", method, path);
        cr_expect_str_eq(m.route->pattern, pattern);
        cr_expect_str_eq(m.route->method, method);
}

static void expect_none(const char *path) {
        RouteMatch get = match("GET", path), post = match("POST", path);

        cr_expect_null(get.route, "GET %s", path);
        cr_expect_null(post.route, "POST %s", path);
        cr_expect(!get.path_exists && !post.path_exists, "%s", path);
}

Test(router, words_and_names) {
        expect_pattern("GET", "/", "/");
        expect_pattern("GET", "/new-server", "/new-server");
        /* A server has a page with any valid name. */
        expect_pattern("GET", "/servers/new", "/servers/{name}");
        expect_pattern("GET", "/servers/versus-1", "/servers/{name}");
        expect_pattern("POST", "/servers/versus-1/start", "/servers/{name}/start");
        expect_pattern("GET", "/blueprints/new", "/blueprints/new");
        expect_pattern(
                "POST", "/blueprints/alice/versus/yaml", "/blueprints/{owner}/{blueprint}/yaml");
}

Test(router, values) {
        RouteMatch m = match("GET", "/blueprints/alice/versus");

        cr_assert_not_null(m.route);
        cr_expect_str_eq(route_match_value(&m, "owner"), "alice");
        cr_expect_str_eq(route_match_value(&m, "blueprint"), "versus");
        cr_expect_null(route_match_value(&m, "name"));
        cr_expect_null(route_match_value(&m, "own"));
}

Test(router, a_value_may_take_the_rest) {
        RouteMatch m = match("GET", "/overlays/competitive/base");

        cr_assert_not_null(m.route);
        cr_expect_str_eq(route_match_value(&m, "ref"), "competitive/base");
        expect_none("/overlays/a/b/c/d");
        expect_pattern("POST", "/overlays/a/b/c/-/delete", "/overlays/{ref...}/-/delete");
        m = match("POST", "/overlays/a/b/-/delete");
        cr_expect_str_eq(route_match_value(&m, "ref"), "a/b");
        expect_none("/overlays/-/delete");
        expect_none("/overlays/a/-");
        expect_none("/overlays/a/-/");
        expect_none("/overlays/a/-/-/delete");
        expect_none("/overlays/a/-/delete/-/delete");
}

Test(router, a_picture_is_of_a_steam_id) {
        expect_pattern("GET", "/avatar/76561197960267728", "/avatar/{player}");
        expect_none("/avatar/76561197960265728");
        expect_none("/avatar/7656119796026772");
        expect_none("/avatar/76561197960267728.jpg");
        expect_none("/api/avatar/76561197960267728");
}

Test(router, json_twins) {
        RouteMatch m = match("GET", "/api/servers/1");

        cr_assert_not_null(m.route);
        cr_expect(m.is_api);
        cr_expect_str_eq(m.route->pattern, "/servers/{name}");
        m = match("GET", "/api");
        cr_assert_not_null(m.route);
        cr_expect_str_eq(m.route->pattern, "/");
        /* Streams and files have none. */
        expect_none("/api/events");
        expect_none("/api/static/style.css");
        cr_expect(!match("GET", "/apiary").is_api);
}

Test(router, other_methods) {
        RouteMatch m = match("DELETE", "/servers/1");

        cr_expect_null(m.route);
        cr_expect(m.path_exists);
        m = match("GET", "/servers/1/start");
        cr_expect_null(m.route);
        cr_expect(m.path_exists);
}

Test(router, what_is_no_path_of_ours) {
        static const char *const paths[] = {
                "",
                "servers",
                "//",
                "/servers/",
                "/servers//1",
                "/servers/../users",
                "/servers/.",
                "/servers/%31",
                "/servers/A",
                "/servers/-a",
                "/servers/a b",
                "/servers/a\n",
                "/servers/1/start/",
                "/blueprints/alice/..",
                "/overlays/../instances",
                "/overlays/.hidden",
                "/static/../main.c",
                "/static/a/b",
                "/servers/\xc3\xa4",
                "/servers/1?x",
                "/servers/1;x",
                "/./users",
        };

        for (size_t i = 0; i < ELEMENTSOF(paths); i++)
                expect_none(paths[i]);
}

Test(router, long_values_and_paths) {
        char path[ROUTE_PATH_MAX + 64] = "/servers/";

        memset(path + 9, 'a', 32);
        expect_pattern("GET", path, "/servers/{name}");
        memset(path + 9, 'a', 33);
        expect_none(path);
        memset(path + 9, 'a', ROUTE_PATH_MAX);
        expect_none(path);
}

/* Checks the properties that app/access.c and handlers rely on. */
Test(router, rows_are_sound) {
        for (size_t i = 0; i < routes.n; i++) {
                const Route *route = &routes.rows[i];
                bool server = strncmp(route->pattern, "/servers/{name}", 15) == 0;
                bool blueprint = strncmp(route->pattern, "/blueprints/{owner}", 19) == 0;

                cr_expect(
                        route->flags & ROUTE_UPLOAD ? strcmp(route->method, "PUT") == 0
                                                    : strcmp(route->method, "GET") == 0 ||
                                                              strcmp(route->method, "POST") == 0);
                cr_expect_not_null(route->handle, "%s", route->pattern);
                cr_expect_eq(server, route->access == ACCESS_SERVER_OWNER, "%s", route->pattern);
                cr_expect_eq(
                        blueprint, route->access == ACCESS_BLUEPRINT_OWNER, "%s", route->pattern);
                if (strncmp(route->pattern, "/users", 6) == 0 ||
                    strncmp(route->pattern, "/host", 5) == 0)
                        cr_expect_eq(route->access, ACCESS_ADMIN, "%s", route->pattern);
                if (strcmp(route->method, "GET") != 0 && strcmp(route->pattern, "/login") != 0)
                        cr_expect_neq(route->access, ACCESS_ANYONE, "%s", route->pattern);
                if (strcmp(route->method, "GET") != 0 &&
                    strncmp(route->pattern, "/overlays/{ref...}", 18) == 0)
                        cr_expect(
                                route->access == ACCESS_OVERLAY_OWNER ||
                                        route->access == ACCESS_ADMIN,
                                "%s", route->pattern);
        }
}
