/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * All facts about servers, from three places: their specs, the generator's output, and systemd. For
 * status and list.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/ctl.h"
#include "layer/outdated.h"
#include "server/last-end.h"
#include "live/state.h"
#include "server/spec.h"
#include "server/state.h"
#include "server/suspect.h"
#include "servers/blocked.h"
#include "spec/address.h"

typedef struct Server {
        char name[INSTANCE_NAME_MAX + 1];
        UnitNames units;
        UnitQuery query; /* query.state: what systemd says; empty when the unit is not loaded */
        ServerState state;
        BlockedCall blocked; /* what its last run was killed for, if that was a system call */

        uint64_t next_restart; /* by its schedule, after servers_find_restarts(); 0: unknown */
        LastEnd last_end;      /* of the last day, after servers_read_logs() */
        Suspects suspects;     /* why it keeps failing, after servers_read_logs() */
        bool needs_update; /* Steam has a newer version of the game, after servers_read_live() as
                              far as left4me-watch has seen it, after servers_read_logs() for sure
                            */

        LiveState *live; /* of its current run, after servers_read_live(); NULL: not known */

        ServerSpec spec;
        bool is_changed;         /* it runs with an older version of the spec */
        OutdatedLayers outdated; /* of its mounted tree */
        int is_ready;            /* see server_is_ready() */
        uint16_t live_port;      /* see server_live_port() */
} Server;

typedef struct Servers {
        Server *items; /* in the order asked for, or by name */
        size_t n_items;
        char host[HOST_ADDRESS_MAX]; /* where they are found */
} Servers;

/*
 * Loads servers by name, or all: every spec, and every server that runs without one. A named server
 * that neither has a spec nor runs is reported and left out; the result then is CTL_NO_INSTANCE
 * with the others loaded. Clear in any case.
 */
int servers_load(Ctl *ctl, char *const *names, size_t n_names, Servers *ret) _must_check_;
int servers_load_all(Ctl *ctl, Servers *ret) _must_check_;

void servers_clear(Servers *servers);

/* Reads from the journal how each server last ended by itself, at most a day ago, and which of them
 * run an outdated game, and which content may be why one fails. A caller who may not read it gets
 * everything else. */
void servers_read_logs(const Ctl *ctl, Servers *servers);

/* Asks systemd when each server restarts next by its schedule. */
void servers_find_restarts(Ctl *ctl, Servers *servers);

/* After a change: names those of these servers that run with something else than is written now. */
void servers_note_restarts(Ctl *ctl, char *const *names, size_t n_names);

/*
 * Prints all that is known as JSON: a list, or the only server there is. Times are µs since the
 * epoch; null is unknown or not measured. overrides: one for each server, see servers/overrides.h,
 * or NULL: left out. Returns an ExitCode.
 */
struct Overrides;
int servers_print_json(const Servers *servers, const struct Overrides *overrides, bool as_list)
        _must_check_;
