/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Password hashes, which take tens of milliseconds and megabytes on purpose, in a thread of their
 * own. One at a time: a flood of logins costs one CPU and the memory of one hash.
 */

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"

enum {
        HASHER_QUEUE_MAX = 16,
        HASHER_RESERVE = 4,       /* of these, for those who logged in from there lately */
        HASHER_OF_CLIENT_MAX = 4, /* from one address */
};

/* The client that wants a password compared. */
typedef struct HasherClient {
        const char *address; /* its network; NULL: all without an address count together */
        bool is_known;       /* it had a success lately */
} HasherClient;

typedef struct Hasher Hasher;

/* result: 1 the password is right, 0 it is not, -errno. In the loop's thread. */
typedef void (*HasherHandler)(int result, void *userdata);

int hasher_new(sd_event *event, Hasher **ret) _must_check_;

/* Whether hasher_verify() would take one more of this client's now. */
bool hasher_has_room(const Hasher *hasher, const HasherClient *client);

/*
 * Compares a password with a hash and copies both; hash NULL, for an unknown user, takes equally
 * long. done is called exactly once, unless this fails: -EBUSY when the queue, or the client's
 * share of it, is full, -ENOMEM.
 */
int hasher_verify(
        Hasher *hasher, const HasherClient *client, const char *password, const char *hash,
        HasherHandler done, void *userdata) _must_check_;

/* Waits for the hash in work, if any; handlers are called with -ECANCELED. */
Hasher *hasher_free(Hasher *hasher);
DEFINE_CLEANUP(Hasher *, hasher_free)
