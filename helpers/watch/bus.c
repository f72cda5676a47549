/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Which servers run, by systemd's signals. A signal says that something has changed; the values of
 * an active unit are then asked for, without waiting. Other units are never asked about: that would
 * make systemd load them, and announce it.
 */

#include "watch/watch.h"

#include <string.h>

#include "base/log.h"
#include "systemd/bus-names.h"

static void fetch_more(Watch *w);

/* --- the connection -----------------------------------------------------------------------------
 */

/* Servers go on to be watched; the list that is asked for then tells what has changed. */
static void on_lost(bool is_bus, void *userdata) {
        Watch *w = userdata;

        if (is_bus)
                log_warning("The system bus is gone: starts of servers are not noticed");
        for (size_t i = 0; i < w->n_items; i++) {
                w->items[i]->wants_fetch |= w->items[i]->fetch != NULL;
                w->items[i]->fetch = unit_fetch_free(w->items[i]->fetch);
                watched_forget_traffic(w->items[i]);
        }
        w->n_fetching = 0;
}

static void on_failed(UnitListenerStep step, int error, void *userdata _unused_) {
        switch (step) {
        case LISTENER_CONNECT:
                (void) log_error_errno(error, "Failed to connect to the system bus");
                break;
        case LISTENER_ASK:
        case LISTENER_ANSWER:
                (void) log_error_errno(error, "Failed to ask systemd for its units");
                break;
        case LISTENER_TIMER:
                log_error("Failed to set a timer: starts of servers are not noticed");
                break;
        }
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
                unit_listener_retry(&w->listener);
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

        return unit_fetch_new(w->listener.bus, &query, on_fetched, watched, &watched->fetch);
}

static void fetch_more(Watch *w) {
        for (size_t i = 0; w->listener.bus && i < w->n_items && w->n_fetching < UNIT_FETCHES_MAX;
             i++) {
                Watched *watched = w->items[i];

                if (!watched->wants_fetch || watched->fetch)
                        continue;
                watched->wants_fetch = false;
                if (fetch(w, watched) < 0) {
                        watched->wants_fetch = true;
                        unit_listener_retry(&w->listener);
                        return;
                }
                w->n_fetching++;
        }
        /* After a failure, a server that runs may be among those that are not known yet. */
        if (w->has_list && w->n_fetching == 0 && !w->listener.retry)
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

static void on_properties(const char *unit, sd_bus_message *m, void *userdata) {
        _cleanup_(unit_state_clear) UnitState state = {};
        char name[INSTANCE_NAME_MAX + 1];

        if (instance_of_server_unit(unit, name) && unit_state_apply(&state, m, false) >= 0 &&
            state.active_state)
                look_at(userdata, name, state.active_state);
}

static void on_reloading(sd_bus_message *m, void *userdata) {
        Watch *w = userdata;
        int active;

        if (sd_bus_message_read(m, "b", &active) < 0 || active)
                return;
        watch_reload_config(w);
        unit_listener_list(&w->listener);
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

static int on_list(sd_bus_message *m, void *userdata) {
        Watch *w = userdata;
        int r;

        r = take_list(w, m);
        if (r < 0)
                return r;
        w->has_list = true;
        fetch_more(w);
        return 0;
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

        if (w->listener.bus)
                r = sd_bus_call_method_async(
                        w->listener.bus, NULL, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER,
                        "TryRestartUnit", on_restarted, NULL, "ss", watched->units.server,
                        "replace");
        if (r < 0)
                (void) log_error_errno(r, "Failed to restart '%s'", watched->name);
}

/* --- opening ------------------------------------------------------------------------------------
 */

void watch_bus_open(Watch *w) {
        w->listener = (UnitListener) {
                .event = w->event,
                .signal = "Reloading",
                .interface = SYSTEMD_UNIT,
                .on_signal = on_reloading,
                .on_properties = on_properties,
                .on_list = on_list,
                .on_lost = on_lost,
                .on_failed = on_failed,
                .userdata = w,
        };
        unit_listener_open(&w->listener);
}

void watch_bus_close(Watch *w) {
        unit_listener_close(&w->listener);
}
