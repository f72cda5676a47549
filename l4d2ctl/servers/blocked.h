/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * System calls that a filter refused a server by ending it, by the names people know them by. They
 * come from the kernel's record in the journal; docs/units.md says how it gets there.
 */

#include <stdio.h>
#include <systemd/sd-json.h>

#include "systemd/bus.h"

typedef struct BlockedCall {
        uint32_t pid;    /* 0: there is none */
        uint32_t number; /* of the call in its ABI */
        uint64_t time;   /* CLOCK_REALTIME in µs */
        const char *abi; /* "i386", "x86-64", … */
        char *call;      /* "ptrace", or the number where libseccomp knows no name */
        char *process;   /* what the process called itself */
} BlockedCall;

void blocked_call_clear(BlockedCall *blocked);

/*
 * The last one of the last run of an instance, by any of its processes. Reads all the kernel said
 * since the start of the run: to be called when there is a reason. Returns 0, also when there is
 * none, or -errno.
 */
int blocked_find_in_run(const char *name, const UnitState *unit, BlockedCall *ret) _must_check_;

/* The one that ended the main process of an instance at that time. */
int blocked_find_at(const char *name, uint64_t realtime, BlockedCall *ret) _must_check_;

/* "blocked: ptrace (i386), process 'srcds_linux'" and the line's end. */
void blocked_print(const BlockedCall *blocked, FILE *f);

/* {call, abi, number, process, pid, time_usec}, or null. */
int blocked_to_json(const BlockedCall *blocked, sd_json_variant **ret) _must_check_;
