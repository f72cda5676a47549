/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The tree that several layers make, as overlayfs stacks them, without a mount: which layer a file
 * comes from, and what it hides. Layers are open directories, topmost first, 0 being the first;
 * each is read on descriptors, and no link is followed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/cleanup.h"

enum {
        EFFECTIVE_ENTRIES_MAX = 200000, /* of one directory, and of a walk */
        EFFECTIVE_DEPTH_MAX = 64,
};

/* A device 0:0 says that the layers below have nothing of this name. */
bool effective_is_whiteout(const struct stat *st);

/* One directory: the layers that are merged in it. */
typedef struct EffectiveDir {
        int *fds; /* of each layer; negative: it has no part in it */
        size_t n;
} EffectiveDir;

typedef struct EffectiveEntry {
        char *name;
        struct stat st;
        size_t layer;        /* where it comes from; of a directory the topmost one */
        size_t n_layers;     /* merged in a directory; else 1 */
        size_t n_hidden;     /* lower layers that have something else of this name */
        size_t hidden_layer; /* the topmost of these */
} EffectiveEntry;

typedef struct EffectiveList {
        EffectiveEntry *items; /* by name */
        size_t n_items;
        bool is_cut; /* there were more than EFFECTIVE_ENTRIES_MAX */
} EffectiveList;

/*
 * Opens a directory of the tree; "." or "" is the whole. -ENOENT; -ENOTDIR: a file; -ELOOP: a link;
 * -EINVAL: not a path as layer/tree-edit.h takes it; -EACCES: the caller may not read it.
 */
int effective_open(const int *layers, size_t n, const char *path, EffectiveDir *ret) _must_check_;
void effective_dir_done(EffectiveDir *dir);

/* Clear in any case. */
int effective_list(const EffectiveDir *dir, EffectiveList *ret) _must_check_;
void effective_list_clear(EffectiveList *list);

/* 1 when the tree has something at this path, which may lie behind links of the tree that are not
 * followed and are accepted as they are; 0: nothing; or -errno. */
int effective_exists(const int *layers, size_t n, const char *path) _must_check_;

/* path is the directory's below the tree, "" for the tree itself. */
typedef int (*EffectiveVisit)(
        const EffectiveDir *dir, const char *path, const EffectiveList *list, void *userdata);

/*
 * Calls visit for each directory in which one of the first n_walked layers has a part; a negative
 * result ends the walk. Directories that the caller may not read, and those too deep or beyond the
 * limit, are left out.
 */
int effective_walk(
        const int *layers, size_t n, size_t n_walked, EffectiveVisit visit, void *userdata)
        _must_check_;
