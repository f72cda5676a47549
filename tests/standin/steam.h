/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "server.h"

/*
 * What the engine and Steam's library look for on the host when a server starts. Where something is
 * missing the server does not stop: it runs in LAN mode, and turns away all who are not near.
 */

/* Sets s->lan if Steam's library did not start, and says on stdout why. */
void steam_start(Server *s);

/* What a server in LAN mode answers to those who ask from elsewhere. */
#define LAN_REFUSAL "LAN servers are restricted to local clients (class C).\n"
