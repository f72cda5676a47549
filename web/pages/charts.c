/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Charts of players, FPS, CPU, memory and traffic: of one server, and of all that the user may see.
 * The page has the key numbers as a table; its script draws the charts from the same samples.
 */

#include <string.h>

#include "app/access.h"
#include "app/answer.h"
#include "app/reading.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time-text.h"
#include "http/response.h"
#include "live/samples.h"
#include "pages/charts-model.h"
#include "pages/pages.h"
#include "pages/server-lookup.h"
#include "servers/servers.h"

/* Samples that a request is about. */
typedef struct Charts {
        const char *name; /* NULL: all servers */
        uint64_t now;
        const ChartRange *range;
        LiveServer *servers; /* those that the user may see; the one with a name */
        size_t n_servers;
        LiveSeries series; /* empty after an error */
} Charts;

static void charts_free(void *data) {
        Charts *charts = data;

        if (!charts)
                return;
        live_series_clear(&charts->series);
        free(charts->servers);
        free(charts);
}

/* --- reading ------------------------------------------------------------------------------------
 */

static int find_servers(const Request *request, Charts *charts) {
        size_t n = 0;
        Server *server;

        while (servers_get(request->web->servers, n))
                n++;
        charts->servers = calloc(n + 1, sizeof(*charts->servers));
        if (!charts->servers)
                return -ENOMEM;
        if (charts->name) {
                /* As for the log: nothing of the time before the server was this user's. */
                (void) snprintf(
                        charts->servers->name, sizeof(charts->servers->name), "%s", charts->name);
                charts->servers->since = access_since(request, charts->name);
                charts->n_servers = 1;
                return 0;
        }
        /* They are sorted by name. */
        for (size_t i = 0; i < n && (server = servers_get(request->web->servers, i)); i++) {
                LiveServer *item = &charts->servers[charts->n_servers];

                if (!access_to_blueprint(request, server_blueprint(server)))
                        continue;
                (void) snprintf(item->name, sizeof(item->name), "%s", server_name(server));
                item->since = access_since(request, item->name);
                charts->n_servers++;
        }
        return 0;
}

static int read_charts(void *data) {
        Charts *charts = data;

        return live_series_read(
                charts->servers, charts->n_servers, charts->now - charts->range->usec, charts->now,
                charts->range->n_points, &charts->series);
}

static int charts_run(Request *request, bool is_all, const Reading *reading) {
        Charts *charts = calloc(1, sizeof(*charts));
        int r;

        if (!charts)
                return -ENOMEM;
        charts->now = now_realtime();
        charts->range = chart_range_find(request_query(request, "range"));
        charts->name = is_all ? NULL : request_parameter(request, "name");
        r = find_servers(request, charts);
        if (r >= 0)
                return reading_run(request, reading, charts);
        charts_free(charts);
        return r;
}

/* --- the page -----------------------------------------------------------------------------------
 */

/* "/servers/1/charts", "/charts/series" */
static void make_href(const Charts *charts, const char *page, char *ret, size_t size) {
        if (charts->name)
                (void) snprintf(ret, size, "/servers/%s/%s", charts->name, page);
        else if (strcmp(page, "charts") == 0)
                (void) snprintf(ret, size, "/charts");
        else
                (void) snprintf(ret, size, "/charts/%s", page);
}

static int add_ranges(const Charts *charts, sd_json_variant **model) {
        _cleanup_json_ sd_json_variant *list = NULL;
        char page[128], href[160];
        int r = 0;

        make_href(charts, "charts", page, sizeof(page));
        for (size_t i = 0; r >= 0 && i < CHART_RANGES; i++) {
                (void) snprintf(href, sizeof(href), "%s?range=%s", page, chart_ranges[i].name);
                r = sd_json_variant_append_arraybo(
                        &list, SD_JSON_BUILD_PAIR_STRING("range", chart_ranges[i].name),
                        SD_JSON_BUILD_PAIR_STRING("label", _(chart_ranges[i].label)),
                        SD_JSON_BUILD_PAIR_STRING("href", href),
                        SD_JSON_BUILD_PAIR_BOOLEAN(
                                "is_current", charts->range == &chart_ranges[i]));
        }
        return r < 0 ? r : sd_json_variant_set_field(model, "ranges", list);
}

static int add_server(const LiveServer *server, const char *range, sd_json_variant **list) {
        const LiveRange *of = server->total.of;
        char href[128], players[CHART_TEXT_MAX], most[CHART_TEXT_MAX], cpu[CHART_TEXT_MAX],
                memory[CHART_TEXT_MAX], fps[CHART_TEXT_MAX];

        (void) snprintf(href, sizeof(href), "/servers/%s/charts?range=%s", server->name, range);
        chart_value_format(LIVE_PLAYERS, of[LIVE_PLAYERS].mean, players);
        chart_value_format(LIVE_PLAYERS, of[LIVE_PLAYERS].max, most);
        chart_value_format(LIVE_FPS, of[LIVE_FPS].min, fps);
        chart_value_format(LIVE_CPU, of[LIVE_CPU].mean, cpu);
        chart_value_format(LIVE_MEMORY, of[LIVE_MEMORY].max, memory);
        return sd_json_variant_append_arraybo(
                list, SD_JSON_BUILD_PAIR_STRING("name", server->name),
                SD_JSON_BUILD_PAIR_STRING("href", href),
                SD_JSON_BUILD_PAIR_STRING("players_text", players),
                SD_JSON_BUILD_PAIR_STRING("players_max_text", most),
                SD_JSON_BUILD_PAIR_STRING("fps_min_text", of[LIVE_FPS].n > 0 ? fps : NULL),
                SD_JSON_BUILD_PAIR_STRING("cpu_text", of[LIVE_CPU].n > 0 ? cpu : NULL),
                SD_JSON_BUILD_PAIR_STRING(
                        "memory_max_text", of[LIVE_MEMORY].n > 0 ? memory : NULL));
}

static int add_servers(const Charts *charts, sd_json_variant **model) {
        _cleanup_json_ sd_json_variant *list = NULL;
        size_t n = 0;
        int r;

        r = sd_json_variant_new_array(&list, NULL, 0);
        for (size_t i = 0; r >= 0 && !charts->name && i < charts->n_servers; i++) {
                if (charts->servers[i].total.of[LIVE_PLAYERS].n == 0)
                        continue;
                r = add_server(&charts->servers[i], charts->range->name, &list);
                n++;
        }
        if (r >= 0)
                r = sd_json_variant_set_field(model, "servers", list);
        return r < 0 ? r : sd_json_variant_set_field_boolean(model, "has_servers", n > 0);
}

static int add_head(const Charts *charts, int error, sd_json_variant **model) {
        char href[128], series[160], problem[256];

        make_href(charts, "series", href, sizeof(href));
        (void) snprintf(series, sizeof(series), "%s?range=%s", href, charts->range->name);
        (void) snprintf(href, sizeof(href), "/servers/%s", charts->name ? charts->name : "");
        (void) snprintf(
                problem, sizeof(problem), _("Failed to read the samples: %s"), strerror(-error));
        return sd_json_buildo(
                model, SD_JSON_BUILD_PAIR_STRING("name", charts->name),
                SD_JSON_BUILD_PAIR_STRING("href", charts->name ? href : NULL),
                SD_JSON_BUILD_PAIR_STRING("range", charts->range->name),
                SD_JSON_BUILD_PAIR_STRING("range_label", _(charts->range->label)),
                SD_JSON_BUILD_PAIR_STRING("series_href", series),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_live", charts->range == &chart_ranges[0]),
                SD_JSON_BUILD_PAIR_STRING("problem", error < 0 ? problem : NULL),
                SD_JSON_BUILD_PAIR_BOOLEAN(
                        "has_samples", charts->series.total.of[LIVE_PLAYERS].n > 0));
}

static int show_page(Request *request, void *data, int error) {
        _cleanup_json_ sd_json_variant *model = NULL, *totals = NULL;
        const Charts *charts = data;
        int r;

        if (charts->name && !page_find_server(request, &r))
                return r;
        if (charts->name)
                request_set_title(request, _("Charts of %s"), charts->name);
        r = error == -ENOMEM ? -ENOMEM : add_head(charts, error, &model);
        if (r >= 0)
                r = add_ranges(charts, &model);
        if (r >= 0)
                r = chart_totals_build(&charts->series.total, &totals);
        if (r >= 0)
                r = sd_json_variant_set_field(&model, "totals", totals);
        if (r >= 0)
                r = add_servers(charts, &model);
        return r < 0 ? r : answer_page(request, 200, "charts", model);
}

static const Reading for_page = { .read = read_charts, .show = show_page, .free = charts_free };

int page_server_charts(Request *request) {
        int r;

        return page_find_server(request, &r) ? charts_run(request, false, &for_page) : r;
}

int page_charts(Request *request) {
        return charts_run(request, true, &for_page);
}

/* --- for the script -----------------------------------------------------------------------------
 */

static int answer_series(Request *request, void *data, int error) {
        _cleanup_json_ sd_json_variant *model = NULL, *totals = NULL;
        const Charts *charts = data;
        char *text = NULL;
        int r;

        if (charts->name && !page_find_server(request, &r))
                return r;
        if (error < 0)
                return error == -ENOMEM ? -ENOMEM : answer_error(request, 503, NULL);
        r = chart_series_build(&charts->series, &model);
        if (r >= 0)
                r = chart_totals_build(&charts->series.total, &totals);
        if (r >= 0)
                r = sd_json_variant_set_field(&model, "totals", totals);
        if (r >= 0)
                r = sd_json_variant_set_field_string(&model, "range", charts->range->name);
        if (r >= 0)
                r = sd_json_variant_format(model, SD_JSON_FORMAT_NEWLINE, &text);
        return r < 0 ? r
                     : http_response_data(
                               &request->http, 200, "application/json", text, strlen(text));
}

static const Reading for_script = { .read = read_charts,
                                    .show = answer_series,
                                    .free = charts_free };

int page_server_series(Request *request) {
        int r;

        return page_find_server(request, &r) ? charts_run(request, false, &for_script) : r;
}

int page_series(Request *request) {
        return charts_run(request, true, &for_script);
}
