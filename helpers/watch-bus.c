/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Which servers run, by systemd's signals. A signal says that something has changed; the values of
 * an active unit are then asked for, without waiting. Other units are never asked about: that would
 * make systemd load them, and announce it.
 */

#include "watch.h"

#include <string.h>

#include "base/log.h"
#include "base/time-text.h"
#include "systemd/bus-names.h"

/* A unit is asked for some 20 properties, and dbus-daemon allows 128 calls. */
enum { FETCHES_MAX = 4 };

#define RETRY_INTERVAL USEC_PER_SEC
/* PID 1 doesn't answer during a reload, which waits up to 90 s for generators. */
#define LIST_TIMEOUT (120 * USEC_PER_SEC)

static void list_units(Watch *w);
static void fetch_more(Watch *w);

/* --- the connection -----------------------------------------------------------------------------
 */

static int on_retry(sd_event_source *source _unused_, uint64_t now _unused_, void *userdata) {
        Watch *w = userdata;

        w->retry = sd_event_source_disable_unref(w->retry);
        if (!w->bus)
                watch_bus_open(w);
        else
                list_units(w);
        return 0;
}

static void retry_later(Watch *w) {
        if (!w->retry &&
            sd_event_add_time_relative(
                    w->event, &w->retry, CLOCK_MONOTONIC, RETRY_INTERVAL, 0, on_retry, w) < 0)
                log_error("Failed to set a timer: starts of servers are not noticed");
}

/* Servers go on to be watched; the list that is asked for then tells what has changed. */
static void forget_calls(Watch *w) {
        w->listing = sd_bus_slot_unref(w->listing);
        for (size_t i = 0; i < w->n_items; i++) {
                w->items[i]->wants_fetch |= w->items[i]->fetch != NULL;
                w->items[i]->fetch = unit_fetch_free(w->items[i]->fetch);
                watched_forget_traffic(w->items[i]);
        }
        w->n_fetching = 0;
}

static int on_disconnected(sd_bus_message *m _unused_, void *userdata, sd_bus_error *e _unused_) {
        Watch *w = userdata;

        log_warning("The system bus is gone: starts of servers are not noticed");
        forget_calls(w);
        watch_bus_close(w);
        retry_later(w);
        return 0;
}

/* A systemd that comes back has forgotten our subscription. */
static int on_owner_changed(sd_bus_message *m, void *userdata, sd_bus_error *e _unused_) {
        Watch *w = userdata;
        const char *owner;

        if (sd_bus_message_read(m, "sss", NULL, NULL, &owner) < 0)
                return 0;
        forget_calls(w);
        if (owner[0] != '\0')
                retry_later(w);
        return 0;
}

/* --- one server ---------------------------------------------------------------------------------
 */

static bool is_active(const UnitState *unit) {
        return unit->active_state && strcmp(unit->active_state, "active") == 0;
}

static void take_unit(Watched *watched, UnitState *unit) {
        const char *known = watched->unit.invocation_id;
        bool is_known = watched->is_running && known && unit->invocation_id &&
                        strcmp(known, unit->invocation_id) == 0;

        if (is_known && is_active(unit))
                return;
        /* A restart may look like one that was active all the time. */
        if (watched->is_running)
                watched_stop(watched);
        if (is_active(unit) && unit->invocation_id && unit->invocation_id[0] != '\0')
                watched_start(watched, unit);
}

static void on_fetched(UnitState *state, int error, void *userdata) {
        Watched *watched = userdata;
        Watch *w = watched->watch;

        if (error >= 0)
                take_unit(watched, state);
        else
                retry_later(w);
        watched->fetch = unit_fetch_free(watched->fetch); /* with the state */
        w->n_fetching--;
        fetch_more(w);
}

static int fetch(Watch *w, Watched *watched) {
        const UnitQuery query = {
                .unit = watched->units.server,
                .overlay = watched->units.overlay, /* without it no tree is looked for */
                .with_control_group = true
        };

        return unit_fetch_new(w->bus, &query, on_fetched, watched, &watched->fetch);
}

static void fetch_more(Watch *w) {
        for (size_t i = 0; w->bus && i < w->n_items && w->n_fetching < FETCHES_MAX; i++) {
                Watched *watched = w->items[i];

                if (!watched->wants_fetch || watched->fetch)
                        continue;
                watched->wants_fetch = false;
                if (fetch(w, watched) < 0) {
                        watched->wants_fetch = true;
                        retry_later(w);
                        return;
                }
                w->n_fetching++;
        }
        /* After a failure, a server that runs may be among those that are not known yet. */
        if (w->has_list && w->n_fetching == 0 && !w->retry)
                watch_servers_known(w);
}

/* The answer would be about a run that has ended. */
static void cancel_fetch(Watched *watched) {
        watched->wants_fetch = false;
        if (!watched->fetch)
                return;
        watched->fetch = unit_fetch_free(watched->fetch);
        watched->watch->n_fetching--;
}

static void look_at(Watch *w, const char *name, const char *active_state) {
        Watched *watched;

        if (strcmp(active_state, "active") != 0) {
                watched = watch_find(w, name);
                if (watched && watched->is_running)
                        watched_stop(watched);
                if (watched)
                        cancel_fetch(watched);
                fetch_more(w);
                return;
        }
        watched = watch_add(w, name);
        if (watched)
                watched->wants_fetch = true;
        fetch_more(w);
}

/* --- signals ------------------------------------------------------------------------------------
 */

static int on_properties(sd_bus_message *m, void *userdata, sd_bus_error *e _unused_) {
        _cleanup_(unit_state_clear) UnitState state = {};
        _cleanup_free_ char *unit = NULL;
        char name[INSTANCE_NAME_MAX + 1];

        if (sd_bus_path_decode(sd_bus_message_get_path(m), SYSTEMD_UNIT_PATH, &unit) <= 0 ||
            !instance_of_server_unit(unit, name))
                return 0;
        if (unit_state_apply(&state, m, false) >= 0 && state.active_state)
                look_at(userdata, name, state.active_state);
        return 0;
}

static int on_reloading(sd_bus_message *m, void *userdata, sd_bus_error *e _unused_) {
        Watch *w = userdata;
        int active;

        if (sd_bus_message_read(m, "b", &active) < 0)
                return 0;
        if (!active) {
                watch_reload_config(w);
                list_units(w);
        }
        return 0;
}

/* --- the list -----------------------------------------------------------------------------------
 */

/* Servers that are not in the list as active have stopped. */
static int take_list(Watch *w, sd_bus_message *m) {
        const char *unit, *active;
        char name[INSTANCE_NAME_MAX + 1];
        int r;

        for (size_t i = 0; i < w->n_items; i++)
                w->items[i]->wants_fetch = false;
        r = sd_bus_message_enter_container(m, 'a', "(ssssssouso)");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_read(
                        m, "(ssssssouso)", &unit, NULL, NULL, &active, NULL, NULL, NULL, NULL, NULL,
                        NULL)) > 0) {
                Watched *watched;

                if (!instance_of_server_unit(unit, name) || strcmp(active, "active") != 0)
                        continue;
                watched = watch_add(w, name);
                if (!watched)
                        return -ENOMEM;
                watched->wants_fetch = true;
        }
        for (size_t i = 0; r >= 0 && i < w->n_items; i++)
                if (!w->items[i]->wants_fetch && w->items[i]->is_running)
                        watched_stop(w->items[i]);
        return r;
}

static int on_list(sd_bus_message *m, void *userdata, sd_bus_error *e _unused_) {
        Watch *w = userdata;
        int r;

        w->listing = sd_bus_slot_unref(w->listing);
        r = sd_bus_message_is_method_error(m, NULL) ? -sd_bus_message_get_errno(m)
                                                    : take_list(w, m);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to ask systemd for its units");
                retry_later(w);
                return 0;
        }
        w->has_list = true;
        fetch_more(w);
        return 0;
}

static void list_units(Watch *w) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        char pattern[UNIT_NAME_MAX];
        int r;

        if (!w->bus)
                return;
        w->listing = sd_bus_slot_unref(w->listing);
        unit_name(UNIT_SERVER, "*", pattern);
        /* The second time is refused, which doesn't matter. */
        r = sd_bus_call_method_async(
                w->bus, NULL, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "Subscribe", NULL, NULL,
                NULL);
        if (r >= 0)
                r = sd_bus_message_new_method_call(
                        w->bus, &m, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER,
                        "ListUnitsByPatterns");
        if (r >= 0)
                r = sd_bus_message_append(m, "asas", 0, 1, pattern);
        if (r >= 0)
                r = sd_bus_call_async(w->bus, &w->listing, m, on_list, w, LIST_TIMEOUT);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to ask systemd for its units");
                retry_later(w);
        }
}

/* --- restarting ---------------------------------------------------------------------------------
 */

static int on_restarted(sd_bus_message *m, void *userdata _unused_, sd_bus_error *e _unused_) {
        const sd_bus_error *error = sd_bus_message_get_error(m);

        if (error)
                log_error("Failed to restart a server that hangs: %s", error->message);
        return 0;
}

/* Not RestartUnit, which would start a server that was stopped this moment. */
void watch_bus_restart(Watched *watched) {
        Watch *w = watched->watch;
        int r = -ENOTCONN;

        if (w->bus)
                r = sd_bus_call_method_async(
                        w->bus, NULL, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "TryRestartUnit",
                        on_restarted, NULL, "ss", watched->units.server, "replace");
        if (r < 0)
                (void) log_error_errno(r, "Failed to restart '%s'", watched->name);
}

/* --- opening ------------------------------------------------------------------------------------
 */

static int add_match(Watch *w, const char *rule, sd_bus_message_handler_t handler) {
        return sd_bus_add_match_async(w->bus, &w->slots[w->n_slots++], rule, handler, NULL, w);
}

static int connect_and_listen(Watch *w) {
        int r;

        r = sd_bus_open_system(&w->bus);
        if (r < 0)
                return r;
        r = sd_bus_match_signal(
                w->bus, &w->slots[w->n_slots++], "org.freedesktop.DBus.Local",
                "/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local", "Disconnected",
                on_disconnected, w);
        if (r >= 0)
                r = add_match(
                        w,
                        "type='signal',sender='" SYSTEMD_NAME "',path='" SYSTEMD_PATH
                        "',interface='" SYSTEMD_MANAGER "',member='Reloading'",
                        on_reloading);
        /* One rule for the units of all programs: a connection may have only 512 of them. */
        if (r >= 0)
                r = add_match(
                        w,
                        "type='signal',sender='" SYSTEMD_NAME
                        "',interface='org.freedesktop.DBus.Properties',member='PropertiesChanged'"
                        ",path_namespace='" SYSTEMD_UNIT_PATH
                        "',arg0='org.freedesktop.systemd1.Unit'",
                        on_properties);
        if (r >= 0)
                r = add_match(
                        w,
                        "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus'"
                        ",interface='org.freedesktop.DBus',member='NameOwnerChanged'"
                        ",arg0='" SYSTEMD_NAME "'",
                        on_owner_changed);
        if (r >= 0)
                r = sd_bus_attach_event(w->bus, w->event, SD_EVENT_PRIORITY_NORMAL);
        return r;
}

void watch_bus_open(Watch *w) {
        int r;

        r = connect_and_listen(w);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to connect to the system bus");
                watch_bus_close(w);
                retry_later(w);
                return;
        }
        list_units(w);
}

void watch_bus_close(Watch *w) {
        for (size_t i = 0; i < w->n_slots; i++)
                sd_bus_slot_unref(w->slots[i]);
        w->n_slots = 0;
        w->listing = sd_bus_slot_unref(w->listing);
        if (w->bus)
                (void) sd_bus_detach_event(w->bus);
        w->bus = sd_bus_close_unref(w->bus);
}
