/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * /servers/NAME/timeline: chat, players, maps, actions, hangs, starts and crashes of a server, the
 * newest first, a page at a time. A page begins where each source was left by the page before.
 */

#include "pages/timeline.h"

#include <string.h>

#include "app/access.h"
#include "app/answer.h"
#include "app/reading.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time-text.h"
#include "pages/pages.h"
#include "pages/server-log.h"
#include "pages/server-lookup.h"

enum { SOURCE_EVENTS, SOURCE_ACTIONS, SOURCE_RUNS, N_SOURCES };

#define KIND(kind) (UINT32_C(1) << (kind))
#define OF_PLAYERS                                                               \
        (KIND(LIVE_JOIN) | KIND(LIVE_LEAVE) | KIND(LIVE_KICK) | KIND(LIVE_BAN) | \
         KIND(LIVE_UNBAN) | KIND(LIVE_STEAM_KICK))
#define OF_HEALTH                                                                     \
        (KIND(LIVE_HANG) | KIND(LIVE_RECOVERED) | KIND(LIVE_SLOW) | KIND(LIVE_FAST) | \
         KIND(LIVE_LAN) | KIND(LIVE_RESTART) | KIND(LIVE_LEFT_OUT) | KIND(LIVE_GAP))

/* The choices of what is shown. "All" leaves out the end of a map: the next one's start tells it.
 */
static const struct {
        const char *value, *label;
        uint32_t event_kinds;
        bool has[N_SOURCES];
} filters[] = {
        { "all",
          N_("All"),
          ~(KIND(LIVE_MAP_END)) & (KIND(_LIVE_EVENT_KIND_MAX) - 1),
          { true, true, true } },
        { "chat", N_("Chat"), KIND(LIVE_CHAT), { true, false, false } },
        { "players", N_("Players"), OF_PLAYERS, { true, false, false } },
        { "maps", N_("Maps"), KIND(LIVE_MAP_START) | KIND(LIVE_MAP_END), { true, false, false } },
        { "runs", N_("Runs and health"), OF_HEALTH, { true, false, true } },
        { "actions", N_("Actions"), KIND(LIVE_RCON), { true, true, false } },
};

/* The names in the query of the places where the sources go on; "-": nothing is left. */
static const char *const place_keys[N_SOURCES] = { "events", "actions", "runs" };

typedef struct Timeline {
        TimelineQuery query;
        size_t filter;
        TimelineSource sources[N_SOURCES];
        const char *places[N_SOURCES]; /* NULL: from the newest; of the request or a source */
        size_t taken[N_SOURCES];
        sd_json_variant *items;
        bool is_first, has_more;
} Timeline;

static void timeline_free(void *data) {
        Timeline *timeline = data;

        if (!timeline)
                return;
        for (size_t i = 0; i < N_SOURCES; i++)
                timeline_source_clear(&timeline->sources[i]);
        sd_json_variant_unref(timeline->items);
        free(timeline);
}

/* --- reading ------------------------------------------------------------------------------------
 */

static void read_request(const Request *request, Timeline *timeline) {
        const char *name = request_parameter(request, "name");
        const char *show = request_query(request, "show");

        for (size_t i = 0; show && i < ELEMENTSOF(filters); i++)
                if (strcmp(filters[i].value, show) == 0)
                        timeline->filter = i;
        timeline->query = (TimelineQuery) {
                .name = name,
                .since = access_since(request, name),
                .now = now_realtime(),
                .event_kinds = filters[timeline->filter].event_kinds,
                .with_cores = request->user->is_admin,
        };
        timeline->is_first = true;
        for (size_t i = 0; i < N_SOURCES; i++) {
                const char *place = request_query(request, place_keys[i]);

                timeline->places[i] = place && place[0] != '\0' ? place : NULL;
                timeline->is_first = timeline->is_first && !timeline->places[i];
        }
}

/* In a thread. */
static int read_sources(void *data) {
        static int (*const readers[N_SOURCES])(const TimelineQuery *, TimelineSource *) = {
                timeline_read_events,
                timeline_read_actions,
                timeline_read_runs,
        };
        Timeline *timeline = data;
        TimelineQuery query = timeline->query;
        int r = 0;

        for (size_t i = 0; i < N_SOURCES && r >= 0 && query.since != UINT64_MAX; i++) {
                query.older = timeline->places[i];
                if (filters[timeline->filter].has[i] &&
                    (!query.older || strcmp(query.older, "-") != 0))
                        r = readers[i](&query, &timeline->sources[i]);
        }
        return r;
}

/* The source with the newest item that was not taken; N_SOURCES: none has any. */
static size_t newest(const Timeline *timeline) {
        size_t best = N_SOURCES;

        for (size_t i = 0; i < N_SOURCES; i++) {
                const TimelineSource *source = &timeline->sources[i];
                size_t n = timeline->taken[i];

                if (n < source->n_items &&
                    (best == N_SOURCES ||
                     source->items[n].usec >
                             timeline->sources[best].items[timeline->taken[best]].usec))
                        best = i;
        }
        return best;
}

/* Whether the others have all their items of that time: else it comes on a later page, in order. */
static bool is_due(const Timeline *timeline, size_t of, uint64_t usec) {
        for (size_t i = 0; i < N_SOURCES; i++)
                if (i != of && timeline->sources[i].rest && usec < timeline->sources[i].rest_usec)
                        return false;
        return true;
}

static bool has_rest(const Timeline *timeline) {
        for (size_t i = 0; i < N_SOURCES; i++)
                if (timeline->sources[i].rest)
                        return true;
        return false;
}

static int merge(Timeline *timeline) {
        int r;

        r = sd_json_variant_new_array(&timeline->items, NULL, 0);
        for (size_t n = 0; r >= 0 && n < TIMELINE_ITEMS; n++) {
                _cleanup_json_ sd_json_variant *model = NULL;
                const TimelineItem *item;
                size_t i = newest(timeline);

                if (i == N_SOURCES)
                        break;
                item = &timeline->sources[i].items[timeline->taken[i]];
                if (!is_due(timeline, i, item->usec))
                        break;
                timeline->taken[i]++;
                r = timeline_item_to_model(item, timeline->query.now, &model);
                if (r >= 0)
                        r = sd_json_variant_append_array(&timeline->items, model);
        }
        timeline->has_more = newest(timeline) != N_SOURCES || has_rest(timeline);
        return r;
}

/* --- links --------------------------------------------------------------------------------------
 */

/* Where the next page of a source begins. */
static const char *next_place(const Timeline *timeline, size_t i) {
        const TimelineSource *source = &timeline->sources[i];

        if (source->rest && timeline->taken[i] == source->n_items)
                return source->rest;
        if (timeline->taken[i] > 0)
                return source->items[timeline->taken[i] - 1].position;
        return source->n_items > 0 ? timeline->places[i] : "-";
}

/* Cursors stand in a query as they are, see pages/audit.c. */
static int older_href(const Timeline *timeline, const char *name, char **ret) {
        char *text = NULL;
        size_t size;
        FILE *f;

        if (!timeline->has_more)
                return 0;
        f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        (void) fprintf(f, "/servers/%s/timeline?show=%s", name, filters[timeline->filter].value);
        for (size_t i = 0; i < N_SOURCES; i++) {
                const char *place = next_place(timeline, i);

                if (!place)
                        continue;
                (void) fprintf(f, "&%s=", place_keys[i]);
                form_print_escaped(place, f);
        }
        if (fclose(f) != 0 || !text) {
                free(text);
                return -ENOMEM;
        }
        *ret = text;
        return 0;
}

static int filters_to_model(const Timeline *timeline, const char *name, sd_json_variant **ret) {
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(filters) && r >= 0; i++) {
                char href[INSTANCE_NAME_MAX + 64];

                (void) snprintf(
                        href, sizeof(href), "/servers/%s/timeline?show=%s", name, filters[i].value);
                r = sd_json_variant_append_arraybo(
                        ret, SD_JSON_BUILD_PAIR_STRING("value", filters[i].value),
                        SD_JSON_BUILD_PAIR_STRING("label", _(filters[i].label)),
                        SD_JSON_BUILD_PAIR_STRING("href", href),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_current", i == timeline->filter));
        }
        return r;
}

/* The stream of the log: each line may be followed by an event. Only the newest page is renewed. */
static int events_href(
        const Request *request, const Server *server, const Timeline *timeline, char **ret) {
        _cleanup_(server_log_clear) LogLines lines = {};
        int r;

        if (!timeline->is_first)
                return 0;
        r = server_log_read(request, server, 1, &lines);
        return r < 0 ? r : log_events_href(server_name(server), &lines, ret);
}

/* --- the page -----------------------------------------------------------------------------------
 */

static int answer(Request *request, Server *server, const Timeline *timeline) {
        _cleanup_json_ sd_json_variant *model = NULL, *object = NULL, *choices = NULL;
        _cleanup_free_ char *older = NULL, *events = NULL;
        const char *name = server_name(server);
        int r;

        r = server_to_model(server, &object);
        if (r >= 0)
                r = filters_to_model(timeline, name, &choices);
        if (r >= 0)
                r = older_href(timeline, name, &older);
        if (r >= 0)
                r = events_href(request, server, timeline, &events);
        if (r < 0)
                return r;
        r = sd_json_buildo(
                &model, SD_JSON_BUILD_PAIR_VARIANT("server", object),
                SD_JSON_BUILD_PAIR_VARIANT("filters", choices),
                SD_JSON_BUILD_PAIR_VARIANT("items", timeline->items),
                SD_JSON_BUILD_PAIR_BOOLEAN(
                        "has_items", sd_json_variant_elements(timeline->items) > 0),
                SD_JSON_BUILD_PAIR_STRING("older_href", older),
                SD_JSON_BUILD_PAIR_STRING("events_href", events));
        return r < 0 ? r : answer_page(request, 200, "timeline", model);
}

static int show(Request *request, void *data, int error) {
        Timeline *timeline = data;
        Server *server;
        int r;

        server = page_find_server(request, &r);
        if (!server)
                return r;
        request_set_title(request, _("Timeline of %s"), server_name(server));
        if (error == -EINVAL)
                return answer_error(request, 400, _("This page of the timeline no longer exists."));
        if (error < 0)
                return reading_answer_error(request, error);
        r = merge(timeline);
        return r < 0 ? r : answer(request, server, timeline);
}

int page_timeline(Request *request) {
        static const Reading reading = { .read = read_sources,
                                         .show = show,
                                         .free = timeline_free };
        Timeline *timeline;
        int r;

        if (!page_find_server(request, &r))
                return r;
        timeline = calloc(1, sizeof(*timeline));
        if (!timeline)
                return -ENOMEM;
        read_request(request, timeline);
        return reading_run(request, &reading, timeline);
}
