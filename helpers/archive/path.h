/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Names of an archive's entries, which are untrusted, as paths below the directory that it is
 * unpacked into.
 */

#include <stdbool.h>

#include "base/cleanup.h"

enum {
        ARCHIVE_DEPTH_MAX = 32,  /* parts of a path */
        ARCHIVE_PATH_MAX = 1024, /* bytes */
};

/* While an archive is unpacked it lies below this directory of the tree. No entry may have this
 * name. */
#define ARCHIVE_DIRECTORY ".left4me-unpack"

/*
 * Makes a relative path without empty, "." and ".." parts of an entry's name, less its first strip
 * parts. 1: ret_path is the path, from malloc; 0: nothing is left of it, as of "./"; -EINVAL: the
 * name is refused, and ret_reason says why, in English (N_()); -ENOMEM.
 */
int archive_path_clean(const char *name, unsigned strip, char **ret_path, const char **ret_reason)
        _must_check_;

/* Whether a path is one that macOS adds to archives: below __MACOSX, or .DS_Store. */
bool archive_path_is_junk(const char *path);

/*
 * Whether a path is, or is below, one that a pattern of keep names: as fnmatch(3), where '*' and
 * '?' don't match '/'. A pattern without '/' is about the last part alone. keep ends with NULL; it
 * may be NULL.
 */
bool archive_path_is_kept(const char *path, char *const *keep);
