/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The users of the web app, as their files say at this moment: a file that changed is read again,
 * and a user without a file no longer exists. Unchanged ones cost one stat().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/name.h"
#include "base/paths.h"

/* Which version of the file it is: a session belongs to one. */
typedef struct UserIdentity {
        uint64_t inode, changed, size; /* changed: nanoseconds, CLOCK_REALTIME */
} UserIdentity;

typedef struct WebUser {
        char name[INSTANCE_NAME_MAX + 1];
        bool is_admin;
        bool must_change_password; /* the current one was for one use */
        const char *password;      /* its hash; NULL in a request's copy */
        UserIdentity identity;
} WebUser;

typedef struct Users Users;

int users_open(const Paths *paths, Users **ret) _must_check_;

/* Returns NULL for an unknown user, or one whose file has errors. Valid until the next call. */
const WebUser *users_find(Users *users, const char *name);

/* Whether there is any file of a user at all. */
bool users_exist(const Users *users);

/* The names of all files of users, sorted and NULL-terminated. */
int users_list(const Users *users, char ***ret) _must_check_;

bool user_identity_equal(const UserIdentity *a, const UserIdentity *b);

Users *users_free(Users *users);
DEFINE_CLEANUP(Users *, users_free)
