/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Build ids of the game: the one that is installed, from the notes that steamcmd leaves in a tree,
 * and the newest one, from what steamcmd prints about the game. Steam counts them up with each
 * update.
 */

#include <stddef.h>

#include "base/cleanup.h"

enum { BUILD_ID_MAX = 21 }; /* with the NUL */

/* steamcmd's notes below a tree of the game. */
#define BUILD_ID_DIR      "steamapps"
#define BUILD_ID_MANIFEST "appmanifest_222860.acf"

/* The build of a version, by its tree. -ENOENT: steamcmd did not make it, or has not finished it;
 * -EBADMSG: it has no number; or an error of base/file.h. */
int build_id_read(int tree_fd, char ret[static BUILD_ID_MAX]) _must_check_;

/* The same from the text of the manifest. */
int build_id_parse_manifest(const char *text, size_t size, char ret[static BUILD_ID_MAX])
        _must_check_;

/* The build of the public branch, from the output of app_info_print 222860, which may begin and end
 * with other lines. -ENOENT: the output has nothing about the game; -EBADMSG: no number. */
int build_id_parse_info(const char *text, size_t size, char ret[static BUILD_ID_MAX]) _must_check_;
