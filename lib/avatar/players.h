/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The players whose pictures are wanted: left4me-watch leaves their SteamIDs in
 * /run/left4me/players/ids, and left4me-avatar asks for them. Nothing else about players is there.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

#define AVATAR_PLAYERS_FILE "ids"

enum { AVATAR_PLAYERS_MAX = 4096 };

/* A SteamID in its 17 digits; 0: not the account of a person. */
uint64_t avatar_id_parse(const char *text);

/* Replaces the file in a directory. */
int avatar_players_write(int dir_fd, const uint64_t *ids, size_t n) _must_check_;

/* Reads it; ids from malloc, sorted, each once. -EBADMSG: it is damaged, or another error of the
 * file. */
int avatar_players_read(int dir_fd, uint64_t **ret, size_t *ret_n) _must_check_;

/* The same for its text. */
int avatar_players_parse(const char *text, uint64_t **ret, size_t *ret_n) _must_check_;

/* Sorts SteamIDs and leaves each once; returns how many are left. */
size_t avatar_players_sort(uint64_t *ids, size_t n);

/* Whether sorted SteamIDs have this one. */
bool avatar_players_have(const uint64_t *ids, size_t n, uint64_t id);
