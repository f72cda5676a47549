/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The pictures of players, in /var/cache/left4me-avatar. Only left4me-avatar writes there: ID.jpg
 * is a player's picture, ID.none says that Steam has none, and the time of either is when Steam was
 * asked. The web app reads pictures and believes none of them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/paths.h"

enum {
        AVATAR_SIZE_MAX = 32 * 1024, /* bytes; Steam's have 2 to 4 KiB */
        AVATAR_SIDE_MAX = 128,       /* pixels; Steam's have 64 */
        AVATAR_NAME_MAX = 32,
        AVATAR_DAY = 24 * 3600,           /* seconds after which Steam is asked again */
        AVATAR_AGE_MAX = 30 * AVATAR_DAY, /* seconds without another question: removed */
        AVATAR_FILES_MAX = 4096,          /* the oldest go first */
        AVATAR_BYTES_MAX = 32 * 1024 * 1024,
        AVATAR_ASKED_MAX = 2000, /* players that Steam is asked about within a day */
};

/* The name of a player's file: "ID.jpg", or "ID.none". */
void avatar_file_name(uint64_t id, bool is_picture, char ret[static AVATAR_NAME_MAX]);

/* false: not the name of a file of this cache. */
bool avatar_file_parse(const char *name, uint64_t *ret_id, bool *ret_is_picture);

/* Opens the cache. -ENOENT: no picture was ever asked for. */
int avatar_cache_open(const Paths *paths) _must_check_;

/* Whether the cache has a picture of this player that is not too old. */
bool avatar_is_there(int cache_fd, uint64_t id);

/* Reads it, checked as in avatar/jpeg.h; from malloc. -ENOENT, -EBADMSG, or another error. */
int avatar_read(int cache_fd, uint64_t id, uint8_t **ret, size_t *ret_size) _must_check_;
