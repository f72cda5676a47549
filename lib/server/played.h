/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Remembers the map that players of a server were on, to tell when they have left it, and when some
 * of them went on from it to another map. For left4me-watch.service, which sees answers of the
 * server, up to minutes apart. server/rotation.h says what that means for a rotation of maps.
 *
 * Players keep their user id while the game changes the map, and get a new one when they connect
 * again. So players who were dropped and come back, as after the command `map`, did not go on.
 */

#include "query/status-text.h"

typedef struct PlayedBy {
        uint64_t steam_id64;
        uint32_t user_id;
} PlayedBy;

typedef struct Played {
        char map[STATUS_WORD_MAX + 1];  /* that players were seen on last; "": none */
        uint64_t at;                    /* when: CLOCK_REALTIME, µs */
        char next[STATUS_WORD_MAX + 1]; /* where some of them were seen since, once; "": nowhere */
        char sent[STATUS_WORD_MAX + 1]; /* where left4me sends the server; "": nowhere */
        PlayedBy players[STATUS_PLAYERS_MAX];
        size_t n_players;
} Played;

/* In µs; times are CLOCK_REALTIME. */
typedef struct PlayedTimes {
        uint64_t now;
        uint64_t empty_since; /* 0: it is not empty */
        uint64_t empty_time;  /* after so long, players have left */
        uint64_t lately;      /* a map that was not seen for longer is forgotten */
} PlayedTimes;

typedef enum PlayedStep {
        PLAYED_NOTHING,
        PLAYED_LOOK_AGAIN, /* some went on, as it seems: the server should be asked again soon */
        PLAYED_LEFT,       /* no players for a while, on the map that they were on */
        PLAYED_WENT_ON,    /* some of those who were on the map are on the one of the answer */
} PlayedStep;

/*
 * Takes an answer of the server to `status`. PLAYED_LEFT and PLAYED_WENT_ON come again with each
 * answer until played_settle() or played_send().
 */
PlayedStep played_see(Played *played, const ServerStatus *status, const PlayedTimes *times);

/* The server stays where it is. */
void played_settle(Played *played, const ServerStatus *status, uint64_t now);

/* left4me changes to this map, so players who are seen there did not go on to it. */
void played_send(Played *played, const char *map);

/* Remembers the map of an earlier process; status: the last answer that it had from the server. */
void played_restore(Played *played, const char *map, uint64_t at, const ServerStatus *status);
