/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pages/routes.h"

#include "pages/pages.h"
#include "pages/static-files.h"

/*
 * All there is. A row is: method, path, who may, handler, title, flags, label in the navigation.
 * No word stands where another row has a name: each path has one row.
 */
static const Route rows[] = {
        { "GET", "/static/{file}", ACCESS_ANYONE, static_files_serve, NULL, ROUTE_NO_TWIN, NULL },
        { "GET", "/health", ACCESS_ANYONE, page_health, NULL, ROUTE_NO_TWIN, NULL },

        { "GET", "/", ACCESS_USER, page_overview, "Servers", 0, "Servers" },
        { "GET", "/events", ACCESS_USER, page_events, NULL,
          ROUTE_NO_TWIN | ROUTE_STREAM | ROUTE_EVENTS, NULL },
        { "GET", "/new-server", ACCESS_USER, page_server_new, "New server", 0, NULL },
        { "POST", "/servers", ACCESS_USER, post_server_new, "New server", ROUTE_TEXT, NULL },
        { "GET", "/servers/{name}", ACCESS_SERVER_OWNER, page_server, "Server", 0, NULL },
        { "POST", "/servers/{name}/start", ACCESS_SERVER_OWNER, post_server_start, "Server", 0,
          NULL },
        { "POST", "/servers/{name}/stop", ACCESS_SERVER_OWNER, post_server_stop, "Server", 0,
          NULL },
        { "POST", "/servers/{name}/restart", ACCESS_SERVER_OWNER, post_server_restart, "Server", 0,
          NULL },
        { "POST", "/servers/{name}/reset", ACCESS_SERVER_OWNER, post_server_reset, "Server", 0,
          NULL },
        { "POST", "/servers/{name}/delete", ACCESS_SERVER_OWNER, post_server_delete, "Server", 0,
          NULL },
        { "POST", "/servers/{name}/blueprint", ACCESS_SERVER_OWNER, post_server_blueprint, "Server",
          0, NULL },
        { "POST", "/servers/{name}/hostname", ACCESS_SERVER_OWNER, post_server_hostname, "Server",
          ROUTE_TEXT, NULL },
        { "POST", "/servers/{name}/label", ACCESS_SERVER_OWNER, post_server_label, "Server",
          ROUTE_TEXT, NULL },
        { "GET", "/servers/{name}/spec", ACCESS_SERVER_OWNER, page_server_spec, "Spec", 0, NULL },
        { "POST", "/servers/{name}/spec", ACCESS_SERVER_OWNER, post_server_spec, "Spec", ROUTE_TEXT,
          NULL },
        { "GET", "/servers/{name}/log", ACCESS_SERVER_OWNER, page_log, "Log", 0, NULL },
        { "GET", "/servers/{name}/log.txt", ACCESS_SERVER_OWNER, page_log_text, NULL,
          ROUTE_NO_TWIN | ROUTE_STREAM, NULL },
        { "GET", "/servers/{name}/events", ACCESS_SERVER_OWNER, page_server_events, NULL,
          ROUTE_NO_TWIN | ROUTE_STREAM | ROUTE_EVENTS, NULL },

        { "GET", "/blueprints", ACCESS_USER, page_blueprints, "Blueprints", 0, "Blueprints" },
        { "GET", "/blueprints/new", ACCESS_USER, page_blueprint_new, "New blueprint", 0, NULL },
        { "POST", "/blueprints", ACCESS_USER, post_blueprint_new, "New blueprint", ROUTE_TEXT,
          NULL },
        { "GET", "/blueprints/{owner}/{blueprint}", ACCESS_BLUEPRINT_OWNER, page_blueprint,
          "Blueprint", 0, NULL },
        { "POST", "/blueprints/{owner}/{blueprint}", ACCESS_BLUEPRINT_OWNER, post_blueprint,
          "Blueprint", ROUTE_TEXT, NULL },
        { "GET", "/blueprints/{owner}/{blueprint}/yaml", ACCESS_BLUEPRINT_OWNER,
          page_blueprint_yaml, "Blueprint", 0, NULL },
        { "POST", "/blueprints/{owner}/{blueprint}/yaml", ACCESS_BLUEPRINT_OWNER,
          post_blueprint_yaml, "Blueprint", ROUTE_TEXT, NULL },
        { "POST", "/blueprints/{owner}/{blueprint}/clone", ACCESS_BLUEPRINT_OWNER,
          post_blueprint_clone, "Blueprint", ROUTE_TEXT, NULL },
        { "POST", "/blueprints/{owner}/{blueprint}/delete", ACCESS_BLUEPRINT_OWNER,
          post_blueprint_delete, "Blueprint", 0, NULL },
        { "GET", "/overlays", ACCESS_USER, page_overlays, "Overlays", 0, "Overlays" },
        { "GET", "/overlays/{ref...}", ACCESS_USER, page_overlay, "Overlay", 0, NULL },

        { "GET", "/login", ACCESS_ANYONE, page_login, "Log in", 0, NULL },
        { "POST", "/login", ACCESS_ANYONE, post_login, "Log in", ROUTE_OWN_CSRF, NULL },
        { "POST", "/logout", ACCESS_USER, post_logout, NULL, ROUTE_ONE_TIME, NULL },
        { "GET", "/password", ACCESS_USER, page_password, "Password", ROUTE_ONE_TIME, NULL },
        { "POST", "/password", ACCESS_USER, post_password, "Password", ROUTE_ONE_TIME, NULL },

        { "GET", "/users", ACCESS_ADMIN, page_users, "Users", 0, "Users" },
        { "POST", "/users", ACCESS_ADMIN, post_user_add, "Users", 0, NULL },
        { "POST", "/users/{user}/role", ACCESS_ADMIN, post_user_role, "Users", 0, NULL },
        { "POST", "/users/{user}/password", ACCESS_ADMIN, post_user_password, "Users", 0, NULL },
        { "POST", "/users/{user}/delete", ACCESS_ADMIN, post_user_delete, "Users", 0, NULL },

        { "GET", "/audit", ACCESS_USER, page_audit, "Audit log", 0, "Audit" },
        { "GET", "/host", ACCESS_ADMIN, page_host, "Host", 0, "Host" },
        { "POST", "/host/check", ACCESS_ADMIN, post_host_check, "Host", 0, NULL },
};

const RouteTable routes = { rows, ELEMENTSOF(rows) };
