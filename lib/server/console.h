/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The console of a running server, by RCON on this host, with the password of its spec. Remembers a
 * refused password for all processes (query/rcon-refusal.h). For l4d2ctl and
 * left4me-when-empty.service.
 */

#include "query/rcon.h"
#include "spec/spec.h"
#include "systemd/unit-state.h"

enum { CONSOLE_SAY_MAX = 250 }; /* bytes; the chat cuts longer lines */

/* One server's. */
typedef struct Console {
        char name[INSTANCE_NAME_MAX + 1];
        char invocation_id[64];
        char *password;
        int refusals_fd;
        Rcon *rcon;
} Console;

/*
 * unit: its state, which must have been through unit_state_read_tree(). Nothing is sent yet.
 * -ENOKEY: the spec has no password; -EACCES: this run refused this password before; -ENOTCONN: the
 * server does not run, or its port is unknown.
 */
int console_open(const Paths *paths, const Spec *spec, const UnitState *unit, Console **ret)
        _must_check_;
Console *console_free(Console *console);
DEFINE_CLEANUP(Console *, console_free)

/* Notes a result of the client: of -EACCES other processes shall know. */
void console_note(const Console *console, int result);

/* rcon_run() with the note. */
int console_run(Console *console, const char *command, bool is_repeatable, uint64_t deadline)
        _must_check_;

/*
 * Shows a text to all players, as the console's: one line, in which ';' and '"' become similar
 * characters, because the console reads them. -EMSGSIZE: too long.
 */
int console_say(Console *console, const char *text, uint64_t deadline) _must_check_;

/* The reason for an error of these and of query/rcon.h, in words; static storage. */
const char *console_error_message(int error);
