/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which content may be why a server fails: the game, or an overlay, whose current version is
 * another one than in the server's last good run. That is the last one that lasted; one that was
 * stopped or restarted on request may be shorter. The journal has what its tree was made of
 * (layer/tree-record.h). For status and the server's page, which offer the version of that run.
 */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-json.h>

#include "base/name.h"
#include "base/paths.h"
#include "server/state.h"
#include "systemd/unit-names.h"

/* A run that lasted as long was good, even if it ended in a crash. */
#define GOOD_RUN (600 * USEC_PER_SEC)
/* One that was stopped on request, if it also lasted longer than the crashes after it: time to load
 * a map. An admin stops and restarts a server that crashes, too. */
#define GOOD_STOPPED (60 * USEC_PER_SEC)

typedef enum RunEventKind { RUN_STARTED, RUN_STOPPED, RUN_FAILED } RunEventKind;

typedef struct RunEvent {
        RunEventKind kind;
        uint64_t usec; /* CLOCK_REALTIME */
} RunEvent;

/* When the last good run began; 0: none is known. Sorts the events. The last run may be
 * going on still. */
uint64_t run_find_good(RunEvent *events, size_t n, uint64_t now);

typedef struct Suspect {
        char *ref;      /* an overlay; NULL: the game */
        char *version;  /* the current one */
        char *previous; /* the good run's */
        bool is_gone;   /* the good run's was removed, so that nothing can go back to it */
        uint64_t since; /* when it became current, CLOCK_REALTIME */
} Suspect;

typedef struct Suspects {
        Suspect *items; /* the newest first */
        size_t n_items;
} Suspects;

/* Whether a server in this state fails again and again, or for good. */
bool server_keeps_failing(ServerState state, const UnitState *unit);

/*
 * Finds the suspects of a server that keeps failing; NULL overlays: only the game. Reads the
 * journal and the overlays' directories; left out is what the caller may not read, and content
 * whose version in the good run is unknown. -ENOMEM or -errno of the journal. Clear in any
 * case.
 */
int suspects_find(const Paths *paths, const UnitNames *units, char *const *overlays, Suspects *ret)
        _must_check_;
void suspects_clear(Suspects *suspects);

/* [{overlay, version, previous, is_gone, since_usec}], overlay null for the game. */
int suspects_to_json(const Suspects *suspects, sd_json_variant **ret) _must_check_;
