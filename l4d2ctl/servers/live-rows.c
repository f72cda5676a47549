/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "servers/live-rows.h"

#include <string.h>

#include "base/log.h"
#include "base/time-text.h"

#define WATCH_UNIT "left4me-watch.service"

/* µs between two rows: in less, chance decides. */
#define RATE_TIME_MIN (USEC_PER_SEC / 20)

static bool is_wanted(const char *name, char *const *names, size_t n_names) {
        for (size_t i = 0; i < n_names; i++)
                if (strcmp(names[i], name) == 0)
                        return true;
        return n_names == 0;
}

static const LiveRow *find_row(const LiveRows *rows, const char *name) {
        for (size_t i = 0; rows && i < rows->n_items; i++)
                if (strcmp(rows->items[i].name, name) == 0)
                        return &rows->items[i];
        return NULL;
}

/* A counter's growth per µs between two rows; negative: unknown. */
static double find_rate(const LiveRow *row, uint64_t now, const LiveRow *earlier, uint64_t before) {
        /* Another run counts from zero. */
        if (!earlier || strcmp(earlier->invocation_id, row->invocation_id) != 0 ||
            now == UINT64_MAX || before == UINT64_MAX || now < before ||
            row->measured - earlier->measured < RATE_TIME_MIN)
                return -1;
        return (double) (now - before) / (double) (row->measured - earlier->measured);
}

/* At the first look: by left4me-watch, which measured the CPU, and has the traffic from the game.
 */
static void find_rates(LiveRow *row, const LiveRow *earlier) {
        const LiveRow none = { .cpu_nsec = UINT64_MAX }, *from = earlier ? earlier : &none;
        bool has_live = row->live && row->age != LIVE_UNWATCHED;
        bool has_stats = live_row_has_values(row) && row->live->has_stats;
        double cpu = find_rate(row, row->cpu_nsec, earlier, from->cpu_nsec);
        double in = find_rate(row, row->ip_in_bytes, earlier, from->ip_in_bytes);
        double out = find_rate(row, row->ip_out_bytes, earlier, from->ip_out_bytes);

        row->cpu_percent = cpu >= 0 ? cpu / 10 : has_live ? row->live->cpu_percent : -1;
        row->in_bytes_per_sec = in >= 0     ? in * USEC_PER_SEC
                                : has_stats ? row->live->in_bytes_per_sec
                                            : -1;
        row->out_bytes_per_sec = out >= 0    ? out * USEC_PER_SEC
                                 : has_stats ? row->live->out_bytes_per_sec
                                             : -1;
}

/* The live state of another run says nothing about this one. */
static LiveState *read_live(const Paths *paths, const Server *server) {
        LiveState *state = NULL;

        if (server->state != SERVER_RUNNING || live_state_read(paths, server->name, &state) < 0)
                return NULL;
        if (live_state_is_of(state, server->query.state.invocation_id))
                return state;
        free(state);
        return NULL;
}

static void fill_row(const Ctl *ctl, const Server *server, const LiveRows *before, LiveRow *row) {
        const UnitState *unit = &server->query.state;
        bool runs = server->state == SERVER_RUNNING;
        uint64_t now = now_realtime();

        *row = (LiveRow) {
                .state = server->state,
                .live = read_live(ctl->paths, server),
                .uptime_usec = runs && now > unit->state_change ? now - unit->state_change : 0,
                .memory_bytes = runs ? unit->memory_bytes : UINT64_MAX,
                .cpu_nsec = runs ? unit->cpu_nsec : UINT64_MAX,
                .ip_in_bytes = runs ? unit->ip_in_bytes : UINT64_MAX,
                .ip_out_bytes = runs ? unit->ip_out_bytes : UINT64_MAX,
                .measured = now_monotonic(),
        };
        (void) snprintf(row->name, sizeof(row->name), "%s", server->name);
        if (unit->invocation_id)
                (void) snprintf(
                        row->invocation_id, sizeof(row->invocation_id), "%s", unit->invocation_id);
        if (row->live)
                row->age = live_state_age(
                        row->live, ctl->config->watch_interval_sec * USEC_PER_SEC, now);
        find_rates(row, find_row(before, row->name));
}

static bool is_watched(Ctl *ctl) {
        UnitQuery query = { .unit = WATCH_UNIT };
        bool runs = bus_query_units(ctl->bus, &query, 1, NULL) >= 0 && query.state.active_state &&
                    strcmp(query.state.active_state, "active") == 0;

        unit_query_clear(&query);
        return runs;
}

int live_rows_read(
        Ctl *ctl, char *const *names, size_t n_names, const LiveRows *before, LiveRows *ret) {
        _cleanup_(servers_clear) Servers servers = {};
        int r;

        *ret = (LiveRows) {};
        r = servers_load_all(ctl, &servers);
        if (r != CTL_OK)
                return r;
        ret->items = calloc(servers.n_items + 1, sizeof(LiveRow));
        if (!ret->items) {
                (void) log_error_errno(-ENOMEM, "Failed to read the servers");
                return CTL_FAILURE;
        }
        for (size_t i = 0; i < servers.n_items; i++)
                if (is_wanted(servers.items[i].name, names, n_names))
                        fill_row(ctl, &servers.items[i], before, &ret->items[ret->n_items++]);
        ret->is_watched = is_watched(ctl);
        return CTL_OK;
}

void live_rows_clear(LiveRows *rows) {
        for (size_t i = 0; i < rows->n_items; i++)
                free(rows->items[i].live);
        free(rows->items);
        *rows = (LiveRows) {};
}

bool live_row_has_values(const LiveRow *row) {
        return row->live && row->age == LIVE_NEW && row->live->source != LIVE_SOURCE_NONE;
}

/* --- order ------------------------------------------------------------------------------------ */

static double weight(const LiveRow *row, LiveOrder order) {
        switch (order) {
        case ORDER_PLAYERS:
                return live_row_has_values(row) ? (double) row->live->status.humans : -1;
        case ORDER_CPU:
                return row->cpu_percent;
        case ORDER_MEMORY:
                return row->memory_bytes == UINT64_MAX ? -1 : (double) row->memory_bytes;
        case ORDER_NAME:
        default:
                return 0;
        }
}

static int compare(const void *a, const void *b, void *order) {
        const LiveRow *one = a, *other = b;
        double first = weight(one, *(LiveOrder *) order),
               second = weight(other, *(LiveOrder *) order);

        if (first != second)
                return first > second ? -1 : 1;
        return strcmp(one->name, other->name);
}

void live_rows_sort(LiveRows *rows, LiveOrder order) {
        if (rows->n_items > 0)
                qsort_r(rows->items, rows->n_items, sizeof(LiveRow), compare, &order);
}
