/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which process keeps a file system busy: its directories, open files, mappings and program, found
 * by their paths below the mount points, as fuser(1) does. A process of another user is seen with
 * CAP_SYS_PTRACE only; one that can't be looked at is left out.
 */

#include <sys/types.h>

#include "base/cleanup.h"

typedef enum MountHold {
        MOUNT_HOLD_NONE,
        MOUNT_HOLD_READER,  /* a working directory, a file open for reading, a mapping */
        MOUNT_HOLD_WRITER,  /* a file open for writing */
        MOUNT_HOLD_PROGRAM, /* it runs a program that lies there */
} MountHold;

typedef struct MountHolder {
        MountHold hold; /* of all that hold it, one that does so the hardest */
        pid_t pid;
        char command[64]; /* its name in the kernel, printable */
} MountHolder;

/* mount_points: NULL-terminated, absolute. Returns 0, also without any holder, or -errno. */
int mount_holders_find(char *const *mount_points, MountHolder *ret) _must_check_;
