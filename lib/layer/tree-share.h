/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Two trees that have most files in common: makes them share these after both exist, or counts what
 * differs. As in layer/tree-copy.h, the trees may be made by a hostile program.
 */

#include "layer/tree-copy.h"

/*
 * Makes each file of tree_fd that base_fd has at the same place, with the same mode and content, a
 * hard link to that one, if it has its final rights. ret_n_different counts the other files and
 * links of both, and directories that only one has, but for the directory ignored at the top and
 * what lies in it; NULL: none is left out. For the owner of both, while no other process changes
 * them. Errors as tree_copy().
 */
int tree_share(
        int tree_fd, int base_fd, const char *ignored, TreeProblem *problem,
        size_t *ret_n_different) _must_check_;

/* Counts entries that only one of two trees has, and files and links whose content is not the same
 * in both. Modes don't count. */
int tree_compare(int one_fd, int other_fd, TreeProblem *problem, size_t *ret_n_different)
        _must_check_;
