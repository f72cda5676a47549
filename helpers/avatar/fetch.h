/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The parts of left4me-avatar: the run, asking Steam, the cache. Functions that return an error
 * (negative errno) have logged it.
 */

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "avatar/cache.h"
#include "avatar/reply.h"
#include "download/download.h"
#include "spec/config.h"

enum { AVATAR_KEY_SIZE = 32 }; /* hexadecimal digits of a key of the Steam Web API */

/* A file of the cache. */
typedef struct AvatarFile {
        uint64_t id; /* 0: not one of a player */
        time_t asked;
        off_t size;
        char name[AVATAR_NAME_MAX];
} AvatarFile;

typedef struct AvatarRun {
        const HostConfig *config;
        char key[AVATAR_KEY_SIZE + 1];
        int players_fd; /* the directory with the list of players */
        int cache_fd;
        DownloadOptions options;
        uint64_t call_time; /* when the last call ended, CLOCK_MONOTONIC in µs; 0: never */
        time_t now;         /* of this look at the cache */
        AvatarFile *files;  /* by SteamID; those without come first */
        size_t n_files;
} AvatarRun;

#define AVATAR_RUN_INIT { .players_fd = -EBADF, .cache_fd = -EBADF }

/* Why no more is asked for now: Steam, or the way to it, needs a pause of so many seconds. */
typedef struct AvatarPause {
        bool is_needed;
        bool is_refused; /* Steam does not take the key */
        uint64_t seconds;
} AvatarPause;

/* --- api.c: calls, one a second at most --------------------------------------------------
 */

/*
 * Asks about up to AVATAR_BATCH players. Players who are missing in the answer have no picture.
 * -EAGAIN: pause says how long to wait.
 */
int avatar_ask(
        AvatarRun *run, const uint64_t *ids, size_t n, AvatarReply ret[static AVATAR_BATCH],
        size_t *ret_n, AvatarPause *pause) _must_check_;

/* Fetches a picture and checks it, from malloc. -EBADMSG: it is none that is kept; -EAGAIN: as
 * above. */
int avatar_fetch(
        AvatarRun *run, const char *hash, uint8_t **ret, size_t *ret_size, AvatarPause *pause)
        _must_check_;

/* --- cache.c -----------------------------------------------------------------------------
 */

/* Reads what the cache has, and removes files that are too old, too many, or not of a player. */
int avatar_cache_look(AvatarRun *run) _must_check_;

/* Whether Steam was asked about the player within the last day. */
bool avatar_was_asked(const AvatarRun *run, uint64_t id);

/* How many were asked about within the last day. */
size_t avatar_count_asked(const AvatarRun *run);

/* Stores a picture. */
int avatar_keep(AvatarRun *run, uint64_t id, const uint8_t *data, size_t size) _must_check_;

/* Notes that Steam was asked at this time. is_gone: a picture that the cache has is removed. */
int avatar_note(AvatarRun *run, uint64_t id, time_t asked, bool is_gone) _must_check_;

/* Notes that Steam must not be asked with this key before a time, at most a day away. */
int avatar_note_pause(AvatarRun *run, uint64_t seconds) _must_check_;

/* Whether such a pause holds. */
bool avatar_is_paused(const AvatarRun *run);
