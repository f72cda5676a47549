/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "server.h"

/*
 * Files that the engine and Steam's library look for on the host when a server starts. When one is
 * missing the server does not stop: it runs in LAN mode, and turns away all players from other
 * networks.
 */

/* Sets s->lan if Steam's library did not start, and says on stdout why. */
void steam_start(Server *s);

/* The answer of a server in LAN mode to players from other networks. */
#define LAN_REFUSAL "LAN servers are restricted to local clients (class C).\n"
