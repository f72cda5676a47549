/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The answer of Steam's GetPlayerSummaries. It comes from the network, so everything in it is
 * checked here; nothing is asked or written. Its addresses of pictures are not used: the name of a
 * picture is enough, and can lead nowhere else.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

enum {
        AVATAR_BATCH = 100,    /* SteamIDs of one question */
        AVATAR_HASH_SIZE = 40, /* hexadecimal digits, by which Steam names a picture */
};

typedef struct AvatarReply {
        uint64_t id;
        char hash[AVATAR_HASH_SIZE + 1]; /* "": the answer names no picture */
} AvatarReply;

/*
 * Fills in up to AVATAR_BATCH players. Entries without a valid SteamID are left out. The caller
 * checks that it asked for these. -EBADMSG for anything but such an answer, -ENOMEM.
 */
int avatar_reply_parse(
        const char *text, size_t size, AvatarReply ret[static AVATAR_BATCH], size_t *ret_n)
        _must_check_;
