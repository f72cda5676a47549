/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Where the files of an unpacked archive belong, by the names at its top. Looked for in this order:
 *
 *     a directory left4dead2         it is laid out like the game: to the top of the tree
 *     one of addons, cfg, maps, …    it is laid out like left4dead2: to there
 *     a .vpk file                    its .vpk files: to left4dead2/addons
 *     a single directory             the same question for that directory, three levels down
 *
 * Upper and lower case of these names doesn't matter; the directories get the game's spelling.
 */

#include <stdbool.h>

#include "base/cleanup.h"

typedef enum LayoutLevel {
        LAYOUT_GAME,    /* has left4dead2 */
        LAYOUT_CONTENT, /* has addons, cfg, maps, … */
        LAYOUT_ADDONS,  /* only its .vpk files count */
        LAYOUT_PLAIN,   /* as it is, no name has a meaning */
} LayoutLevel;

typedef struct Layout {
        LayoutLevel level;
        int from_fd;     /* the directory whose entries are placed */
        const char *to;  /* a path below the tree, "." for itself; static storage */
        size_t n_beside; /* files beside the directories on the way down, which have no place */
} Layout;

/*
 * 1: ret is where the content of the unpacked archive top_fd belongs, whose from_fd the caller
 * closes; 0: nothing there tells; or -errno.
 */
int layout_find(int top_fd, Layout *ret) _must_check_;

/* The game's spelling of a directory's name at this level, or name itself. */
const char *layout_spelling(LayoutLevel level, const char *name);

/* The level of a directory with this name, spelled as the game does. */
LayoutLevel layout_below(LayoutLevel level, const char *name);

bool layout_name_is_vpk(const char *name);
