/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A client of Source RCON, which runs console commands on a server: one command after the other,
 * and the whole answer to each. It never blocks, so an event loop can have many; rcon_run() and
 * rcon_run_all() wait for callers that have nothing else to do.
 *
 * The engine bans an address forever after a few failures to authenticate. So after the first one a
 * client answers -EACCES to everything and sends nothing more. It dies with its process; for those
 * who come after, query/rcon-refusal.h keeps that memory.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

enum {
        RCON_ANSWER_MAX = 4 * 1024 * 1024, /* bytes; cvarlist has about 300 KiB */
};

typedef struct Rcon Rcon;

/*
 * address is an IPv4 address. Nothing is sent before the first command. -EINVAL: not an address;
 * -EMSGSIZE: no server reads a password as long as this.
 */
int rcon_new(const char *address, uint16_t port, const char *password, Rcon **ret) _must_check_;
Rcon *rcon_free(Rcon *rcon);
DEFINE_CLEANUP(Rcon *, rcon_free)

/* The next connection goes to this address. -EINVAL: not one, and nothing changes. */
int rcon_set_address(Rcon *rcon, const char *address) _must_check_;

/*
 * For a process that may not create sockets (EAFNOSUPPORT): opens each connection in the place of
 * connect(2). Returns a connected socket that does not block, which the client closes, or -errno.
 */
typedef int (*RconOpener)(void *userdata);
void rcon_set_opener(Rcon *rcon, RconOpener opener, void *userdata);

/*
 * Begins a command. is_repeatable: when the connection ends before an answer, the client may
 * connect again and send the command once more; a server ends sessions when it executes server.cfg.
 * An idle connection that has ended is replaced in any case.
 * -EBUSY: the last command has no answer yet, and was not left; -EMSGSIZE; -EACCES: see above.
 */
int rcon_begin(Rcon *rcon, const char *command, bool is_repeatable) _must_check_;

/* The descriptor and the events to wait for before the next rcon_step(). -EBADF: none. */
int rcon_fd(const Rcon *rcon);
short rcon_events(const Rcon *rcon);

/*
 * Sends and receives as far as that is possible without waiting. 1: the answer is complete; 0: not
 * yet; an error ends the command:
 * -EACCES the password is wrong, -ECONNREFUSED nothing listens, -ECONNRESET the server ended the
 * connection (as it does to a banned address), -EBADMSG it sent something that is not RCON,
 * -EFBIG its answer is too long, or another error of the network.
 */
int rcon_step(Rcon *rcon) _must_check_;

/* The last answer, NUL-terminated, valid until the next command. It may have NULs. */
const char *rcon_answer(const Rcon *rcon, size_t *ret_size);

/* Ends what is under way and closes the connection; the next command connects again. */
void rcon_close(Rcon *rcon);

/*
 * Waits no longer for what is under way, and keeps the connection: a server that loads a map is
 * silent for long, and answers all that was sent meanwhile. The next command goes over the same
 * connection, behind the result of an authentication; a late answer to an earlier one is passed
 * over. After 30 commands without an answer the connection is replaced.
 */
void rcon_leave(Rcon *rcon);

/* How many authentications in a row were sent and have no result, also one that is under way. Each
 * may have been a failure that the engine counts: the caller has to wait before it lets the next
 * command connect again. */
unsigned rcon_unanswered(const Rcon *rcon);

/* Begins a command and waits for its answer. -ETIMEDOUT: none until then (CLOCK_MONOTONIC µs). */
int rcon_run(Rcon *rcon, const char *command, bool is_repeatable, uint64_t deadline) _must_check_;

/* One of several clients, whose command has begun. */
typedef struct RconWait {
        Rcon *rcon;
        int result; /* in: 0 (waits) or an error (left alone); out: 1 answered, or the error */
} RconWait;

/* Waits until all have an answer or have failed; those that have not by then are left and get
 * -ETIMEDOUT. 0 or -errno of poll(2). */
int rcon_run_all(RconWait *waits, size_t n, uint64_t deadline) _must_check_;
