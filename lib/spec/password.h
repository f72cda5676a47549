/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Passwords of web users: which are acceptable, and their yescrypt hashes by libxcrypt. Hashing
 * takes tens of milliseconds and some megabytes on purpose, so a server does it in a separate
 * thread; all functions here are thread-safe. Secrets are wiped before their memory is freed.
 */

#include <stddef.h>

#include "base/cleanup.h"

enum {
        PASSWORD_LENGTH_MIN = 10, /* characters */
        PASSWORD_LENGTH_MAX = 128,
        PASSWORD_SIZE_MAX = 511, /* bytes: what crypt(3) takes */
};

/* NULL when it is acceptable as a password, else the reason against it, a text for _(). */
const char *password_complaint(const char *password);

/* A new hash with a salt of its own and libxcrypt's default cost; from malloc. Returns 0 or
 * -errno. */
int password_hash(const char *password, char **ret) _must_check_;

/*
 * Whether the hash is one of this password: 1, 0, or -errno. hash NULL, for a user who does not
 * exist, takes as long as any other and is 0.
 */
int password_verify(const char *password, const char *hash) _must_check_;

/* A random one of 100 bits that is easy to read out and to type; from malloc. */
int password_generate(char **ret) _must_check_;

/* Wipes and frees a text; NULL is fine. */
char *password_free(char *password);
DEFINE_CLEANUP(char *, password_free)
