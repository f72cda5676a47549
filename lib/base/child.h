/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Other programs, run to their end: for their exit status, or for what they print, bounded in time
 * and in size. For programs that may wait; the web app has a queue of its own.
 */

#include <stddef.h>
#include <sys/types.h>

#include "base/cleanup.h"

/* In place of a descriptor: /dev/null. */
#define CHILD_NULL (-EBADF)

/*
 * Starts argv[0], an absolute path. fds become its standard input, output and error, each a
 * descriptor or CHILD_NULL. environment: NULL is the caller's own. 0 or -errno.
 */
int child_spawn(
        const char *const *argv, const char *const *environment, const int fds[static 3],
        pid_t *ret) _must_check_;

/* Waits for its end: its exit status, -EIO when a signal killed it, or another -errno. */
int child_wait(pid_t pid) _must_check_;

/*
 * Runs argv[0], an absolute path, without input, and returns its standard output, NUL-terminated
 * and from malloc. Its standard error is dropped. 0 when it exited with 0; -EIO another status or a
 * signal, -ETIME after ten seconds, -EFBIG more than 1 MiB, or another -errno.
 */
int child_read(const char *const *argv, char **ret_text) _must_check_;
