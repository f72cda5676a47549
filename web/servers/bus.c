/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * systemd's side of the table of servers. Its signals say that something changed, the values are
 * then asked for, without waiting. To ask about a unit that is not loaded makes systemd load it,
 * announce it and forget it again; so inactive units are never asked about because of a signal, or
 * each answer would be the next reason to ask.
 */

#include "servers/internal.h"

#include <string.h>

#include "base/log.h"
#include "layer/tree-record.h"

/* A look at an inactive unit makes systemd load and unload it; one list serves many such
 * changes. */
#define RELIST_DELAY (50 * UINT64_C(1000))

/* all: do not believe anything that was known. */
static void list_units(Servers *servers, bool all) {
        servers->list_all |= all;
        unit_listener_list(&servers->listener);
}

static void retry_later(Servers *servers) {
        servers->list_all = true;
        unit_listener_retry(&servers->listener);
}

static void forget_state(Servers *servers) {
        servers->is_known = false;
        servers->is_reloading = false;
        for (size_t i = 0; i < servers->n_items; i++)
                servers->items[i]->fetch = unit_fetch_free(servers->items[i]->fetch);
        servers->n_fetching = 0;
        servers_touch(servers, NULL);
}

static void on_lost(bool is_bus, void *userdata) {
        Servers *servers = userdata;

        if (is_bus)
                log_warning("The system bus is gone: the state of servers is unknown");
        forget_state(servers);
}

static void on_failed(UnitListenerStep step, int error, void *userdata) {
        Servers *servers = userdata;

        servers->list_all = true;
        switch (step) {
        case LISTENER_CONNECT:
                if (!servers->has_complained)
                        (void) log_error_errno(error, "Failed to connect to the system bus");
                servers->has_complained = true;
                break;
        case LISTENER_ASK:
                (void) log_error_errno(error, "Failed to ask systemd for its units");
                break;
        case LISTENER_ANSWER:
                (void) log_error_errno(error, "Failed to ask systemd for its units");
                forget_state(servers);
                break;
        case LISTENER_TIMER:
                log_error("Failed to set a timer: the state of servers stays unknown");
                break;
        }
}

/* --- signals ------------------------------------------------------------------------------------
 */

/* The server that has this unit, or overlay unit. */
static Server *find_by_unit(Servers *servers, const char *unit, bool *ret_of_overlay) {
        char name[INSTANCE_NAME_MAX + 1];

        *ret_of_overlay = false;
        if (instance_of_server_unit(unit, name))
                return servers_find_any(servers, name);
        *ret_of_overlay = true;
        return instance_of_overlay_unit(unit, name) ? servers_find_any(servers, name) : NULL;
}

static void on_properties(const char *unit, sd_bus_message *m, void *userdata) {
        Servers *servers = userdata;
        bool of_overlay;
        Server *server = find_by_unit(servers, unit, &of_overlay);

        /* One that was not known to be loaded is found by the list that UnitNew leads to. */
        if (!server || !server->is_loaded || unit_state_apply(&server->unit, m, of_overlay) < 0)
                return;
        server->wants_fetch = true;
        servers_touch(servers, server);
}

static int on_relist(sd_event_source *source _unused_, uint64_t now _unused_, void *userdata) {
        Servers *servers = userdata;

        servers->relist = sd_event_source_disable_unref(servers->relist);
        list_units(servers, false);
        return 0;
}

static void list_soon(Servers *servers) {
        if (!servers->relist)
                (void) sd_event_add_time_relative(
                        servers->event, &servers->relist, CLOCK_MONOTONIC, RELIST_DELAY, 1000,
                        on_relist, servers);
}

static void on_unit_new(Servers *servers, sd_bus_message *m) {
        char name[INSTANCE_NAME_MAX + 1];
        const char *unit;

        if (sd_bus_message_read(m, "so", &unit, NULL) >= 0 && instance_of_server_unit(unit, name))
                list_soon(servers);
}

static void unload(Servers *servers, Server *server) {
        unit_state_clear(&server->unit);
        server->is_loaded = server->was_fetched = server->wants_fetch = false;
        servers_touch(servers, server);
}

static void on_unit_removed(Servers *servers, sd_bus_message *m) {
        char name[INSTANCE_NAME_MAX + 1];
        const char *unit;
        Server *server;

        /* A reload removes all units and makes those that are needed again. */
        if (servers->is_reloading || sd_bus_message_read(m, "so", &unit, NULL) < 0 ||
            !instance_of_server_unit(unit, name))
                return;
        server = servers_find_any(servers, name);
        if (server)
                unload(servers, server);
}

/* A start that was refused changes nothing but properties that are not announced. */
static void on_job_removed(Servers *servers, sd_bus_message *m) {
        char name[INSTANCE_NAME_MAX + 1];
        const char *unit, *result;
        Server *server;

        if (sd_bus_message_read(m, "uoss", NULL, NULL, &unit, &result) < 0 ||
            !instance_of_server_unit(unit, name) || strcmp(result, "done") == 0)
                return;
        server = servers_find_any(servers, name);
        if (server && server->is_loaded) {
                server->wants_fetch = server->wants_fetch_once = true;
                servers_touch(servers, server);
        }
}

static void on_reloading(Servers *servers, sd_bus_message *m) {
        int active;

        if (sd_bus_message_read(m, "b", &active) < 0)
                return;
        servers->is_reloading = active;
        if (active)
                return;
        /* The generator ran: a spec may be read now, or refused. */
        servers_specs_stale(servers);
        list_units(servers, false);
}

static void on_signal(sd_bus_message *m, void *userdata) {
        static const struct {
                const char *signal;
                void (*handle)(Servers *servers, sd_bus_message *m);
        } handlers[] = {
                { "UnitNew", on_unit_new },
                { "UnitRemoved", on_unit_removed },
                { "JobRemoved", on_job_removed },
                { "Reloading", on_reloading },
        };

        for (size_t i = 0; i < ELEMENTSOF(handlers); i++)
                if (strcmp(sd_bus_message_get_member(m), handlers[i].signal) == 0)
                        handlers[i].handle(userdata, m);
}

/* --- which units there are ----------------------------------------------------------------------
 */

typedef struct ListedUnit {
        const char *name, *load, *active, *sub, *path, *job_path;
        uint32_t job;
} ListedUnit;

static bool differs(const char *a, const char *b) {
        return !a || strcmp(a, b) != 0;
}

static int replace(char **field, const char *value) {
        char *copy = strdup(value);

        if (!copy)
                return -ENOMEM;
        free(*field);
        *field = copy;
        return 0;
}

static int take_listed(Servers *servers, const ListedUnit *listed, bool all) {
        char name[INSTANCE_NAME_MAX + 1];
        Server *server;
        int r;

        if (!instance_of_server_unit(listed->name, name))
                return 0;
        r = servers_add(servers, name, &server);
        if (r < 0)
                return r;

        server->is_loaded = true;
        if (!all && server->was_fetched && !differs(server->unit.load_state, listed->load) &&
            !differs(server->unit.active_state, listed->active) &&
            !differs(server->unit.sub_state, listed->sub))
                return 0;
        server->wants_fetch = true;
        if (listed->job != 0)
                server->wants_fetch_once = true;
        servers_touch(servers, server);
        r = replace(&server->unit.load_state, listed->load);
        if (r >= 0)
                r = replace(&server->unit.active_state, listed->active);
        if (r >= 0)
                r = replace(&server->unit.sub_state, listed->sub);
        return r;
}

static int take_list(Servers *servers, sd_bus_message *m, bool all) {
        ListedUnit listed;
        int r;

        for (size_t i = 0; i < servers->n_items; i++)
                servers->items[i]->is_loaded = false;

        r = sd_bus_message_enter_container(m, 'a', "(ssssssouso)");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_read(
                        m, "(ssssssouso)", &listed.name, NULL, &listed.load, &listed.active,
                        &listed.sub, NULL, NULL, &listed.job, NULL, NULL)) > 0) {
                r = take_listed(servers, &listed, all);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;

        for (size_t i = 0; i < servers->n_items; i++)
                if (!servers->items[i]->is_loaded && servers->items[i]->unit.load_state)
                        unload(servers, servers->items[i]);
        return 0;
}

static int on_list(sd_bus_message *m, void *userdata) {
        Servers *servers = userdata;
        int r;

        r = take_list(servers, m, servers->list_all || !servers->is_known);
        if (r < 0)
                return r;
        if (!servers->is_known)
                servers_touch(servers, NULL);
        servers->is_known = true;
        servers->list_all = servers->has_complained = false;
        return 0;
}

/* --- what is known of one -----------------------------------------------------------------------
 */

static void on_fetched(UnitState *state, int error, void *userdata) {
        Server *server = userdata;
        Servers *servers = server->servers;

        if (error >= 0 && server->is_loaded) {
                unit_state_clear(&server->unit);
                server->unit = *state;
                *state = (UnitState) {};
                unit_state_read_tree(&server->unit, servers->specs->paths, server->name);
                server->was_fetched = true;
        } else if (error < 0) {
                /* PID 1 is too busy, for example with a long reload. The page may show an old state
                 * until then. */
                server->was_fetched = false;
                retry_later(servers);
        }

        server->fetch = unit_fetch_free(server->fetch);
        servers->n_fetching--;
        servers_touch(servers, server);
}

static bool is_inactive(const UnitState *unit) {
        return !unit->active_state || strcmp(unit->active_state, "inactive") == 0;
}

static int fetch(Servers *servers, Server *server) {
        const UnitQuery query = {
                .unit = server->units.server,
                .overlay = server->units.overlay,
                .with_control_group = true,
        };
        int r;

        r = unit_fetch_new(servers->listener.bus, &query, on_fetched, server, &server->fetch);
        if (r >= 0)
                servers->n_fetching++;
        return r;
}

void servers_bus_fetch(Servers *servers) {
        for (size_t i = 0; i < servers->n_items; i++) {
                Server *server = servers->items[i];

                if (!server->wants_fetch || server->fetch)
                        continue;
                if (!server->is_loaded ||
                    (is_inactive(&server->unit) && !server->wants_fetch_once)) {
                        server->wants_fetch = server->wants_fetch_once = false;
                        continue;
                }
                if (!servers->listener.bus || servers->n_fetching >= UNIT_FETCHES_MAX)
                        return;
                if (fetch(servers, server) < 0) {
                        retry_later(servers);
                        return;
                }
                server->wants_fetch = server->wants_fetch_once = false;
        }
}

/* --- opening ------------------------------------------------------------------------------------
 */

void servers_bus_open(Servers *servers) {
        servers->listener = (UnitListener) {
                .event = servers->event,
                .on_signal = on_signal,
                .on_properties = on_properties,
                .on_list = on_list,
                .on_lost = on_lost,
                .on_failed = on_failed,
                .userdata = servers,
        };
        unit_listener_open(&servers->listener);
}

void servers_bus_close(Servers *servers) {
        servers->relist = sd_event_source_disable_unref(servers->relist);
        unit_listener_close(&servers->listener);
}
