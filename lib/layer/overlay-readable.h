/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Whether the game servers' user can read what lies in an overlay. A directory of a tree has the
 * owner and mode that it has in its topmost layer, so one closed directory of an overlay hides what
 * all layers below have there: no map is found, and nothing says why.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "base/cleanup.h"

typedef struct Unreadable {
        char *path; /* relative to the overlay, from malloc; NULL: there is none */
        bool is_directory;
} Unreadable;

/*
 * The first directory below dir_fd that left4me-game can't read and enter, else the first file that
 * it can't read. The overlay's own directory doesn't count: another one is on top of it. Judged by
 * owner and mode; what has an access control list is taken to be readable. Entries beyond a limit
 * are not looked at. Returns 0, or -errno: -EACCES when the caller itself can't look.
 */
int overlay_find_unreadable(int dir_fd, Unreadable *ret) _must_check_;
void unreadable_done(Unreadable *unreadable);
