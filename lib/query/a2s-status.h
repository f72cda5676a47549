/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The answers of A2S in the form of the answer to `status`, for readers that want either. */

#include "query/a2s-packet.h"
#include "query/status-text.h"

/*
 * players: NULL when the server did not tell them. A2S knows neither SteamIDs, user ids and pings
 * nor which players are bots, so these are 0, and is_hibernating is false.
 */
void a2s_to_status(const A2sInfo *info, const A2sPlayers *players, ServerStatus *ret);
