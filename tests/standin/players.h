/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "server.h"

/*
 * Players that are not there. `standin_players HUMANS [BOTS]` sets how many, at once and without a
 * word: among the humans' names are one with a quote that looks like the end of its column and one
 * that is not ASCII. `standin_join` brings one as the game does, with its lines in console and log.
 */

#define FIXED_PLAYERS_MAX 8U

void players_set(Server *s, unsigned humans, unsigned bots);

/*
 * Someone connects and enters the game. A name loses its newlines and what is too long, and one
 * that another player has already gets "(1)" in front. steam_id: "BOT" for a bot, NULL for one made
 * up. address may be NULL too. NULL: they are turned away, and the console says why.
 */
Player *players_join(Server *s, const char *name, const char *steam_id, const char *address);

/* A player takes another name, as far as players_join() would. */
void players_rename(Server *s, Player *p, const char *name);

/* A player leaves, for this reason. */
void players_drop(Server *s, Player *p, const char *reason);

void players_drop_all(Server *s, const char *reason);

/* By number ("2" or "#2"), SteamID or name. */
Player *players_find(Server *s, const char *who);

/* The one after p (NULL: the first), humans before bots. NULL: p is the last. */
const Player *players_next(const Server *s, const Player *p);

unsigned player_seconds(const Player *p);

/* A log line about a player, who it begins with. */
void player_log(const Server *s, const Player *p, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* After a change of map: who stays enters the game again. */
void players_enter_again(Server *s);

/* The table that ends the output of `status`. */
void players_print(Server *s);
