/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How large a tree is as content: what a copy of it could take, whatever its files share. */

#include <stdint.h>

#include "layer/tree-copy.h"

enum { TREE_ENTRIES_MAX = 1000000 };

typedef struct TreeExtent {
        uint64_t bytes; /* the sizes of its files, also of sparse ones and shared ones */
        uint64_t n_entries;
} TreeExtent;

/*
 * Measures dir_fd/path. -EFBIG: it has more than bytes_max, or more than TREE_ENTRIES_MAX entries,
 * which ret tells; it is set for this error, too. Other errors as tree_copy().
 */
int tree_extent(
        int dir_fd, const char *path, uint64_t bytes_max, TreeProblem *problem, TreeExtent *ret)
        _must_check_;
