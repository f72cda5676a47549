/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pages/metrics-model.h"

#include <signal.h>

#include "systemd/cgroup.h"
#include "servers/servers.h"

typedef struct Measured {
        Server *server;
        const LiveState *live; /* NULL: none, or left4me-watch has stopped writing it */
        bool has_values;       /* its values are not old */
        const UnitState *unit;
        CgroupUsage usage;
        bool is_running;
} Measured;

static bool has_answer(const Measured *m) {
        return m->live && m->has_values && m->live->at > 0;
}

static double seconds(uint64_t usec) {
        return (double) usec / 1000000;
}

/* --- one value of each server -------------------------------------------------------------------
 */

/* false: the server has no such value now. */
typedef bool (*Getter)(const Measured *m, double *ret);

static bool get_up(const Measured *m, double *ret) {
        *ret = m->is_running;
        return server_get_state(m->server) != SERVER_UNKNOWN;
}

static bool get_players(const Measured *m, double *ret) {
        *ret = has_answer(m) ? m->live->status.humans : 0;
        return has_answer(m);
}

static bool get_bots(const Measured *m, double *ret) {
        *ret = has_answer(m) ? m->live->status.bots : 0;
        return has_answer(m);
}

static bool get_slots(const Measured *m, double *ret) {
        *ret = has_answer(m) ? m->live->status.slots : 0;
        return has_answer(m);
}

static bool has_stats(const Measured *m) {
        return m->live && m->has_values && m->live->has_stats;
}

static bool get_fps(const Measured *m, double *ret) {
        *ret = has_stats(m) ? m->live->fps : 0;
        return has_stats(m);
}

static bool get_tick_rate(const Measured *m, double *ret) {
        *ret = m->live ? m->live->tick_rate : 0;
        return m->live && m->live->tick_rate > 0;
}

static bool get_slow(const Measured *m, double *ret) {
        *ret = m->live && m->live->is_slow;
        return has_stats(m);
}

static bool get_lan(const Measured *m, double *ret) {
        *ret = m->live && m->live->is_lan;
        return m->live != NULL;
}

static bool get_needs_update(const Measured *m, double *ret) {
        *ret = m->live && m->live->needs_update;
        return m->live != NULL;
}

static bool get_in(const Measured *m, double *ret) {
        *ret = has_stats(m) ? m->live->in_bytes_per_sec : 0;
        return has_stats(m);
}

static bool get_out(const Measured *m, double *ret) {
        *ret = has_stats(m) ? m->live->out_bytes_per_sec : 0;
        return has_stats(m);
}

static bool get_ip_in(const Measured *m, double *ret) {
        *ret = m->live ? (double) m->live->ip_in_bytes : 0;
        return m->live && m->live->ip_in_bytes != UINT64_MAX;
}

static bool get_ip_out(const Measured *m, double *ret) {
        *ret = m->live ? (double) m->live->ip_out_bytes : 0;
        return m->live && m->live->ip_out_bytes != UINT64_MAX;
}

static bool get_steam_kicks(const Measured *m, double *ret) {
        *ret = m->live ? (double) m->live->steam_kicks : 0;
        return m->live != NULL;
}

static bool get_lan_refusals(const Measured *m, double *ret) {
        *ret = m->live ? (double) m->live->lan_refusals : 0;
        return m->live != NULL;
}

static bool get_answer_time(const Measured *m, double *ret) {
        *ret = m->live ? seconds(m->live->at) : 0;
        return m->live && m->live->at > 0;
}

static bool get_cpu(const Measured *m, double *ret) {
        *ret = (double) m->usage.cpu_nsec / 1e9;
        return m->usage.cpu_nsec != UINT64_MAX;
}

static bool get_memory(const Measured *m, double *ret) {
        *ret = (double) m->usage.memory_bytes;
        return m->usage.memory_bytes != UINT64_MAX;
}

static bool get_tasks(const Measured *m, double *ret) {
        *ret = (double) m->usage.tasks;
        return m->usage.tasks != UINT64_MAX;
}

static bool get_restarts(const Measured *m, double *ret) {
        *ret = m->unit->restarts;
        return m->unit->active_state != NULL;
}

static bool get_hang_restarts(const Measured *m, double *ret) {
        *ret = m->live ? (double) m->live->hang_restarts : 0;
        return m->live != NULL;
}

static bool get_start_time(const Measured *m, double *ret) {
        *ret = seconds(m->unit->inactive_exit);
        return m->is_running && m->unit->inactive_exit > 0;
}

static const struct {
        const char *name, *help;
        MetricType type;
        Getter get;
} families[] = {
        { "left4me_server_up", "Whether the server's process runs.", METRIC_GAUGE, get_up },
        { "left4me_server_players", "People who play.", METRIC_GAUGE, get_players },
        { "left4me_server_bots", "Bots.", METRIC_GAUGE, get_bots },
        { "left4me_server_slots", "Most players that fit.", METRIC_GAUGE, get_slots },
        { "left4me_server_fps", "Frames a second, as the game says.", METRIC_GAUGE, get_fps },
        { "left4me_server_tick_rate", "Tick rate that the spec asks for.", METRIC_GAUGE,
          get_tick_rate },
        { "left4me_server_slow", "Whether FPS were below the tick rate for a while.", METRIC_GAUGE,
          get_slow },
        { "left4me_server_lan", "Whether it runs as a LAN server, as far as its log tells.",
          METRIC_GAUGE, get_lan },
        { "left4me_server_needs_update",
          "Whether Steam has a newer version of the game, as its log tells.", METRIC_GAUGE,
          get_needs_update },
        { "left4me_server_cpu_seconds", "Processor time of this run.", METRIC_COUNTER, get_cpu },
        { "left4me_server_memory_bytes", "Memory of its control group.", METRIC_GAUGE, get_memory },
        { "left4me_server_tasks", "Processes and threads.", METRIC_GAUGE, get_tasks },
        { "left4me_server_restarts", "Restarts by systemd after a crash, since a user started it.",
          METRIC_COUNTER, get_restarts },
        { "left4me_server_hang_restarts", "Restarts by on_hang, because it hung.", METRIC_COUNTER,
          get_hang_restarts },
        { "left4me_server_receive_bytes_per_second", "Traffic to the game, as it says.",
          METRIC_GAUGE, get_in },
        { "left4me_server_transmit_bytes_per_second", "Traffic from the game, as it says.",
          METRIC_GAUGE, get_out },
        { "left4me_server_ip_ingress_bytes", "Traffic to it in this run, all IP packets.",
          METRIC_COUNTER, get_ip_in },
        { "left4me_server_ip_egress_bytes", "Traffic from it in this run, all IP packets.",
          METRIC_COUNTER, get_ip_out },
        { "left4me_server_steam_kicks", "Players kicked for 'No Steam logon' in this run.",
          METRIC_COUNTER, get_steam_kicks },
        { "left4me_server_lan_refusals", "Players turned away in this run, as on a LAN server.",
          METRIC_COUNTER, get_lan_refusals },
        { "left4me_server_start_time_seconds", "When this run began, since 1970.", METRIC_GAUGE,
          get_start_time },
        { "left4me_server_answer_time_seconds", "When the game last answered, since 1970.",
          METRIC_GAUGE, get_answer_time },
};

static void add_families(const Measured *measured, size_t n, Metrics *metrics) {
        for (size_t f = 0; f < ELEMENTSOF(families); f++) {
                metrics_family(metrics, families[f].name, families[f].type, families[f].help);
                for (size_t i = 0; i < n; i++) {
                        const MetricLabel labels[] = {
                                { "server", server_name(measured[i].server) }, {}
                        };
                        double value;

                        if (families[f].get(&measured[i], &value))
                                metrics_value(metrics, labels, value);
                }
        }
}

/* --- words --------------------------------------------------------------------------------------
 */

static void add_states(const Measured *measured, size_t n, Metrics *metrics) {
        metrics_family(
                metrics, "left4me_server_state", METRIC_GAUGE,
                "The state that l4d2ctl status prints: 1 for the one that it has.");
        for (size_t i = 0; i < n; i++)
                for (ServerState state = 0; state < _SERVER_STATE_MAX; state++) {
                        const MetricLabel labels[] = {
                                { "server", server_name(measured[i].server) },
                                { "state", server_state_to_string(state) },
                                {},
                        };

                        metrics_value(
                                metrics, labels, server_get_state(measured[i].server) == state);
                }
}

static void add_health(const Measured *measured, size_t n, Metrics *metrics) {
        metrics_family(
                metrics, "left4me_server_health", METRIC_GAUGE,
                "Whether the game answers: 1 for the word that holds.");
        for (size_t i = 0; i < n; i++)
                for (LiveHealth health = 0; measured[i].live && health < _LIVE_HEALTH_MAX;
                     health++) {
                        const MetricLabel labels[] = {
                                { "server", server_name(measured[i].server) },
                                { "health", live_health_to_string(health) },
                                {},
                        };

                        metrics_value(metrics, labels, measured[i].live->health == health);
                }
}

static void add_map(const Measured *measured, size_t n, Metrics *metrics) {
        metrics_family(
                metrics, "left4me_server_info", METRIC_GAUGE,
                "The name that players see, the map and the version of the game.");
        for (size_t i = 0; i < n; i++) {
                const ServerStatus *status;

                if (!has_answer(&measured[i]))
                        continue;
                status = &measured[i].live->status;

                const MetricLabel labels[] = {
                        { "server", server_name(measured[i].server) },
                        { "hostname", status->hostname },
                        { "map", status->map },
                        { "version", status->version },
                        {},
                };

                metrics_value(metrics, labels, 1);
        }
}

/* As bash has it: 128 and the signal, of a process that a signal ended. */
static double exit_status(const LastEnd *end) {
        return end->exit_code == CLD_EXITED ? end->exit_status : 128 + end->exit_status;
}

static void add_last_exits(const Measured *measured, size_t n, Metrics *metrics) {
        metrics_family(
                metrics, "left4me_server_last_exit_status", METRIC_GAUGE,
                "How it last ended by itself, within a day: exit status, or 128 and the signal.");
        for (size_t i = 0; i < n; i++) {
                const LastEnd *end = server_get_last_end(measured[i].server);
                const MetricLabel labels[] = {
                        { "server", server_name(measured[i].server) },
                        { "result", end ? end->result : NULL },
                        {},
                };

                if (end)
                        metrics_value(metrics, labels, exit_status(end));
        }
        metrics_family(
                metrics, "left4me_server_last_exit_time_seconds", METRIC_GAUGE,
                "When that was, since 1970.");
        for (size_t i = 0; i < n; i++) {
                const LastEnd *end = server_get_last_end(measured[i].server);
                const MetricLabel labels[] = { { "server", server_name(measured[i].server) }, {} };

                if (end)
                        metrics_value(metrics, labels, seconds(end->usec));
        }
}

/* --- all ----------------------------------------------------------------------------------------
 */

static void measure(Server *server, Measured *ret) {
        ServerState state = server_get_state(server);

        *ret = (Measured) {
                .server = server,
                .unit = server_get_unit(server),
                .live = server_is_unwatched(server) ? NULL : server_get_live(server),
                .usage = { UINT64_MAX, UINT64_MAX, UINT64_MAX },
                .is_running = state == SERVER_RUNNING,
        };
        ret->has_values = !server_live_is_old(server);
        if (ret->is_running)
                cgroup_usage_read(ret->unit->control_group, &ret->usage);
}

int metrics_add_servers(const Request *request, Metrics *metrics) {
        struct Servers *servers = request->web->servers;
        _cleanup_free_ Measured *measured = NULL;
        size_t n = 0;

        while (servers_get(servers, n))
                n++;
        measured = calloc(n + 1, sizeof(*measured));
        if (!measured)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++)
                measure(servers_get(servers, i), &measured[i]);

        add_families(measured, n, metrics);
        add_states(measured, n, metrics);
        add_health(measured, n, metrics);
        add_map(measured, n, metrics);
        add_last_exits(measured, n, metrics);
        return 0;
}
