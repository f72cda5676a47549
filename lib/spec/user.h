/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The users of the web app, one file users/NAME.yaml each:
 *
 *     role: admin                 admin or user
 *     password: '$y$j9T$…'        a yescrypt hash, see spec/password.h
 *     one_time: true              has to be changed at the first login
 *
 * Names follow the rule for instances. l4d2ctl writes these files, and nothing else does.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/name.h"
#include "spec/state-dir.h"

enum {
        USERS_MAX = 4096,
        USER_HASH_LENGTH_MAX = 256, /* bytes */
};

typedef enum UserRole {
        USER_ROLE_USER,
        USER_ROLE_ADMIN,
        _USER_ROLE_MAX,
} UserRole;

/* NULL for what is none. */
const char *user_role_to_string(UserRole role);
/* -EINVAL for what is none. */
int user_role_from_string(const char *text, UserRole *ret) _must_check_;

typedef struct User {
        char name[INSTANCE_NAME_MAX + 1];
        UserRole role;
        bool one_time;
        char *password; /* the hash */
        struct Arena *arena;
} User;

/*
 * Checks a text as file of the user name; file is what errors are reported under. Returns 0,
 * -EINVAL with at least one error in errors, or -ENOMEM.
 */
int user_parse(
        const char *name, const char *file, const char *text, size_t size, SpecErrors *errors,
        User **ret) _must_check_;

/*
 * Reads one user of the directory paths->users_dir. -ENOENT: there is none, also when that can't
 * be a name; -EINVAL: the file has errors; -ENOMEM.
 */
int user_load(const StateDir *users, const char *name, SpecErrors *errors, User **ret) _must_check_;

/* The names of all users, sorted, NULL-terminated; whether their files are good is not looked at.
 * -E2BIG past USERS_MAX. */
int user_list(const StateDir *users, char ***ret) _must_check_;

/* The text of a user's file, from malloc. -ENOMEM. */
int user_format(const User *user, char **ret, size_t *ret_size) _must_check_;

User *user_free(User *user);
DEFINE_CLEANUP(User *, user_free)
