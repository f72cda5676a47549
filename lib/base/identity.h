/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Root acting as another user: work in a directory that another user may change is done with that
 * user's rights and no more. Links and exchanges there then lead only where the user may go anyway.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "base/cleanup.h"

typedef struct Identity {
        bool change; /* false: the caller is the one already */
        uid_t uid;
        gid_t gid;
        char *name, *home; /* owned */
} Identity;

/*
 * Finds the owner of an open directory. Returns -EPERM when that is another user and the caller is
 * not root; -EOWNERDEAD when root owns it, so that the work would be done as root; -ESRCH when the
 * owner has no name.
 */
int identity_of_owner(int fd, Identity *ret) _must_check_;
void identity_done(Identity *identity);

/*
 * For a child, for good: the user, its one group, no capability, nothing to gain by execve(), no
 * keys of the caller's session, a session of its own without a terminal unless it leads one
 * already. Descriptors from 3 on are closed at the next execve().
 */
int identity_assume(const Identity *identity) _must_check_;

/*
 * Does the work in a child that is this user and has no terminal. Returns what work() returned, 0
 * or -errno; -ECHILD when the child was killed.
 */
int identity_run(const Identity *identity, int (*work)(void *userdata), void *userdata)
        _must_check_;
