/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Moves the files of an unpacked archive to their places in a tree. Files of the tree are hard
 * links that older versions share: none is written to, a new file takes the place of the old one by
 * one rename(2). No link of the tree is followed.
 */

#include <stdint.h>

#include "archive/layout.h"
#include "archive/names.h"

typedef struct Placement {
        int tree_fd;
        const char *to;       /* below the tree, "." for itself; made when it is missing */
        char *const *keep;    /* patterns of files that stay as the tree has them; NULL: none */
        ArchiveNames *placed; /* gets the paths of all files below the tree; NULL: not wanted */
        uint64_t n_kept, n_left_out, n_clashes; /* counted */
} Placement;

/* Moves what layout names; what is left behind is the caller's to remove. 0 or -errno, which was
 * logged. */
int archive_place(const Layout *layout, Placement *placement) _must_check_;
