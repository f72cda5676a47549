/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "server.h"

/*
 * Server queries over UDP: A2S_INFO, A2S_PLAYER, A2S_RULES, each only with the challenge of its
 * sender's address. An answer longer than one packet is split. Silent before the server is ready,
 * during a map change and while sv_password is set, as the game is.
 */

/* Answers all that waits on s->udp_fd. */
void a2s_serve(Server *s);
