/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <netinet/in.h>

#include "server.h"

/*
 * The sockets of a game server: UDP for the game and its queries, TCP for the remote console, both
 * on one port, and further UDP ports that the engine binds: one for itself as a client, one for
 * SourceTV.
 */

/* Binds both. Without -strictportbind the next ports are tried when one is taken. Says on stdout
 * what failed. Returns 0 or a negative errno. */
int network_open(Server *s);

/* The client's port, taken although the stand-in has no client. As network_open(). */
int network_open_client(Server *s);

/* SourceTV's port, once tv_enable is set. As network_open(). */
int network_open_tv(Server *s);

/* SOCK_DGRAM or SOCK_STREAM (which also listens). Returns the descriptor or a negative errno. */
int network_bind(int type, const char *address, uint16_t port);

/* Returns 0 or -EINVAL. */
int network_address(const char *address, uint16_t port, struct sockaddr_in *ret);
