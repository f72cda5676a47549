/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pages/routes.h"

#include "base/text.h"
#include "pages/pages.h"
#include "pages/static-files.h"

/*
 * All there is. A row is: method, path, who may, handler, title, flags, label in the navigation.
 * No word stands where another row has a name: each path has one row.
 */
static const Route rows[] = {
        { "GET", "/static/{file}", ACCESS_ANYONE, static_files_serve, NULL, ROUTE_NO_TWIN, NULL },
        { "GET", "/health", ACCESS_ANYONE, page_health, NULL, ROUTE_NO_TWIN, NULL },

        { "GET", "/", ACCESS_USER, page_overview, N_("Servers"), 0, N_("Servers") },
        { "GET", "/events", ACCESS_USER, page_events, NULL,
          ROUTE_NO_TWIN | ROUTE_STREAM | ROUTE_EVENTS, NULL },
        { "GET", "/new-server", ACCESS_USER, page_server_new, N_("New server"), 0, NULL },
        { "POST", "/servers", ACCESS_USER, post_server_new, N_("New server"), ROUTE_TEXT, NULL },
        { "GET", "/servers/{name}", ACCESS_SERVER_OWNER, page_server, N_("Server"), 0, NULL },
        { "POST", "/servers/{name}/start", ACCESS_SERVER_OWNER, post_server_start, N_("Server"), 0,
          NULL },
        { "POST", "/servers/{name}/stop", ACCESS_SERVER_OWNER, post_server_stop, N_("Server"), 0,
          NULL },
        { "POST", "/servers/{name}/restart", ACCESS_SERVER_OWNER, post_server_restart, N_("Server"),
          0, NULL },
        { "POST", "/servers/{name}/reset", ACCESS_SERVER_OWNER, post_server_reset, N_("Server"), 0,
          NULL },
        { "POST", "/servers/{name}/delete", ACCESS_SERVER_OWNER, post_server_delete, N_("Server"),
          0, NULL },
        { "POST", "/servers/{name}/blueprint", ACCESS_SERVER_OWNER, post_server_blueprint,
          N_("Server"), 0, NULL },
        { "POST", "/servers/{name}/hostname", ACCESS_SERVER_OWNER, post_server_hostname,
          N_("Server"), ROUTE_TEXT, NULL },
        { "POST", "/servers/{name}/label", ACCESS_SERVER_OWNER, post_server_label, N_("Server"),
          ROUTE_TEXT, NULL },
        { "GET", "/servers/{name}/spec", ACCESS_SERVER_OWNER, page_server_spec, N_("Spec"), 0,
          NULL },
        { "POST", "/servers/{name}/spec", ACCESS_SERVER_OWNER, post_server_spec, N_("Spec"),
          ROUTE_TEXT, NULL },
        { "GET", "/servers/{name}/log", ACCESS_SERVER_OWNER, page_log, N_("Log"), 0, NULL },
        { "GET", "/servers/{name}/log.txt", ACCESS_SERVER_OWNER, page_log_text, NULL,
          ROUTE_NO_TWIN | ROUTE_STREAM, NULL },
        { "GET", "/servers/{name}/events", ACCESS_SERVER_OWNER, page_server_events, NULL,
          ROUTE_NO_TWIN | ROUTE_STREAM | ROUTE_EVENTS, NULL },

        { "GET", "/blueprints", ACCESS_USER, page_blueprints, N_("Blueprints"), 0,
          N_("Blueprints") },
        { "GET", "/blueprints/new", ACCESS_USER, page_blueprint_new, N_("New blueprint"), 0, NULL },
        { "POST", "/blueprints", ACCESS_USER, post_blueprint_new, N_("New blueprint"), ROUTE_TEXT,
          NULL },
        { "GET", "/blueprints/{owner}/{blueprint}", ACCESS_BLUEPRINT_OWNER, page_blueprint,
          N_("Blueprint"), 0, NULL },
        { "POST", "/blueprints/{owner}/{blueprint}", ACCESS_BLUEPRINT_OWNER, post_blueprint,
          N_("Blueprint"), ROUTE_TEXT, NULL },
        { "GET", "/blueprints/{owner}/{blueprint}/yaml", ACCESS_BLUEPRINT_OWNER,
          page_blueprint_yaml, N_("Blueprint"), 0, NULL },
        { "POST", "/blueprints/{owner}/{blueprint}/yaml", ACCESS_BLUEPRINT_OWNER,
          post_blueprint_yaml, N_("Blueprint"), ROUTE_TEXT, NULL },
        { "POST", "/blueprints/{owner}/{blueprint}/clone", ACCESS_BLUEPRINT_OWNER,
          post_blueprint_clone, N_("Blueprint"), ROUTE_TEXT, NULL },
        { "POST", "/blueprints/{owner}/{blueprint}/delete", ACCESS_BLUEPRINT_OWNER,
          post_blueprint_delete, N_("Blueprint"), 0, NULL },
        { "GET", "/overlays", ACCESS_USER, page_overlays, N_("Overlays"), 0, N_("Overlays") },
        { "GET", "/new-overlay", ACCESS_USER, page_overlay_new, N_("New overlay"), 0, NULL },
        { "POST", "/overlays", ACCESS_USER, post_overlay_new, N_("New overlay"), ROUTE_TEXT, NULL },
        { "GET", "/overlays/{ref...}", ACCESS_USER, page_overlay, N_("Overlay"), 0, NULL },
        { "GET", "/overlays/{ref...}/-/versions", ACCESS_USER, page_overlay_versions,
          N_("Versions"), 0, NULL },
        { "POST", "/overlays/{ref...}/-/rollback", ACCESS_OVERLAY_OWNER, post_overlay_rollback,
          N_("Versions"), 0, NULL },
        { "POST", "/overlays/{ref...}/-/rename", ACCESS_OVERLAY_OWNER, post_overlay_rename,
          N_("Overlay"), ROUTE_TEXT, NULL },
        { "POST", "/overlays/{ref...}/-/delete", ACCESS_OVERLAY_OWNER, post_overlay_delete,
          N_("Overlay"), 0, NULL },

        { "GET", "/login", ACCESS_ANYONE, page_login, N_("Log in"), 0, NULL },
        { "POST", "/login", ACCESS_ANYONE, post_login, N_("Log in"), ROUTE_OWN_CSRF, NULL },
        { "POST", "/logout", ACCESS_USER, post_logout, NULL, ROUTE_ONE_TIME, NULL },
        { "GET", "/password", ACCESS_USER, page_password, N_("Password"), ROUTE_ONE_TIME, NULL },
        { "POST", "/password", ACCESS_USER, post_password, N_("Password"), ROUTE_ONE_TIME, NULL },

        { "GET", "/users", ACCESS_ADMIN, page_users, N_("Users"), 0, N_("Users") },
        { "POST", "/users", ACCESS_ADMIN, post_user_add, N_("Users"), 0, NULL },
        { "POST", "/users/{user}/role", ACCESS_ADMIN, post_user_role, N_("Users"), 0, NULL },
        { "POST", "/users/{user}/password", ACCESS_ADMIN, post_user_password, N_("Users"), 0,
          NULL },
        { "POST", "/users/{user}/delete", ACCESS_ADMIN, post_user_delete, N_("Users"), 0, NULL },

        { "GET", "/audit", ACCESS_USER, page_audit, N_("Audit log"), 0, N_("Audit") },
        { "GET", "/host", ACCESS_ADMIN, page_host, N_("Host"), 0, N_("Host") },
        { "POST", "/host/check", ACCESS_ADMIN, post_host_check, N_("Host"), 0, NULL },
};

const RouteTable routes = { rows, ELEMENTSOF(rows) };
