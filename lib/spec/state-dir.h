/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A directory of the state in which each YAML file is one thing: a user, a blueprint. Reading
 * them has the limits of read_file_beneath(), and what is wrong with a file is a SpecError.
 */

#include <limits.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/errors.h"
#include "base/paths.h"

typedef struct StateDir {
        const char *path;
        int fd;
        uid_t owner; /* accepted owner of files beside root: the user left4me */
} StateDir;

#define STATE_DIR_INIT { .fd = -EBADF }

/*
 * The uid of the user left4me; 0 when that user does not exist, so that only root's files are
 * accepted. In a test's tree it is the caller's.
 */
uid_t state_owner(const Paths *paths);

/* path is one of paths and borrowed. -ENOENT: the directory does not exist. */
int state_dir_open(const Paths *paths, const char *path, StateDir *ret) _must_check_;
void state_dir_close(StateDir *dir);

/*
 * Reads a file below the directory; name comes from names that were checked. file is filled with
 * its path for messages, also on failure; *ret_text is from malloc and NUL-terminated. -ENOENT
 * when there is none, -ENOMEM; whatever else is wrong with it is -EINVAL and an error.
 */
int state_dir_read(
        const StateDir *dir, const char *name, SpecErrors *errors, char file[static PATH_MAX],
        char **ret_text, size_t *ret_size) _must_check_;

/*
 * The entries NAME of an open directory whose files are called NAME and suffix, sorted; what has
 * no legal name is left out. NULL-terminated. -E2BIG: more than max.
 */
int state_dir_list(int dir_fd, const char *suffix, size_t max, char ***ret) _must_check_;
