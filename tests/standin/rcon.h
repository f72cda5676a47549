/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <poll.h>

#include "rcon-mode.h"
#include "server.h"

/*
 * Source RCON over TCP. As the game does it: an empty answer of type 0 before the result of an
 * authentication, long output as several packets without an end mark, a client's own type 0
 * packet mirrored and followed by one with an odd body, and a ban after too many failures.
 */

#define RCON_CLIENTS_MAX 16U

Rcon *rcon_new(void);
Rcon *rcon_free(Rcon *r);

/* Puts the listening socket and the clients into `fds` (room for 1 + RCON_CLIENTS_MAX). Returns
 * how many. */
nfds_t rcon_poll(const Server *s, struct pollfd *fds);

/* Serves what poll() found in them. */
void rcon_serve(Server *s, const struct pollfd *fds, nfds_t n);

/* Ends all sessions once their answers are sent, as a change of rcon_password does. */
void rcon_drop(Server *s);

/* The next `count` answers that the mode is about, 0 for all until the next call, go wrong. */
void rcon_misbehave(Server *s, RconMode mode, unsigned count);

/* How many came, of all clients, right or wrong. */
unsigned rcon_authentications(const Server *s);

/* now_ms() at which a slow client gets its next bytes, UINT64_MAX for none. */
uint64_t rcon_next_due(const Server *s);

/* Sends what is waiting, as far as it goes without blocking, before the program ends. */
void rcon_flush(Server *s);
