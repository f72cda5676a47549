/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The answers of a server to the console commands `status` and `stats`. Names in them are chosen by
 * players and hostile: they may have quotes and look like other parts of the answer. Texts come
 * back as the server sent them; base/visible-text.h makes them fit to be shown.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

enum {
        STATUS_PLAYERS_MAX = 64, /* the game has up to 32 slots, and bots */
        STATUS_NAME_MAX = 127,   /* bytes; longer ones are cut */
        STATUS_TEXT_MAX = 191,
        STATUS_WORD_MAX = 63,
};

typedef struct StatusPlayer {
        char name[STATUS_NAME_MAX + 1];
        char steam_id[STATUS_WORD_MAX + 1]; /* "STEAM_1:0:1000"; "": a bot */
        char state[STATUS_WORD_MAX + 1];    /* "active", "spawning", … */
        char address[STATUS_WORD_MAX + 1];  /* "" when the answer has none */
        uint64_t steam_id64;                /* 0: a bot, or not known yet */
        uint64_t connected_sec;             /* 0 of a bot */
        uint32_t user_id;                   /* for `kickid` */
        uint32_t ping_msec, loss, rate;
        bool is_bot;
} StatusPlayer;

typedef struct ServerStatus {
        char hostname[STATUS_TEXT_MAX + 1];
        char version[STATUS_TEXT_MAX + 1];
        char map[STATUS_WORD_MAX + 1]; /* its name alone */
        uint32_t humans, bots, slots;
        bool is_hibernating;
        bool is_secure;
        StatusPlayer players[STATUS_PLAYERS_MAX];
        size_t n_players; /* rows of the table */
} ServerStatus;

/* -EBADMSG: not an answer to `status`, because the number of players is missing. Then ret has no
 * meaning. */
int status_parse(const char *text, size_t size, ServerStatus *ret) _must_check_;

/*
 * Neither the number nor the table has a human. An answer that was put together from pieces may
 * have only one of them right.
 */
bool status_is_empty(const ServerStatus *status);

typedef struct ServerStats {
        double cpu_percent, fps;
        double in_bytes_per_sec, out_bytes_per_sec;
        uint64_t uptime_min;
        uint32_t users, players;
} ServerStats;

/* -EBADMSG: not an answer to `stats`. */
int stats_parse(const char *text, size_t size, ServerStats *ret) _must_check_;

/* "STEAM_1:0:1000" or "[U:1:2000]" as a number; 0: neither, or the placeholder of a LAN server. */
uint64_t steam_id64(const char *text);
