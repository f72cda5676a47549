/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A connection to a server's RCON for a process that may not create one: the l4d2ctl that the web
 * app runs has no network. It asks at a Unix socket for a server by its name;
 * left4me-console@.service connects and copies bytes between the two. It does not pass the
 * connection itself: a process that holds a TCP socket can connect it again, to any service of this
 * host. Both sides are here.
 */

#include "base/paths.h"

/* left4me-console.socket */
#define CONSOLE_SOCKET "/run/left4me/console"

/*
 * The client: a connected socket that does not block. Waits some seconds at most. -EAFNOSUPPORT: no
 * unit listens, or this process may not ask; or the error of the connection.
 */
int console_connection_ask(const char *name) _must_check_;

/*
 * The service: reads one request from a Unix socket, connects, answers, and copies until one side
 * ends. Only a port that a server's tree has (layer/tree-record.h) is connected to. Returns 0, the
 * error that the client got too, -EBADMSG for a request that is not one, -ETIMEDOUT when nothing
 * came for a minute, or -errno.
 */
int console_connection_serve(const Paths *paths, int client_fd) _must_check_;
