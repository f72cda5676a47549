/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "server.h"

/*
 * Players that are not there: `standin_players HUMANS [BOTS]` sets how many. Among the humans'
 * names are one with a quote that looks like the end of its column and one that is not ASCII.
 */

void players_set(Server *s, unsigned humans, unsigned bots);
const char *player_name(unsigned index);
const char *bot_name(unsigned index);
unsigned player_seconds(const Server *s, unsigned index);

/* The table that ends the output of `status`. */
void players_print(Server *s);
