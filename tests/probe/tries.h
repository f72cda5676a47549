/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "probe.h"

/* Attempts and parts of attempts that several groups share. 0 or negative errno, like all of them.
 */

/* The result of a system call wrapper: -errno for a negative one, 0 for all others. */
int result(long r);

/* Attempts on a path, which is their object. */
int try_read(const Attempt *a, const Targets *t);       /* read one byte of a file */
int try_list(const Attempt *a, const Targets *t);       /* read the names in a directory */
int try_open_write(const Attempt *a, const Targets *t); /* open for writing, write nothing */
int try_create(const Attempt *a, const Targets *t);     /* make a file in a directory, remove it */
int try_mkdir(const Attempt *a, const Targets *t);      /* make a directory, remove it */

int read_one(const char *path);
int list_one(const char *path);

/* Runs a program without input or output; -EPERM when it could be run but failed. */
int run(char *const argv[]);

/* Runs a program and returns the first line it prints. */
int run_line(char *const argv[], char *line, size_t size);
