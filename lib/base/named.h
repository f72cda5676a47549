/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Tables of verbs and the like, whose rows have a name. */

#include <stddef.h>

/*
 * The first row with this name, or NULL. rows: an array of n structures of this size, each
 * beginning with its name, a const char *.
 */
const void *find_named(const void *rows, size_t n, size_t size, const char *name);
