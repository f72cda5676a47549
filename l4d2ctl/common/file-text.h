/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Small files of the kernel, such as those in /proc and /sys, and of the host's configuration.
 */

#include <stdbool.h>

#include "base/cleanup.h"

/* The text of a file below dir_fd, at most 64 KiB of it, NUL-terminated, from malloc. */
int read_text_at(int dir_fd, const char *path, char **ret) _must_check_;

/* The same by an absolute path. */
int read_text(const char *path, char **ret) _must_check_;

/*
 * Whether a path may be had with this mode of access(2), with the effective user and the
 * capabilities this process has: access(2) itself asks for the real user, whose capabilities it
 * takes off unless that is root. errno is set when it may not.
 */
bool may_access(const char *path, int mode);
