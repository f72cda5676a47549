/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A restart that waits until a server is empty, at the latest until a time: the file restart.json
 * in the directory of the instance. l4d2ctl writes and removes it; left4me-when-empty.service
 * fulfils it. It is about one run of the server: once that has ended, also by a reboot of the host,
 * nothing is left to do, because the next run has all changes.
 */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-json.h>

#include "spec/spec.h"
#include "systemd/unit-state.h"

/* A user of the web app or of the host. */
enum { QUEUED_RESTART_USER_MAX = 64, INVOCATION_ID_MAX = 32 };

typedef struct QueuedRestart {
        uint64_t queued_usec;   /* CLOCK_REALTIME, as the next; 0: none is queued */
        uint64_t deadline_usec; /* 0: none */
        /* For a deadline that is so long after the restart was queued, and not at a time of the
         * clock: that moment in CLOCK_BOOTTIME µs. A run ends with the boot at the latest. Else 0.
         */
        uint64_t deadline_boottime;
        char invocation_id[INVOCATION_ID_MAX + 1]; /* of the run that is to end */
        char user[QUEUED_RESTART_USER_MAX + 1];    /* who asked for it */
        char owner[INSTANCE_NAME_MAX + 1]; /* "": may restart all servers; else the server must be
                                              theirs when it is fulfilled */
} QueuedRestart;

/* -EINVAL: not the text of such a file. */
int queued_restart_parse(const char *text, QueuedRestart *ret) _must_check_;

/*
 * When the clock was set since, so that a deadline with a CLOCK_BOOTTIME would come too early or
 * too late: moves the times over to the present clock. queued_restart_load() has done it.
 */
void queued_restart_follow_clock(QueuedRestart *restart, uint64_t now, uint64_t boottime);

/* -ENOENT: none is queued. -EINVAL: its file is damaged, and can be removed. */
int queued_restart_load(const SpecContext *context, const char *name, QueuedRestart *ret)
        _must_check_;

/* Replaces one that is queued. -ENOENT: unknown instance. */
int queued_restart_save(const SpecContext *context, const char *name, const QueuedRestart *restart)
        _must_check_;

/* 1: it is removed; 0: there was none. */
int queued_restart_remove(const SpecContext *context, const char *name) _must_check_;

/* Whether a directory of this name, also one without an instance, has such a file of any type.
 * left4me-when-empty.path starts its service as long as one has. */
bool queued_restart_is_beside(const SpecContext *context, const char *directory);

/* Whether the unit is still in the run that is to end. */
bool queued_restart_is_due(const QueuedRestart *restart, const UnitState *unit);

/*
 * Players are warned 10, 5 and 1 minutes before the deadline. Returns how many minutes are left, as
 * they are told, when a warning is due; else 0. *warned is 0 at first, and belongs to this
 * function. When the clock was set back by minutes, they are told again.
 */
unsigned queued_restart_warn(const QueuedRestart *restart, uint64_t now, unsigned *warned);

/* When the next warning or the deadline comes (CLOCK_REALTIME µs); UINT64_MAX: never. */
uint64_t queued_restart_next(const QueuedRestart *restart, uint64_t now);

/* For pages and scripts; null when none is queued. */
int queued_restart_to_json(const QueuedRestart *restart, sd_json_variant **ret) _must_check_;
