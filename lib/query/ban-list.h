/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The answer of a server to `listid`: the SteamIDs that it has banned. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

enum {
        BAN_LIST_MAX = 32768, /* the engine has no room for more */
        BAN_ID_MAX = 63,      /* bytes */
};

typedef struct Ban {
        char steam_id[BAN_ID_MAX + 1]; /* as the server has it: letters, digits and "_:[]" */
        uint64_t steam_id64;           /* 0: another kind of id */
        bool is_permanent;
        uint64_t minutes; /* of the whole ban; 0: forever, less than one, or it doesn't say */
} Ban;

typedef struct BanList {
        Ban *items;
        size_t n_items;
} BanList;

/* -EBADMSG: not such an answer; -ENOMEM. Clear in any case. */
int ban_list_parse(const char *text, size_t size, BanList *ret) _must_check_;
void ban_list_clear(BanList *list);

/* The ban of this account, NULL: none. */
const Ban *ban_list_find(const BanList *list, uint64_t steam_id64);
