/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The entries of a directory of a tree for people, also of all directories below it. */

#include "layer/effective.h"

typedef struct TreeList {
        /* Their names are paths below the directory; is_cut: one directory had too many. */
        EffectiveList entries;
        size_t n_unlisted; /* directories that could not be listed */
} TreeList;

/*
 * Lists what one of the first n_layers layers of the directory has. Without is_recursive,
 * directories come first, then by name; with it by path, at most EFFECTIVE_ENTRIES_MAX. Clear in
 * any case.
 */
int tree_list_read(const EffectiveDir *dir, size_t n_layers, bool is_recursive, TreeList *ret)
        _must_check_;
void tree_list_clear(TreeList *list);

/* Puts a layer above all others, which were read without is_recursive: its entries cover theirs,
 * and its whiteouts remove them. Takes the names over, so that top is empty then. */
int tree_list_cover(TreeList *list, EffectiveList *top) _must_check_;

/* For a table: says that some are not in it. */
void tree_list_warn(const TreeList *list);

/* Without "./" and slashes around it; from malloc. */
char *tree_list_clean_path(const char *path);
