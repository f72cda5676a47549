/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Directories with content to stack: those below overlays/, and the installation. Either the
 * directory is the content itself ("plain"), or it has versions and a link "current" to the one
 * that counts. All are opened beneath their root, without following another symlink than that.
 */

#include "base/cleanup.h"

enum { OVERLAYS_MAX = 4096 };

#define OVERLAY_FILE "overlay.yaml" /* in the overlay's directory, see content/definition.h */

/* The text of "current" before the name of the version. */
#define VERSIONS_PREFIX "versions/"

/*
 * Opens (O_PATH) the current version of dir_fd; ret_version gets "versions/ID", from malloc.
 * -ENODATA: no link "current"; -EBADMSG: it doesn't point to versions/ID; -ESTALE: the version does
 * not exist.
 */
int overlay_dir_open_current(int dir_fd, int *ret_fd, char **ret_version) _must_check_;

/*
 * Opens (O_PATH) what servers mount of the overlay root_fd/ref; *ret_version is NULL for a plain
 * one. -EINVAL: not a ref; -ENOENT: there is none; -ELOOP, -EXDEV: reached through a symlink; or as
 * overlay_dir_open_current().
 */
int overlay_dir_open(int root_fd, const char *ref, int *ret_fd, char **ret_version) _must_check_;

/* Looks at an open directory. 1: it has versions, or will have some; 0: not; or -errno. */
int overlay_dir_has_versions(int dir_fd) _must_check_;

/* 1: it is an overlay with versions or with content; 0: it is empty, or only holds others. */
int overlay_dir_has_content(int dir_fd) _must_check_;

int overlay_dir_is_empty(int dir_fd) _must_check_;

/*
 * The refs of all overlays there are, sorted, NULL-terminated. A directory is one when it has
 * versions or overlay.yaml, when something but directories with legal names lies in it, when it is
 * a tree of the game (left4dead2) or empty; else it only holds others. -E2BIG past OVERLAYS_MAX.
 */
int overlay_dir_list(int root_fd, char ***ret) _must_check_;

/* Why one can't be used, in words that fit behind its name. */
const char *overlay_error_message(int error);
