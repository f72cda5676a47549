/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "a2s-mode.h"
#include "server.h"

/*
 * Server queries over UDP: A2S_INFO, A2S_PLAYER, A2S_RULES, each only with the challenge of its
 * sender's address. An answer longer than one packet is split. Silent before the server is ready,
 * during a map change and while sv_password is set, as the game is. An address that asks more than
 * sv_max_queries_sec times a second, over sv_max_queries_window seconds, is not answered until
 * these have passed; the same for all addresses together and sv_max_queries_sec_global.
 */

/* Answers all that waits on s->udp_fd. */
void a2s_serve(Server *s);

/* The next `count` answers, 0 for all until the next call, go wrong. */
void a2s_misbehave(A2sMode mode, unsigned count);
