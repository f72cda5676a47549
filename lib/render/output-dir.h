/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The directory that systemd gives a generator, as a place to render into. Other generators write
 * into it at the same time, so only names that the renderer uses are ever touched. Nothing is
 * synced: it is a tmpfs, and written again at the next boot.
 *
 * All functions return 0 or -errno.
 */

#include <stddef.h>

#include "base/cleanup.h"

/*
 * Removes what an earlier run left, so that nothing stays of a spec that is gone or refused by now.
 * systemd empties the directory before it starts a generator; who runs one by hand doesn't.
 */
int output_dir_clear(int dir_fd) _must_check_;

/*
 * path is DIRECTORY/NAME; the function makes a missing directory. It removes a file that it can't
 * write completely; -EEXIST when the file exists.
 */
int output_dir_write_file(int dir_fd, const char *path, const char *text, size_t size) _must_check_;

int output_dir_write_link(int dir_fd, const char *path, const char *target) _must_check_;
