/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The guard against floods of queries, as part of the table of filter/rcon-filter.h, and the
 * counters of the packets that it dropped.
 *
 * It looks at UDP packets from other hosts to the servers' game ports and drops only these:
 *
 *   - packets without content: each costs the engine time, and real clients send none;
 *   - parts of split packets (FE FF FF FF) that are shorter than their own header;
 *   - queries beyond a rate for each source and server: "T", "U", "V", "W" and "i" after FF FF FF
 *     FF, see query/a2s; and beyond a rate for all sources of one server together, because sources
 *     can be forged;
 *   - other packets that start with FF FF FF FF beyond a rate for each source and server.
 *
 * It never drops, delays or answers what a player joins with: the request for a challenge ("q"),
 * the reservation by a lobby ("n"), the first packet of the connection ("k"). The client has taken
 * a ticket from Steam when it sends that. If this packet is lost, the client tries again with a new
 * ticket and leaves the first one open, and Steam then removes this player from every server with
 * "No Steam logon" until they restart their game. No limit applies here at all, not even a high
 * one: a sender who forges a player's address would use it up for that player.
 *
 * A table of sources that is full counts no further sources: then the rule does not match and the
 * packet goes on to the next rule, so the limit for the whole server is what remains.
 */

#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "spec/config.h"

/* The packets that a counter counts, in the order of output. */
typedef enum GuardCounterKind {
        GUARD_QUERIES_OF_SOURCE,
        GUARD_QUERIES_OF_SERVER,
        GUARD_OTHERS_OF_SOURCE,
        GUARD_SPLIT,
        GUARD_EMPTY,
        GUARD_RCON,
        _GUARD_COUNTER_MAX,
} GuardCounterKind;

/* "queries-of-source", …: for JSON. */
const char *guard_counter_key(GuardCounterKind kind);

/* A text about the packets, for people; not translated yet. */
const char *guard_counter_text(GuardCounterKind kind);

typedef struct GuardCounters {
        bool is_loaded; /* the table has the guard's counters */
        struct {
                uint64_t packets, bytes;
        } items[_GUARD_COUNTER_MAX];
} GuardCounters;

/*
 * Reads the output of `nft -j list counters`. 0, -EBADMSG for anything else, or -ENOMEM. Numbers
 * count from when the rules were loaded.
 */
int guard_counters_parse(const char *text, GuardCounters *ret) _must_check_;

/*
 * Runs nft and reads its answer. -ENOENT: nft is not installed; -EIO: it failed, as it does for
 * users who are not root; or as child_read() and guard_counters_parse() return.
 */
int guard_counters_read(GuardCounters *ret) _must_check_;

/* In place of game_uid: no packet is marked. */
#define GUARD_NO_UID ((uid_t) - 1)

/*
 * For rcon_filter_format(): writes the objects and chains of the guard into a table whose set of
 * ports exists. game_uid: the user whose packets are marked.
 */
void guard_write(FILE *f, const GuardSettings *settings, uid_t game_uid);

/* The name of a counter in the table. */
const char *guard_counter_name(GuardCounterKind kind);
