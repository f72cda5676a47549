/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How much of a disk content may fill, so that servers and logs can still write. */

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"

/*
 * -ENOSPC when so many bytes more would leave less than 64 MiB of the file system of fd free, or
 * less than a twentieth of a small one. The space is not reserved.
 */
int disk_space_check(int fd, uint64_t more) _must_check_;

/*
 * Whether a file in the directory to_fd can share the blocks of one in from_fd (FICLONE), so that a
 * copy takes no space. It tries that with small files that have no name. False after an error.
 */
bool disk_shares_blocks(int from_fd, int to_fd) _must_check_;
