/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * systemd's properties of a service unit: read with waiting, read from an event loop, or taken from
 * a signal about a change. One table of properties serves all three.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

#include "base/cleanup.h"

/* A service unit as systemd sees it. Times are CLOCK_REALTIME in microseconds, 0: never. */
typedef struct UnitState {
        char *load_state, *active_state, *sub_state;
        char *result;            /* "success", "exit-code", "signal", … */
        char *invocation_id;     /* 32 hexadecimal digits, or "" */
        uint64_t state_change;   /* when it entered its current state */
        uint64_t inactive_exit;  /* when it last began to start */
        uint64_t assert_checked; /* when a user or systemd last tried to start it, … */
        int assert_passed;       /* … and whether its Assert…= held then */
        uint32_t main_pid;       /* 0: none */
        uint32_t restarts;       /* by Restart= since the last start by a user */
        int32_t exit_code;       /* CLD_EXITED, CLD_KILLED or CLD_DUMPED, 0: has not ended */
        int32_t exit_status;     /* exit status or signal number */
        uint64_t memory_bytes;   /* UINT64_MAX: not measured on this host, as the next four */
        uint64_t cpu_nsec;
        uint64_t tasks;
        uint64_t ip_in_bytes, ip_out_bytes; /* of all packets of this run */
        /* Not of the unit itself, but of the one named in the query's overlay: */
        char *overlay_result; /* "success", … */
        /* About its tree, set by unit_state_read_tree(): */
        char *tree_error;   /* why there is none, or NULL */
        uint16_t tree_port; /* that a server in it has, or 0 */
        char *tree_digest; /* of the spec that it was made from, see layer/tree-record.h; or NULL */
        /* Only when the query asks for it: */
        char *control_group; /* "/l4d2.slice/…"; "": has none */
} UnitState;

typedef struct UnitQuery {
        const char *unit;
        const char *overlay; /* a second unit to ask, or NULL */
        bool with_control_group;
        UnitState state;               /* out */
        int error;                     /* out: 0 or -errno */
        char *object, *overlay_object; /* internal */
} UnitQuery;

/*
 * Asks for all units at once: the calls are sent without waiting for one another. Units that are
 * not loaded answer with load_state "not-found" or with their inactive state. Returns 0, or the
 * first error, which is then also in reterr. The caller clears each query with
 * unit_query_clear(), also after a failure.
 */
int bus_query_units(sd_bus *bus, UnitQuery *queries, size_t n, sd_bus_error *reterr) _must_check_;
void unit_query_clear(UnitQuery *query);

void unit_state_clear(UnitState *state);

/* Neither inactive nor failed: also while it starts, stops or waits to be started again. */
bool unit_state_is_active(const UnitState *state);

/* Whether a filter of system calls ended the last process: the kernel's log says which call. */
bool unit_state_is_killed_by_filter(const UnitState *state);

/* Asks for one unit without waiting; unit, overlay and with_control_group as above. */
typedef struct UnitFetch UnitFetch;

/* At a time, on one connection: each asks for some 20 properties, and dbus-daemon allows 128 calls.
 */
enum { UNIT_FETCHES_MAX = 4 };

/*
 * Called once, from the event loop the bus is attached to, unless the fetch is freed before. error
 * is 0 or -errno; the handler may take what the state holds. It frees the fetch, now or later.
 */
typedef void (*UnitFetchHandler)(UnitState *state, int error, void *userdata);

int unit_fetch_new(
        sd_bus *bus, const UnitQuery *wanted, UnitFetchHandler done, void *userdata,
        UnitFetch **ret) _must_check_;

/* Also while it is under way: then it is forgotten. */
UnitFetch *unit_fetch_free(UnitFetch *fetch);
DEFINE_CLEANUP(UnitFetch *, unit_fetch_free)

/*
 * Applies a PropertiesChanged signal of the unit, or of its overlay unit. The signal does not
 * contain all properties: for example, InvocationID is never in it.
 */
int unit_state_apply(UnitState *state, sd_bus_message *signal, bool of_overlay) _must_check_;
