/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How much room a file tree takes on its disk. The tree may be a game server's or a Workshop
 * item's: symlinks are not followed, other file systems not entered, and however deep it is, one
 * directory is open at a time.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"

typedef struct TreeSize {
        uint64_t
                bytes; /* allocated on the disk; of a file with several names, an equal part each */
        uint64_t saved; /* how many bytes more it would take if each name were a file of its own */
        uint64_t n_files; /* everything but directories */
        uint64_t
                changed; /* the latest change of a file's content, µs, CLOCK_REALTIME; 0: no file */
        bool is_partial; /* a directory was moved while it was looked at: there is more */
} TreeSize;

/*
 * Adds up dir_fd/name, which it opens as open_beneath() does. Files that are removed meanwhile
 * don't count. -ENOENT: it does not exist; -EACCES: the caller can't read a part.
 */
int tree_size(int dir_fd, const char *name, TreeSize *ret) _must_check_;

/* The same for the directory dir_fd, which the caller owns: directories that their owner may not
 * read become readable for it. -EACCES: one was closed again meanwhile. */
int tree_size_own(int dir_fd, TreeSize *ret) _must_check_;
