/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Against guessing passwords: after LOGIN_FREE attempts that failed, each further one has to wait,
 * one second at first and then twice as long each time. Counted for the address and for the user
 * name apart, whether there is such a user or not. An attempt counts when it begins, so that many
 * at once gain nothing, and is taken back when it succeeds.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

enum {
        LOGIN_FREE = 5,
        LOGIN_WAIT_USER_MAX = 60,     /* seconds: others can't lock a user out for long */
        LOGIN_WAIT_ADDRESS_MAX = 900, /* seconds */
        LOGIN_LIMITS_MAX = 4096,      /* names and addresses that are remembered */
};

#define LOGIN_KNOWN_AGE (UINT64_C(24) * 3600 * 1000000)

typedef struct LoginLimits LoginLimits;

int login_limits_new(LoginLimits **ret) _must_check_;

/* Seconds to wait, 0 when the attempt may be made: then it counts. now: CLOCK_MONOTONIC. */
unsigned login_limits_try(LoginLimits *limits, const char *address, const char *user, uint64_t now);

/* Notes a success. The user's count starts again at 0; the address's count stays, or an attacker
 * could log in to their own account between guesses at others. */
void login_limits_succeed(LoginLimits *limits, const char *address, const char *user);

/* Whether the address had a success within LOGIN_KNOWN_AGE. now: CLOCK_MONOTONIC. */
bool login_limits_is_known(LoginLimits *limits, const char *address, uint64_t now);

LoginLimits *login_limits_free(LoginLimits *limits);
DEFINE_CLEANUP(LoginLimits *, login_limits_free)
