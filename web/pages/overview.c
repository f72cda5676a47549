/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The first page: all servers that the user may see. */

#include "app/access.h"
#include "app/answer.h"
#include "base/json.h"
#include "pages/events.h"
#include "pages/pages.h"
#include "pages/server-lookup.h"
#include "pages/server-row.h"

/* The servers: models for programs, for people the rows, which all pages share. */
typedef struct Overview {
        sd_json_variant *list;
        FILE *f; /* writes rows, while they are collected */
        char *rows;
        size_t rows_size;
        size_t n_servers, n_running, n_problems;
} Overview;

static void overview_clear(Overview *overview) {
        sd_json_variant_unref(overview->list);
        free(overview->rows);
}

static bool is_problem(const Server *server) {
        ServerState state = server_get_state(server);

        return state == SERVER_FAILED || state == SERVER_REFUSED || state == SERVER_RESTARTING ||
               state == SERVER_UNKNOWN || server_is_down(server) || server_is_in_trouble(server);
}

static int add_model(Overview *overview, Server *server) {
        _cleanup_json_ sd_json_variant *model = NULL;
        int r;

        r = server_to_model(server, &model);
        return r < 0 ? r : sd_json_variant_append_array(&overview->list, model);
}

static int add_row(Overview *overview, Server *server, const Templates *templates) {
        const char *row;
        size_t size;
        int r;

        r = server_row_get(server, templates, &row, &size);
        if (r < 0)
                return r;
        return fwrite_unlocked(row, 1, size, overview->f) == size ? 0 : -ENOMEM;
}

static int add_server(const Request *request, Overview *overview, Server *server) {
        overview->n_servers++;
        overview->n_running += server_get_state(server) == SERVER_RUNNING;
        overview->n_problems += is_problem(server);
        return request_is_api(request) ? add_model(overview, server)
                                       : add_row(overview, server, request->language->templates);
}

static int collect(const Request *request, Overview *overview) {
        Server *server;
        int r;

        overview->f = open_memstream(&overview->rows, &overview->rows_size);
        if (!overview->f)
                return -ENOMEM;
        r = sd_json_variant_new_array(&overview->list, NULL, 0);
        for (size_t i = 0; r >= 0 && (server = servers_get(request->web->servers, i)); i++)
                if (access_to_blueprint(request, server_blueprint(server)))
                        r = add_server(request, overview, server);
        if (fclose(TAKE_PTR(overview->f)) != 0 && r >= 0)
                r = -ENOMEM;
        return r;
}

int page_overview(Request *request) {
        _cleanup_(overview_clear) Overview overview = {};
        _cleanup_json_ sd_json_variant *model = NULL;
        char id[EVENTS_ID_MAX], href[EVENTS_ID_MAX + 32];
        bool has_blueprints = true; /* or it is of no interest */
        int r;

        /* Before anything is read: what changes from here on is in the stream. */
        events_id(request->web, servers_generation(request->web->servers), id);
        (void) snprintf(href, sizeof(href), "/events?after=%s", id);

        r = collect(request, &overview);
        if (r >= 0 && overview.n_servers == 0)
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
                SD_JSON_BUILD_PAIR_BOOLEAN("needs_blueprint", !has_blueprints),
                SD_JSON_BUILD_PAIR_STRING("events_href", href));
        if (r < 0)
                return r;
        return answer_page_with(
                request, 200, "overview", model,
                &(TemplatePart) { "server-rows", overview.rows, overview.rows_size });
}
