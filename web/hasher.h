/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Password hashes, which take tens of milliseconds and megabytes on purpose, in the one thread that
 * is not the event loop's. One at a time: a flood of logins costs one CPU and the memory of one
 * hash.
 */

#include <systemd/sd-event.h>

#include "cleanup.h"

enum { HASHER_QUEUE_MAX = 16 };

typedef struct Hasher Hasher;

/* result: 1 the password is right, 0 it is not, -errno. In the loop's thread. */
typedef void (*HasherHandler)(int result, void *userdata);

int hasher_new(sd_event *event, Hasher **ret) _must_check_;

/*
 * Compares a password with a hash, of which both are copied; hash NULL, for a user who does not
 * exist, takes equally long. done is called exactly once, unless this fails: -EBUSY when the queue
 * is full, -ENOMEM.
 */
int hasher_verify(
        Hasher *hasher, const char *password, const char *hash, HasherHandler done, void *userdata)
        _must_check_;

/* Waits for the hash in work, if any; handlers are called with -ECANCELED. */
Hasher *hasher_free(Hasher *hasher);
DEFINE_CLEANUP(Hasher *, hasher_free)
