/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A client of A2S, which asks a server for what the server browser shows: one query after the
 * other. It never blocks, so an event loop can have many; a2s_run() waits for callers that have
 * nothing else to do.
 *
 * Silence means little: the game limits how often an address gets an answer, may not answer on
 * 127.0.0.1, and is silent during a change of the map and when it has a sv_password. So nothing
 * here tells that a server is dead.
 */

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "query/a2s-packet.h"

enum {
        A2S_PER_SECOND = 3,     /* datagrams that a client sends at most, whatever it asks for */
        A2S_CHALLENGES_MAX = 5, /* of one query */
};

typedef struct A2s A2s;

/*
 * The IPv4 address that this host uses towards the internet, or "127.0.0.1" without a route: the
 * address to ask servers of this host at. Nothing is sent.
 */
const char *a2s_own_address(char buffer[static INET_ADDRSTRLEN]);

/* address is an IPv4 address (-EINVAL). Nothing is sent before the first query. */
int a2s_new(const char *address, uint16_t port, A2s **ret) _must_check_;
A2s *a2s_free(A2s *a2s);
DEFINE_CLEANUP(A2s *, a2s_free)

/*
 * Begins a query, which ends with -ETIMEDOUT at the deadline (CLOCK_MONOTONIC, µs). Until then it
 * is sent again every second, because UDP may lose it. -EBUSY: the last one has not ended.
 */
int a2s_begin(A2s *a2s, A2sQuery query, uint64_t deadline) _must_check_;

/*
 * The next a2s_step() waits for these: the descriptor and its events, and a time
 * (CLOCK_MONOTONIC, µs). -EBADF, UINT64_MAX: no query has begun.
 */
int a2s_fd(const A2s *a2s);
short a2s_events(const A2s *a2s);
uint64_t a2s_wakeup(const A2s *a2s);

/*
 * Sends and receives as far as that is possible without waiting. 1: the answer is complete; 0: not
 * yet; an error ends the query:
 * -ETIMEDOUT, -ECONNREFUSED nothing listens there, -ELOOP the server wants one challenge after the
 * other, -EOPNOTSUPP its answer is compressed, or another error of the network.
 */
int a2s_step(A2s *a2s) _must_check_;

/* The last answer, for a2s_…_parse(); valid until the next query. */
const uint8_t *a2s_answer(const A2s *a2s, size_t *ret_size);

/* Begins a query and waits for its end. 0: the answer is complete. */
int a2s_run(A2s *a2s, A2sQuery query, uint64_t deadline) _must_check_;
