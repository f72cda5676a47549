/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Packets of A2S, by which servers answer the server browser: makes requests, puts split answers
 * together and reads them, without a socket. Anyone can send such packets, so all that is in them
 * is hostile; texts come back as they were sent (base/visible-text.h makes them fit to be shown).
 *
 * A datagram starts with -1, or with -2 when it is a part of an answer; numbers are little endian.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

typedef enum A2sQuery {
        A2S_INFO,    /* name, map, number of players */
        A2S_PLAYERS, /* their names, without SteamIDs */
} A2sQuery;

enum {
        A2S_REQUEST_MAX = 32,    /* bytes of a request */
        A2S_DATAGRAM_MAX = 1500, /* bytes; servers send up to 1400 */
        A2S_PARTS_MAX = 16,      /* of an answer: 20 KiB */
        A2S_PLAYERS_MAX = 64,
        A2S_NAME_MAX = 127, /* bytes; longer ones are cut */
        A2S_TEXT_MAX = 191,
};

#define A2S_NO_CHALLENGE UINT32_MAX

/* Makes a request, with the challenge that the server gave or A2S_NO_CHALLENGE. Returns its bytes.
 */
size_t a2s_request_build(A2sQuery query, uint32_t challenge, uint8_t ret[static A2S_REQUEST_MAX]);

/* --- answers, from their type on ----------------------------------------------------------------
 */

typedef struct A2sPart {
        size_t size; /* 0: missing; a part has at least one byte */
        uint8_t bytes[A2S_DATAGRAM_MAX];
} A2sPart;

/* One answer in parts. */
typedef struct A2sSplit {
        uint32_t id;
        unsigned total, n; /* total 0: unused; n: parts that are there */
        A2sPart parts[A2S_PARTS_MAX];
} A2sSplit;

/*
 * The parts of up to two answers; zeroed: none. Two, because a request that was sent again
 * is answered again.
 */
typedef struct A2sJoin {
        A2sSplit splits[2];
        unsigned last; /* the one that got a part last */
        uint8_t answer[A2S_PARTS_MAX * A2S_DATAGRAM_MAX];
} A2sJoin;

/*
 * Takes a datagram. 1: an answer is complete, which lies in the datagram or in the join, from its
 * type on, until the next call; 0: a part of one, or one that was there already; -EBADMSG: a
 * datagram that can't be of A2S, which is left out; -EOPNOTSUPP: a part of a compressed answer, as
 * the game's engine doesn't send any.
 */
int a2s_join(
        A2sJoin *join, const uint8_t *datagram, size_t size, const uint8_t **ret_answer,
        size_t *ret_size) _must_check_;

/* Whether an answer is one to this query, by its type. */
bool a2s_answers(A2sQuery query, const uint8_t *answer, size_t size);

/* Whether the server wants the request again, with a challenge. */
bool a2s_is_challenge(const uint8_t *answer, size_t size, uint32_t *ret_challenge);

typedef struct A2sInfo {
        char name[A2S_TEXT_MAX + 1], map[A2S_NAME_MAX + 1], folder[A2S_NAME_MAX + 1];
        char game[A2S_TEXT_MAX + 1], version[A2S_NAME_MAX + 1];
        char keywords[A2S_TEXT_MAX + 1], tv_name[A2S_TEXT_MAX + 1]; /* "": none */
        uint64_t steam_id, game_id;                                 /* 0: not told */
        uint32_t players, bots, slots;  /* players: some servers count their bots */
        uint16_t app_id, port, tv_port; /* 0: not told */
        uint8_t protocol;
        char type, system; /* 'd' dedicated, 'l' Linux */
        bool has_password, is_secure;
} A2sInfo;

/* These answer 0, or -EBADMSG and then ret has no meaning. */
int a2s_info_parse(const uint8_t *answer, size_t size, A2sInfo *ret) _must_check_;

typedef struct A2sPlayer {
        char name[A2S_NAME_MAX + 1]; /* "" while they connect */
        int32_t score;
        uint64_t connected_sec;
} A2sPlayer;

typedef struct A2sPlayers {
        A2sPlayer items[A2S_PLAYERS_MAX];
        size_t n;
} A2sPlayers;

/* Servers may tell fewer players than they announce: those that are there whole count. */
int a2s_players_parse(const uint8_t *answer, size_t size, A2sPlayers *ret) _must_check_;
