/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which path lies below which, as texts: for paths without ".." and "//", and for refs. */

#include <stdbool.h>

/* The part of a path below a directory, borrowed: "maps" of "alice/maps" below "alice". NULL: it
 * lies elsewhere, or is the directory. */
const char *path_below(const char *path, const char *directory);

/* Whether a path is the directory or lies below it. */
bool path_is_in(const char *path, const char *directory);
