/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Puts files into a version that is being made (layer/stage.h), and removes them. Files there are
 * shared with older versions, so none is ever opened for writing: a new file takes the place of the
 * old one. New files and directories belong to the owner of the tree. A path has no empty, "." or
 * ".." parts, and no link on its way is followed.
 */

#include "layer/tree-copy.h"

/* Whether a path is one that these calls take. */
bool tree_path_is_valid(const char *path);

/*
 * Reads a descriptor to its end, also a pipe, into the new file tree_fd/path; the directories above
 * it are made. -EINVAL: not such a path; -EISDIR: a directory is there; -ENOTDIR: a file is on the
 * way; or -errno, without a file there.
 */
int tree_put_file(int tree_fd, const char *path, int from_fd) _must_check_;

/*
 * Adds the content of the directory from_fd to tree_fd/path, "." for the tree itself, file by file
 * as tree_put_file(). -ENODEV: it has something else than files and directories, see problem.
 */
int tree_put_directory(int tree_fd, const char *path, int from_fd, TreeProblem *problem)
        _must_check_;

/* Removes a file or directory. -ENOENT: there is none. */
int tree_remove(int tree_fd, const char *path) _must_check_;
