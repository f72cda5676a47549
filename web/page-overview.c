/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The first page: all servers somebody may see. */

#include "access.h"
#include "page-events.h"
#include "page-servers.h"
#include "pages.h"
#include "response.h"

#define _cleanup_json_ _cleanup_(sd_json_variant_unrefp)

typedef struct Overview {
        sd_json_variant *list;
        size_t n_servers, n_running, n_problems;
} Overview;

static void overview_clear(Overview *overview) {
        sd_json_variant_unref(overview->list);
}

static bool is_problem(ServerState state) {
        return state == SERVER_FAILED || state == SERVER_REFUSED || state == SERVER_RESTARTING ||
               state == SERVER_UNKNOWN;
}

static int add_server(Overview *overview, Server *server) {
        _cleanup_json_ sd_json_variant *model = NULL;
        int r;

        r = server_to_model(server, &model);
        if (r >= 0)
                r = sd_json_variant_append_array(&overview->list, model);
        if (r < 0)
                return r;

        overview->n_servers++;
        overview->n_running += server_get_state(server) == SERVER_RUNNING;
        overview->n_problems += is_problem(server_get_state(server));
        return 0;
}

static int collect(Request *request, Overview *overview) {
        Server *server;
        int r;

        r = sd_json_variant_new_array(&overview->list, NULL, 0);
        for (size_t i = 0; r >= 0 && (server = servers_get(request->web->servers, i)); i++)
                if (access_to_blueprint(request, server_blueprint(server)))
                        r = add_server(overview, server);
        return r;
}

int page_overview(Request *request) {
        _cleanup_(overview_clear) Overview overview = {};
        _cleanup_json_ sd_json_variant *model = NULL;
        char id[EVENTS_ID_MAX], href[EVENTS_ID_MAX + 32];
        bool has_blueprints;
        int r;

        /* Before anything is read: what changes from here on is in the stream. */
        events_id(request->web, servers_generation(request->web->servers), id);
        (void) snprintf(href, sizeof(href), "/events?after=%s", id);

        r = collect(request, &overview);
        if (r >= 0)
                r = blueprints_exist(request, &has_blueprints);
        if (r < 0)
                return r;
        r = sd_json_buildo(
                &model, SD_JSON_BUILD_PAIR_VARIANT("servers", overview.list),
                SD_JSON_BUILD_PAIR_BOOLEAN("has_servers", overview.n_servers > 0),
                SD_JSON_BUILD_PAIR_UNSIGNED("n_servers", overview.n_servers),
                SD_JSON_BUILD_PAIR_UNSIGNED("n_running", overview.n_running),
                SD_JSON_BUILD_PAIR_UNSIGNED("n_problems", overview.n_problems),
                SD_JSON_BUILD_PAIR_BOOLEAN("has_problems", overview.n_problems > 0),
                SD_JSON_BUILD_PAIR_BOOLEAN("can_create", true),
                SD_JSON_BUILD_PAIR_BOOLEAN("has_blueprints", has_blueprints),
                SD_JSON_BUILD_PAIR_STRING("events_href", href));
        return r < 0 ? r : response_page(request, 200, "overview", model);
}
