/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Another program run for what it prints, bounded in time and in size.
 */

#include <stddef.h>

#include "cleanup.h"

/*
 * Runs argv[0], an absolute path, without input, and returns its standard output, NUL-terminated
 * and from malloc. What it says on standard error is dropped. 0 when it exited with 0; -EIO another
 * status or a signal, -ETIME after ten seconds, -EFBIG more than 1 MiB, or another -errno.
 */
int child_read(const char *const *argv, char **ret_text) _must_check_;
