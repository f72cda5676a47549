/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The check for an update of the game: left4me-check.service asks Steam for the newest build, once
 * a day or when a user wants it, and leaves the answer for all programs that show it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/paths.h"
#include "game/build-id.h"

/* --- the request --------------------------------------------------------------------------------
 */

/* A user wants the next check, whatever update_check= of left4me.conf says. -ENOENT: left4me.conf
 * of tmpfiles.d was not applied. */
int update_check_request_write(const Paths *paths) _must_check_;

/* Removes the request; whether there was one. */
bool update_check_request_take(const Paths *paths);

/* --- the answer ---------------------------------------------------------------------------------
 */

/* Kept until the next check or installation. */
typedef struct UpdateCheck {
        char installed[BUILD_ID_MAX]; /* build of the current version; "": unknown, or no version */
        char available[BUILD_ID_MAX]; /* that Steam offers */
        uint64_t checked;             /* µs, CLOCK_REALTIME */
        bool is_news;                 /* an update that the check before this one did not find */
} UpdateCheck;

/* Opens update_check_dir, where sandboxed steps leave their answers. */
int update_check_open_dir(const Paths *paths) _must_check_;

/* The manifest of the current version, which root's step copies there as the owner. */
#define UPDATE_CHECK_MANIFEST "manifest"

int update_check_write(int dir_fd, const UpdateCheck *check) _must_check_;

/* -ENOENT: no check was made; -EBADMSG: not an answer. */
int update_check_read(const Paths *paths, UpdateCheck *ret) _must_check_;

/* --- what it means ------------------------------------------------------------------------------
 */

/* The game that servers get, and the last check. */
typedef struct GameUpdate {
        char *version;            /* "versions/ID", from malloc; NULL: none is current */
        char build[BUILD_ID_MAX]; /* of that version now, whatever it was at the check; "": unknown
                                   */
        bool is_checked;
        UpdateCheck check;
        bool has_update, is_newest; /* both false: not known */
} GameUpdate;

/* Leaves unknown what can't be read. Clear afterwards. */
void game_update_load(const Paths *paths, GameUpdate *ret);
void game_update_clear(GameUpdate *update);
