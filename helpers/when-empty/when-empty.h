/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The servers that left4me-when-empty waits for. Its functions have said what went wrong. */

#include <stdbool.h>
#include <stddef.h>

#include "base/paths.h"
#include "server/build-wish.h"
#include "server/console.h"
#include "server/queued-restart.h"
#include "server/spec.h"
#include "spec/config.h"
#include "systemd/bus.h"
#include "systemd/unit-names.h"

/* One server with a queued restart. */
typedef struct Waiting {
        char name[INSTANCE_NAME_MAX + 1];
        UnitNames units;
        QueuedRestart restart;
        bool is_found; /* its file was there in this round */
        UnitQuery query;
        ServerSpec spec;
        Console *console; /* NULL: not asked yet, or not to be asked */
        bool is_asked;    /* it has answered once */
        int error;        /* why its players are unknown, said once; 0: they are known */
        unsigned n_empty; /* how often in a row it had no players */
        bool is_empty;    /* and that is certain */
        unsigned warned;  /* see queued_restart_warn() */
        uint64_t retry;   /* after a failed restart; CLOCK_MONOTONIC µs */
} Waiting;

typedef struct WhenEmpty {
        const Paths *paths;
        SpecContext specs;
        sd_bus *bus;
        Waiting *items;
        size_t n_items;
        bool has_unreadable; /* a file that can't be read and so not be dealt with */
        bool has_warned;     /* of one that belongs to no instance */
        bool has_warned_of_builds;
        size_t n_builds; /* restarts that wait for a build */
} WhenEmpty;

/* Turns the restarts of a server whose builds have ended into queued ones, or forgets them; counts
 * the others. */
int when_empty_look_at_builds(WhenEmpty *w, const char *name) _must_check_;

/* 1: the user who asked for a restart of the server may still ask for it. 0: not, which it says. */
int when_empty_check_owner(WhenEmpty *w, const char *name, const char *owner) _must_check_;

/* Finds out which servers wait, and in which state they are; forgets restarts of runs that have
 * ended. */
int when_empty_find(WhenEmpty *w) _must_check_;

/* Asks all of them for their players, at once and bounded in time. */
int when_empty_ask(WhenEmpty *w) _must_check_;

/* Tells players about a deadline that comes near. */
void when_empty_warn(WhenEmpty *w);

/* Restarts those whose time has come. */
int when_empty_restart(WhenEmpty *w) _must_check_;

void waiting_done(Waiting *waiting);
