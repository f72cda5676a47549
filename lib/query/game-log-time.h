/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Used by query/game-log.h and its guard. */

#include "query/piece.h"

/* The beginning of a line of the console about a player who was refused. */
#define GAME_LOG_REFUSED_NAME "RejectConnection"
#define GAME_LOG_REFUSAL      GAME_LOG_REFUSED_NAME ": "

/* Takes "L 11/29/2026 - 12:00:00" from the line. false: it does not start with that, and both are
 * as before. */
bool game_log_take_time(Piece *line, Piece *ret_time);
