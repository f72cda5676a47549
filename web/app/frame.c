/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/frame.h"

#include <string.h>

#include "auth/session.h"
#include "auth/users.h"
#include "base/log.h"
#include "base/path-below.h"
#include "base/text.h"

/* --- the key "page" --------------------------------------------------------------------------- */

static bool may_see(const Request *request, const Route *route) {
        return route->access == ACCESS_USER ||
               (route->access == ACCESS_ADMIN && request->user->is_admin);
}

/* The overview is above all servers, the others are above what lies below them. */
static bool is_current(const Request *request, const char *href) {
        size_t length = strlen(href);

        if (strcmp(href, "/") == 0)
                return strcmp(request->path, "/") == 0 ||
                       strncmp(request->path, "/servers/", strlen("/servers/")) == 0;
        return strncmp(request->path, href, length) == 0 &&
               (request->path[length] == '\0' || request->path[length] == '/');
}

/* The route of the navigation that the request is at or below; the number of routes: none of them.
 */
static size_t current_route(const Request *request) {
        const RouteTable *routes = request->web->routes;
        size_t i = 0;

        while (i < routes->n &&
               !(routes->rows[i].nav && is_current(request, routes->rows[i].pattern)))
                i++;
        return i;
}

static int make_nav(const Request *request, sd_json_variant **ret) {
        size_t current = current_route(request);
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *nav = NULL;
        int r;

        r = sd_json_variant_new_array(&nav, NULL, 0);
        if (r < 0)
                return r;

        for (size_t i = 0; i < request->web->routes->n && request->user; i++) {
                const Route *route = &request->web->routes->rows[i];

                if (!route->nav || strchr(route->pattern, '{') || !may_see(request, route))
                        continue;
                r = sd_json_variant_append_arraybo(
                        &nav, SD_JSON_BUILD_PAIR_STRING("label", _(route->nav)),
                        SD_JSON_BUILD_PAIR_STRING("href", route->pattern),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_current", i == current));
                if (r < 0)
                        return r;
        }

        *ret = TAKE_PTR(nav);
        return 0;
}

/* --- the pages of one thing -------------------------------------------------------------------
 */

/* "/servers/{name}" of the pattern of any page of a server; 0: the page is not of one thing. */
static size_t thing_length(const Route *route) {
        const char *end = route ? strchr(route->pattern, '}') : NULL;

        return end ? (size_t) (end + 1 - route->pattern) : 0;
}

/* Whether the route is a page with a label, of the same thing as a pattern of that length. */
static bool is_tab(const Route *route, const char *pattern, size_t length) {
        return route->nav && strncmp(route->pattern, pattern, length) == 0 &&
               (route->pattern[length] == '\0' || route->pattern[length] == '/');
}

/* The tab that the request is at or below: the longest pattern. */
static const Route *current_tab(const Request *request, size_t length) {
        const RouteTable *routes = request->web->routes;
        const char *pattern = request->match.route->pattern;
        const Route *best = NULL;

        for (size_t i = 0; i < routes->n; i++) {
                const Route *route = &routes->rows[i];

                if (is_tab(route, pattern, length) && path_is_in(pattern, route->pattern) &&
                    (!best || strlen(route->pattern) > strlen(best->pattern)))
                        best = route;
        }
        return best;
}

static bool may_open(const Request *request, const Route *route) {
        return route->access != ACCESS_ADMIN || request->user->is_admin;
}

/* No thing has a name with special characters, see app/router.c. */
static int make_tabs(const Request *request, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *tabs = NULL;
        const RouteTable *routes = request->web->routes;
        size_t length = request->user ? thing_length(request->match.route) : 0;
        const Route *current = length > 0 ? current_tab(request, length) : NULL;
        int r;

        r = sd_json_variant_new_array(&tabs, NULL, 0);
        for (size_t i = 0; r >= 0 && current && i < routes->n; i++) {
                const Route *route = &routes->rows[i];
                const char *pattern = route->pattern;
                char href[ROUTE_PATH_MAX];

                if (!is_tab(route, request->match.route->pattern, length) ||
                    !may_open(request, route))
                        continue;
                (void) snprintf(
                        href, sizeof(href), "%.*s%s%s", (int) strcspn(pattern, "{"), pattern,
                        request->match.values[0], pattern + length);
                r = sd_json_variant_append_arraybo(
                        &tabs, SD_JSON_BUILD_PAIR_STRING("label", _(route->nav)),
                        SD_JSON_BUILD_PAIR_STRING("href", href),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_current", route == current));
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(tabs);
        return 0;
}

/* --- all together -----------------------------------------------------------------------------
 */

/* A picture or a script must not use it up, and a program doesn't read it. */
static int take_notice(Request *request, sd_json_variant **ret) {
        struct Session *session = request->session;
        int r;

        if (!session || session->notice[0] == '\0' || request_is_api(request)) {
                *ret = NULL;
                return 0;
        }

        r = sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_STRING("level", "success"),
                SD_JSON_BUILD_PAIR_STRING("text", session->notice));
        if (r < 0)
                return r;
        session->notice[0] = '\0';
        r = sessions_save(request->web->sessions, session);
        if (r < 0)
                (void) log_error_errno(r, "Failed to write a session");
        return 0;
}

static int build_user(const Request *request, sd_json_variant **ret) {
        const WebUser *user = request->user;

        if (!user)
                return sd_json_variant_new_null(ret);
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_STRING("name", user->name),
                SD_JSON_BUILD_PAIR_STRING("role", user->is_admin ? "admin" : "user"),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_admin", user->is_admin));
}

static const char *page_title(const Request *request) {
        const Route *route = request->match.route;

        if (request->title[0] != '\0')
                return request->title;
        return route && route->title ? _(route->title) : "left4me";
}

int page_common(Request *request, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *nav = NULL, *notice = NULL, *user = NULL;
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *tabs = NULL;
        int r;

        r = make_nav(request, &nav);
        if (r >= 0)
                r = make_tabs(request, &tabs);
        if (r >= 0)
                r = take_notice(request, &notice);
        if (r >= 0)
                r = build_user(request, &user);
        if (r < 0)
                return r;

        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_STRING("title", page_title(request)),
                SD_JSON_BUILD_PAIR_STRING("language", request->language->tag),
                SD_JSON_BUILD_PAIR_VARIANT("user", user),
                SD_JSON_BUILD_PAIR_STRING(
                        "csrf", request->session ? request->session->csrf : request->csrf),
                SD_JSON_BUILD_PAIR_VARIANT("nav", nav), SD_JSON_BUILD_PAIR_VARIANT("tabs", tabs),
                SD_JSON_BUILD_PAIR_VARIANT("notice", notice),
                SD_JSON_BUILD_PAIR_STRING("path", request->path));
}

void page_set_notice(Request *request, const char *text) {
        struct Session *session = request->session;
        int r;

        size_t size = strlen(text);

        /* Never half a character. */
        if (size >= sizeof(session->notice))
                size = sizeof(session->notice) - 1;
        while (size > 0 && ((unsigned char) text[size] & 0xc0) == 0x80)
                size--;
        memcpy(session->notice, text, size);
        session->notice[size] = '\0';
        r = sessions_save(request->web->sessions, session);
        if (r < 0)
                (void) log_error_errno(r, "Failed to write a session");
}
