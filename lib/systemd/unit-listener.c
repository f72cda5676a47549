/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "systemd/unit-listener.h"

#include "base/time-text.h"
#include "systemd/bus-names.h"
#include "systemd/unit-names.h"

#define RETRY_INTERVAL USEC_PER_SEC
/* PID 1 doesn't answer during a reload, which waits up to 90 s for generators. */
#define LIST_TIMEOUT (120 * USEC_PER_SEC)

enum { RULE_MAX = 512 }; /* bytes */

static void fail(UnitListener *l, UnitListenerStep step, int error) {
        l->on_failed(step, error, l->userdata);
        unit_listener_retry(l);
}

/* --- the list -----------------------------------------------------------------------------------
 */

static int on_list(sd_bus_message *m, void *userdata, sd_bus_error *e _unused_) {
        UnitListener *l = userdata;
        int r;

        l->listing = sd_bus_slot_unref(l->listing);
        r = sd_bus_message_is_method_error(m, NULL) ? -sd_bus_message_get_errno(m)
                                                    : l->on_list(m, l->userdata);
        if (r < 0)
                fail(l, LISTENER_ANSWER, r);
        return 0;
}

void unit_listener_list(UnitListener *l) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        char pattern[UNIT_NAME_MAX];
        int r;

        if (!l->bus)
                return;
        l->listing = sd_bus_slot_unref(l->listing);
        unit_name(UNIT_SERVER, "*", pattern);
        /* The second time is refused, which doesn't matter. */
        r = sd_bus_call_method_async(
                l->bus, NULL, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "Subscribe", NULL, NULL,
                NULL);
        if (r >= 0)
                r = sd_bus_message_new_method_call(
                        l->bus, &m, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER,
                        "ListUnitsByPatterns");
        if (r >= 0)
                r = sd_bus_message_append(m, "asas", 0, 1, pattern);
        if (r >= 0)
                r = sd_bus_call_async(l->bus, &l->listing, m, on_list, l, LIST_TIMEOUT);
        if (r < 0)
                fail(l, LISTENER_ASK, r);
}

/* --- signals ------------------------------------------------------------------------------------
 */

static int on_signal(sd_bus_message *m, void *userdata, sd_bus_error *e _unused_) {
        UnitListener *l = userdata;

        l->on_signal(m, l->userdata);
        return 0;
}

static int on_properties(sd_bus_message *m, void *userdata, sd_bus_error *e _unused_) {
        _cleanup_free_ char *unit = NULL;
        UnitListener *l = userdata;

        if (sd_bus_path_decode(sd_bus_message_get_path(m), SYSTEMD_UNIT_PATH, &unit) > 0)
                l->on_properties(unit, m, l->userdata);
        return 0;
}

/* --- the connection -----------------------------------------------------------------------------
 */

static void disconnect(UnitListener *l) {
        for (size_t i = 0; i < ELEMENTSOF(l->slots); i++)
                l->slots[i] = sd_bus_slot_unref(l->slots[i]);
        l->listing = sd_bus_slot_unref(l->listing);
        if (l->bus)
                (void) sd_bus_detach_event(l->bus);
        l->bus = sd_bus_close_unref(l->bus);
}

static int on_retry(sd_event_source *source _unused_, uint64_t now _unused_, void *userdata) {
        UnitListener *l = userdata;

        l->retry = sd_event_source_disable_unref(l->retry);
        if (l->bus)
                unit_listener_list(l);
        else
                unit_listener_open(l);
        return 0;
}

void unit_listener_retry(UnitListener *l) {
        int r;

        if (l->retry)
                return;
        r = sd_event_add_time_relative(
                l->event, &l->retry, CLOCK_MONOTONIC, RETRY_INTERVAL, 0, on_retry, l);
        if (r < 0)
                l->on_failed(LISTENER_TIMER, r, l->userdata);
}

static void lose(UnitListener *l, bool is_bus) {
        l->listing = sd_bus_slot_unref(l->listing);
        l->on_lost(is_bus, l->userdata);
}

/* The connection can't be freed while it calls us: on_retry() opens a new one. */
static int on_disconnected(sd_bus_message *m _unused_, void *userdata, sd_bus_error *e _unused_) {
        UnitListener *l = userdata;

        lose(l, true);
        disconnect(l);
        unit_listener_retry(l);
        return 0;
}

/* A systemd that comes back has forgotten our subscription. */
static int on_owner_changed(sd_bus_message *m, void *userdata, sd_bus_error *e _unused_) {
        UnitListener *l = userdata;
        const char *owner;

        if (sd_bus_message_read(m, "sss", NULL, NULL, &owner) < 0)
                return 0;
        lose(l, false);
        if (owner[0] != '\0')
                unit_listener_retry(l);
        return 0;
}

/* --- opening ------------------------------------------------------------------------------------
 */

static int listen_to_manager(UnitListener *l) {
        char rule[RULE_MAX];

        (void) snprintf(
                rule, sizeof(rule),
                "type='signal',sender='" SYSTEMD_NAME "',path='" SYSTEMD_PATH
                "',interface='" SYSTEMD_MANAGER "'%s%s%s",
                l->signal ? ",member='" : "", l->signal ? l->signal : "", l->signal ? "'" : "");
        return sd_bus_add_match_async(l->bus, &l->slots[1], rule, on_signal, NULL, l);
}

/* One rule for the units of all programs: a connection may have only 512 of them. */
static int listen_to_units(UnitListener *l) {
        char rule[RULE_MAX];

        (void) snprintf(
                rule, sizeof(rule),
                "type='signal',sender='" SYSTEMD_NAME "',interface='" DBUS_PROPERTIES
                "',member='PropertiesChanged',path_namespace='" SYSTEMD_UNIT_PATH "'%s%s%s",
                l->interface ? ",arg0='" : "", l->interface ? l->interface : "",
                l->interface ? "'" : "");
        return sd_bus_add_match_async(l->bus, &l->slots[2], rule, on_properties, NULL, l);
}

static int connect_and_listen(UnitListener *l) {
        int r;

        r = sd_bus_open_system(&l->bus);
        if (r < 0)
                return r;
        r = sd_bus_match_signal(
                l->bus, &l->slots[0], "org.freedesktop.DBus.Local", "/org/freedesktop/DBus/Local",
                "org.freedesktop.DBus.Local", "Disconnected", on_disconnected, l);
        if (r >= 0)
                r = listen_to_manager(l);
        if (r >= 0)
                r = listen_to_units(l);
        if (r >= 0)
                r = sd_bus_add_match_async(
                        l->bus, &l->slots[3],
                        "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus'"
                        ",interface='org.freedesktop.DBus',member='NameOwnerChanged'"
                        ",arg0='" SYSTEMD_NAME "'",
                        on_owner_changed, NULL, l);
        if (r >= 0)
                r = sd_bus_attach_event(l->bus, l->event, SD_EVENT_PRIORITY_NORMAL);
        return r;
}

void unit_listener_open(UnitListener *l) {
        int r;

        r = connect_and_listen(l);
        if (r >= 0) {
                unit_listener_list(l);
                return;
        }
        disconnect(l);
        fail(l, LISTENER_CONNECT, r);
}

void unit_listener_close(UnitListener *l) {
        l->retry = sd_event_source_disable_unref(l->retry);
        disconnect(l);
}
