/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Removes files that processes left behind, once they are old. A file has no other time than
 * CLOCK_REALTIME, and that can be set forward while another process works on the file. So a file
 * is removed only when it was found old twice, a day apart: the first time it gets the present time
 * and a mark, the sticky bit, which files have no other use for. A process that goes on with the
 * file sets its mode again and so takes the mark away.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/cleanup.h"

/* How long a file stays after it was found old, in seconds. */
#define LEFTOVER_AGE_AGAIN (UINT64_C(24) * 60 * 60)

/*
 * Removes dir_fd/name, or marks it, when it was not written to for age seconds; st is of fstatat().
 * A regular file with further names loses this one at once. Returns whether it was removed.
 */
bool leftover_remove(int dir_fd, const char *name, const struct stat *st, uint64_t age);
