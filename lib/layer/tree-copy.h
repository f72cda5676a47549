/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Copies of content trees that share their files, and the rights that a finished one has. The trees
 * may be made by a hostile program: no link is followed, and no directory is entered by a path.
 */

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/cleanup.h"

/* Deeper directories are refused (-ELOOP); each level needs two descriptors. */
enum { TREE_DEPTH_MAX = 64 };

/* An entry that can't be part of a version. */
typedef struct TreeProblem {
        char *path; /* below the tree, from malloc; NULL: none */
} TreeProblem;

void tree_problem_done(TreeProblem *problem);

typedef int (*TreeVisit)(int dir_fd, const char *name, const struct stat *st, void *userdata);

/* Calls visit for each entry of a directory. The first error ends it, and puts the entry's name
 * before the problem's path. */
int tree_each_entry(int dir_fd, TreeVisit visit, void *userdata, TreeProblem *problem) _must_check_;

typedef struct TreeOwner {
        uid_t uid;
        gid_t gid;
} TreeOwner;

int tree_owner_of(int fd, TreeOwner *ret) _must_check_;

typedef enum TreeSharing {
        TREE_SHARE_ALL,   /* nothing uses the old tree any more: all files of the final owner */
        TREE_SHARE_FINAL, /* only files that tree_seal() would not touch do */
        TREE_SHARE_NONE,  /* the new owner writes to files in place */
} TreeSharing;

typedef struct TreeCopy {
        TreeOwner owner; /* of the new directories, and of files that are copied */
        TreeOwner final; /* the one that tree_seal() will give them */
        TreeSharing sharing;
        bool keeps_room; /* -ENOSPC: a file that shares no blocks would fill the disk */
} TreeCopy;

/*
 * Fills the empty directory to_fd with the content of from_fd. Files become hard links, others are
 * copied and share their blocks where the file system can: those that sharing excludes, those that
 * belong to the new owner when it is not the final one, who could write to them in place, and those
 * that the kernel does not let the caller link. -ENODEV: something else than a file, directory or
 * symbolic link, see problem; or -errno.
 */
int tree_copy(int from_fd, int to_fd, const TreeCopy *copy, TreeProblem *problem) _must_check_;

/*
 * Gives everything below tree_fd, and itself, its final owner and rights: all can read it, the
 * owner can write, all can execute an executable file, nothing is set-user-ID. A file may keep
 * another group, which can do no more than all. Entries that have these rights already, such as
 * files that other versions share, are not touched. Errors as tree_copy().
 */
int tree_seal(int tree_fd, const TreeOwner *owner, TreeProblem *problem) _must_check_;

/* Whether a file or directory has its final owner and rights already. */
bool tree_is_final(const struct stat *st, const TreeOwner *owner);

/* Makes a symbolic link; one that root makes gets this owner. */
int tree_make_link(int dir_fd, const char *name, const char *target, const TreeOwner *owner)
        _must_check_;
