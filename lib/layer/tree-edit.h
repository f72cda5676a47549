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
 * The same with an open file without a name (O_TMPFILE) that the caller has filled and synced,
 * which becomes a file of the tree and must not be written to any more; where it can't be given a
 * name there, it is copied.
 */
int tree_put_nameless(int tree_fd, const char *path, int from_fd) _must_check_;

/*
 * Adds the content of the directory from_fd to tree_fd/path, "." for the tree itself, file by file
 * as tree_put_file(). -ENODEV: it has something else than files and directories, see problem.
 */
int tree_put_directory(int tree_fd, const char *path, int from_fd, TreeProblem *problem)
        _must_check_;

/*
 * The same with a file that already lies on this disk, which becomes a file of the tree and must
 * not be written to any more; else it is copied. from_fd is the open file from_dir_fd/from_name.
 */
int tree_put_link(
        int tree_fd, const char *path, int from_dir_fd, const char *from_name, int from_fd)
        _must_check_;

/* Makes a directory with those above it. -EEXIST: a file is there; a directory is success. */
int tree_make_directory(int tree_fd, const char *path) _must_check_;

/*
 * Moves a file or directory to another path; the directories above it are made. -EEXIST: something
 * is there; -EINVAL: it lies in what is moved; -ENOENT: there is nothing to move.
 */
int tree_move(int tree_fd, const char *path, const char *to) _must_check_;

/* Opens a path to look at it (O_PATH), also a link. -ENOENT: there is none. */
int tree_open_entry(int tree_fd, const char *path) _must_check_;

/* Removes a file or directory. -ENOENT: there is none. */
int tree_remove(int tree_fd, const char *path) _must_check_;
