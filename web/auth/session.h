/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The sessions of logged-in users. The browser holds a random token of 256 bits, we hold its
 * SHA-256 as the name of a file in /run/left4me-web/sessions. So users stay logged in when the
 * service restarts, and a reader of the directory can't take over a session. A session ends
 * SESSION_AGE_MAX after the login, SESSION_IDLE_MAX after its last request, and when the user's
 * file changes: password, role or existence.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/users.h"
#include "base/cleanup.h"

enum {
        SESSION_TOKEN_MAX = 65, /* 64 hexadecimal digits and a NUL */
        SESSION_CSRF_MAX = 33,
        SESSION_NOTICE_MAX = 512,
        SESSIONS_MAX = 4096,
        SESSIONS_OF_USER_MAX = 32,
};

#define SESSION_AGE_MAX  (UINT64_C(12) * 3600 * 1000000)
#define SESSION_IDLE_MAX (UINT64_C(2) * 3600 * 1000000)

typedef struct Session {
        char id[65]; /* hexadecimal SHA-256 of the token */
        char user[64];
        char csrf[SESSION_CSRF_MAX];
        UserIdentity identity;           /* of the user's file at the login */
        uint64_t created, used;          /* sessions_now() */
        uint64_t used_written;           /* what the file's time says */
        char notice[SESSION_NOTICE_MAX]; /* said once, on the next page; "": nothing */
} Session;

typedef struct Sessions Sessions;

/*
 * The time that sessions are measured by, in microseconds: CLOCK_BOOTTIME, which cannot be set.
 * The sessions' directory is as old as the boot at most. It begins a year before the boot, so that
 * any time that a session can have is one.
 */
uint64_t sessions_now(void);

/* Reads what an earlier run left in the directory. */
int sessions_open(const char *directory, Sessions **ret) _must_check_;

/* The session of a token, if it is still good at `now`. Any text may be asked for. */
Session *sessions_find(Sessions *sessions, const char *token, uint64_t now);

/* By the id that a session has. */
Session *sessions_find_id(Sessions *sessions, const char *id, uint64_t now);

/* A new one. Past the limits the user's, or everybody's, longest unused one ends. */
int sessions_create(
        Sessions *sessions, const WebUser *user, uint64_t now, char ret_token[SESSION_TOKEN_MAX],
        Session **ret) _must_check_;

/* Ends one. */
void sessions_destroy(Sessions *sessions, Session *session);

/* Sets the one listener: `ended` is called after each session that ends; NULL removes it. */
void sessions_listen(Sessions *sessions, void (*ended)(void *userdata), void *userdata);

/* Ends all of a user. */
void sessions_destroy_user(Sessions *sessions, const char *user);

/* Notes that it was used; the file learns about it once a minute. */
void sessions_touch(Sessions *sessions, Session *session, uint64_t now);

/* Writes it again, after its notice changed. */
int sessions_save(Sessions *sessions, const Session *session) _must_check_;

size_t sessions_count(const Sessions *sessions);

Sessions *sessions_free(Sessions *sessions);
DEFINE_CLEANUP(Sessions *, sessions_free)
