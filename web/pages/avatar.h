/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Pictures of players on pages. left4me-avatar fetches them into a cache that the web app only
 * reads. Their addresses have a token of the session, which only pages give: a user who tries
 * SteamIDs does not learn which of them played on servers of others.
 */

#include <systemd/sd-json.h>

#include "app/request.h"

/* The cache, open while a page is made. */
typedef struct Avatars {
        const Request *request;
        int cache_fd; /* negative: there is none, and pages have no place for pictures */
} Avatars;

/* To be closed in any case. */
void avatars_open(const Request *request, Avatars *ret);
void avatars_close(Avatars *avatars);

/* Sets has_avatars: whether pages have a place for pictures. */
int avatars_add(const Avatars *avatars, sd_json_variant **model) _must_check_;

/* Sets avatar_href of a player's object: null for a player without a picture. */
int avatar_add(const Avatars *avatars, uint64_t steam_id64, sd_json_variant **object) _must_check_;
