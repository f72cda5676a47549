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
#include "base/time-text.h"
#include "layer/tree-record.h"
#include "systemd/bus-names.h"

enum {
        /* At a time: a unit is asked for some 20 properties, and dbus-daemon allows 128 calls. */
        FETCHES_MAX = 4,
};

#define RETRY_INTERVAL USEC_PER_SEC
/* A look at an inactive unit makes systemd load and unload it; one list serves many such
 * changes. */
#define RELIST_DELAY (50 * UINT64_C(1000))
/* PID 1 doesn't answer during a reload, which waits up to 90 s for generators. */
#define LIST_TIMEOUT (120 * USEC_PER_SEC)

static void list_units(Servers *servers, bool all);

/* --- the connection -----------------------------------------------------------------------------
 */

static void forget_state(Servers *servers) {
        servers->is_known = false;
        servers->is_reloading = false;
        servers->listing = sd_bus_slot_unref(servers->listing);
        for (size_t i = 0; i < servers->n_items; i++)
                servers->items[i]->fetch = unit_fetch_free(servers->items[i]->fetch);
        servers->n_fetching = 0;
        servers_touch(servers, NULL);
}

void servers_bus_close(Servers *servers) {
        for (size_t i = 0; i < servers->n_slots; i++)
                sd_bus_slot_unref(servers->slots[i]);
        servers->n_slots = 0;
        servers->listing = sd_bus_slot_unref(servers->listing);
        servers->retry = sd_event_source_disable_unref(servers->retry);
        servers->relist = sd_event_source_disable_unref(servers->relist);
        if (servers->bus)
                (void) sd_bus_detach_event(servers->bus);
        servers->bus = sd_bus_close_unref(servers->bus);
}

static int on_retry(sd_event_source *source _unused_, uint64_t now _unused_, void *userdata) {
        Servers *servers = userdata;

        servers->retry = sd_event_source_disable_unref(servers->retry);
        if (!servers->bus)
                servers_bus_open(servers);
        else
                list_units(servers, true);
        return 0;
}

static void retry_later(Servers *servers) {
        if (!servers->retry && sd_event_add_time_relative(
                                       servers->event, &servers->retry, CLOCK_MONOTONIC,
                                       RETRY_INTERVAL, 0, on_retry, servers) < 0)
                log_error("Failed to set a timer: the state of servers stays unknown");
}

/* The connection can't be freed while it calls us: on_retry() opens a new one. */
static int on_disconnected(sd_bus_message *m _unused_, void *userdata, sd_bus_error *e _unused_) {
        Servers *servers = userdata;

        log_warning("The system bus is gone: the state of servers is unknown");
        forget_state(servers);
        servers_bus_close(servers);
        retry_later(servers);
        return 0;
}

static int on_owner_changed(sd_bus_message *m, void *userdata, sd_bus_error *e _unused_) {
        Servers *servers = userdata;
        const char *owner;

        if (sd_bus_message_read(m, "sss", NULL, NULL, &owner) < 0)
                return 0;
        forget_state(servers);
        /* A systemd that comes back has forgotten our subscription. */
        if (owner[0] != '\0')
                retry_later(servers);
        return 0;
}

/* --- signals ------------------------------------------------------------------------------------
 */

/* The server whose unit, or overlay unit, has this object path. */
static Server *find_by_path(Servers *servers, const char *path, bool *ret_of_overlay) {
        _cleanup_free_ char *unit = NULL;
        char name[INSTANCE_NAME_MAX + 1];

        if (sd_bus_path_decode(path, SYSTEMD_UNIT_PATH, &unit) <= 0)
                return NULL;
        *ret_of_overlay = false;
        if (instance_of_server_unit(unit, name))
                return servers_find_any(servers, name);
        *ret_of_overlay = true;
        return instance_of_overlay_unit(unit, name) ? servers_find_any(servers, name) : NULL;
}

static int on_properties(sd_bus_message *m, void *userdata, sd_bus_error *e _unused_) {
        Servers *servers = userdata;
        bool of_overlay;
        Server *server = find_by_path(servers, sd_bus_message_get_path(m), &of_overlay);

        /* One that was not known to be loaded is found by the list that UnitNew leads to. */
        if (!server || !server->is_loaded)
                return 0;
        if (unit_state_apply(&server->unit, m, of_overlay) < 0)
                return 0;
        server->wants_fetch = true;
        servers_touch(servers, server);
        return 0;
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

static int on_manager(sd_bus_message *m, void *userdata, sd_bus_error *e _unused_) {
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
        return 0;
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

static int on_list(sd_bus_message *m, void *userdata, sd_bus_error *e _unused_) {
        Servers *servers = userdata;
        int r;

        servers->listing = sd_bus_slot_unref(servers->listing);
        r = sd_bus_message_is_method_error(m, NULL) ? -sd_bus_message_get_errno(m)
                                                    : take_list(servers, m, servers->list_all);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to ask systemd for its units");
                forget_state(servers);
                retry_later(servers);
                return 0;
        }

        if (!servers->is_known)
                servers_touch(servers, NULL);
        servers->is_known = true;
        servers->has_complained = false;
        return 0;
}

/* all: do not believe anything that was known. */
static void list_units(Servers *servers, bool all) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        char pattern[UNIT_NAME_MAX];
        int r;

        if (!servers->bus)
                return;
        servers->list_all = all || (servers->listing && servers->list_all) || !servers->is_known;
        servers->listing = sd_bus_slot_unref(servers->listing);

        unit_name(UNIT_SERVER, "*", pattern);
        /* The second time is refused, which doesn't matter. */
        r = sd_bus_call_method_async(
                servers->bus, NULL, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "Subscribe", NULL,
                NULL, NULL);
        if (r >= 0)
                r = sd_bus_message_new_method_call(
                        servers->bus, &m, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER,
                        "ListUnitsByPatterns");
        if (r >= 0)
                r = sd_bus_message_append(m, "asas", 0, 1, pattern);
        if (r >= 0)
                r = sd_bus_call_async(
                        servers->bus, &servers->listing, m, on_list, servers, LIST_TIMEOUT);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to ask systemd for its units");
                retry_later(servers);
        }
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

        r = unit_fetch_new(servers->bus, &query, on_fetched, server, &server->fetch);
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
                if (!servers->bus || servers->n_fetching >= FETCHES_MAX)
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

static int add_match(Servers *servers, const char *rule, sd_bus_message_handler_t handler) {
        return sd_bus_add_match_async(
                servers->bus, &servers->slots[servers->n_slots++], rule, handler, NULL, servers);
}

static int connect_and_listen(Servers *servers) {
        int r;

        r = sd_bus_open_system(&servers->bus);
        if (r < 0)
                return r;
        r = sd_bus_match_signal(
                servers->bus, &servers->slots[servers->n_slots++], "org.freedesktop.DBus.Local",
                "/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local", "Disconnected",
                on_disconnected, servers);
        if (r >= 0)
                r = add_match(
                        servers,
                        "type='signal',sender='" SYSTEMD_NAME "',path='" SYSTEMD_PATH
                        "',interface='" SYSTEMD_MANAGER "'",
                        on_manager);
        /* One rule for the units of all programs: a connection may have only 512 of them. */
        if (r >= 0)
                r = add_match(
                        servers,
                        "type='signal',sender='" SYSTEMD_NAME
                        "',interface='org.freedesktop.DBus.Properties'"
                        ",member='PropertiesChanged',path_namespace='" SYSTEMD_UNIT_PATH "'",
                        on_properties);
        if (r >= 0)
                r = add_match(
                        servers,
                        "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus'"
                        ",interface='org.freedesktop.DBus',member='NameOwnerChanged'"
                        ",arg0='" SYSTEMD_NAME "'",
                        on_owner_changed);
        if (r >= 0)
                r = sd_bus_attach_event(servers->bus, servers->event, SD_EVENT_PRIORITY_NORMAL);
        return r;
}

void servers_bus_open(Servers *servers) {
        int r;

        r = connect_and_listen(servers);
        if (r < 0) {
                if (!servers->has_complained)
                        (void) log_error_errno(r, "Failed to connect to the system bus");
                servers->has_complained = true;
                servers_bus_close(servers);
                retry_later(servers);
                return;
        }
        list_units(servers, true);
}
