/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Listens to systemd about the units of servers, in an event loop: connects to the system bus,
 * subscribes to signals and asks which units there are. When the bus or systemd goes away, or a
 * call fails, it does all of that again a second later. A signal says that something has changed;
 * the listener's owner asks for the values (UnitFetch).
 */

#include <stdbool.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"

/* A step that failed and is tried again; without the timer, nothing is. */
typedef enum UnitListenerStep {
        LISTENER_CONNECT,
        LISTENER_ASK,    /* the question for the list was not sent */
        LISTENER_ANSWER, /* it has no answer, or one that the owner refused */
        LISTENER_TIMER,
} UnitListenerStep;

typedef struct UnitListener {
        /* Set by the owner, who keeps what they point to: */
        sd_event *event;
        const char *signal;    /* the only signal of the manager to hear; NULL: all */
        const char *interface; /* hear of properties of this interface only; NULL: all */
        void (*on_signal)(sd_bus_message *m, void *userdata);
        /* PropertiesChanged of any unit on the host. */
        void (*on_properties)(const char *unit, sd_bus_message *m, void *userdata);
        /* The answer of ListUnitsByPatterns for the units of servers; negative: it is refused. */
        int (*on_list)(sd_bus_message *m, void *userdata);
        /* The bus or else systemd is gone, and calls stay without an answer: forget them now. */
        void (*on_lost)(bool is_bus, void *userdata);
        void (*on_failed)(UnitListenerStep step, int error, void *userdata);
        void *userdata;

        /* Set by the listener: */
        sd_bus *bus;            /* NULL: not connected now */
        sd_event_source *retry; /* NULL: nothing waits to be tried again */
        sd_bus_slot *slots[4], *listing;
} UnitListener;

/* Connects and asks for the list, now or later. */
void unit_listener_open(UnitListener *listener);

/* Asks for the list; an answer that another question still waits for does not come. Does nothing
 * without a connection: the list is asked for when there is one. */
void unit_listener_list(UnitListener *listener);

/* The owner's own call has failed: connects or asks for the list again in a second. */
void unit_listener_retry(UnitListener *listener);

/* Also one that was never opened. No handler is called after this. */
void unit_listener_close(UnitListener *listener);
