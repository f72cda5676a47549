/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The console of a running server, by RCON on this host, with the password of its spec. Remembers a
 * refused password for all processes (query/rcon-refusal.h). For l4d2ctl and
 * left4me-when-empty.service.
 */

#include <netinet/in.h>

#include "query/rcon.h"
#include "spec/spec.h"
#include "systemd/unit-state.h"

enum { CONSOLE_SAY_MAX = 250 }; /* bytes; the chat cuts longer lines */

/* One server's. */
typedef struct Console {
        char name[INSTANCE_NAME_MAX + 1];
        char invocation_id[64];
        char address[INET_ADDRSTRLEN]; /* of the server */
        uint16_t port;
        char *password;
        int refusals_fd;
        Rcon *rcon;
        unsigned n_auths; /* without a result, see console_may_begin() */
        uint64_t auth_at; /* when the last of them was left, CLOCK_MONOTONIC in µs */
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

/* Notes a result of the client: of -EACCES other processes shall know, and after any other error
 * the client waits no longer, but keeps its connection. */
void console_note(Console *console, int result);

/*
 * Whether the next command may begin, for callers that ask again and again. An authentication
 * without a result may have been a failure, and the engine bans addresses after a few: so another
 * one follows after pause µs at the earliest, then after twice that time and so on, up to 64 times.
 * Until then a connection that waits for the result goes on to wait.
 */
bool console_may_begin(Console *console, uint64_t pause);

/* rcon_run() with the note. */
int console_run(Console *console, const char *command, bool is_repeatable, uint64_t deadline)
        _must_check_;

/* Has a text stand in a command, as one line: ';' and '"' become similar characters, because the
 * console reads them. */
void console_make_harmless(char *text);

/*
 * Shows a text to all players, as the console's, made harmless. -EMSGSIZE: too long.
 */
int console_say(Console *console, const char *text, uint64_t deadline) _must_check_;

/* The reason for an error of these and of query/rcon.h, in words; static storage. */
const char *console_error_message(int error);
