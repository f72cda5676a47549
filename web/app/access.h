/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Decides who may do what, from the route's row; no other place does. Users get 404, not 403, for
 * anything they may not see.
 */

#include "app/request.h"
#include "auth/users.h"

/* Whether the request may go on. session and user are set already. */
bool access_is_granted(const Request *request);

/* The same; if not, it is answered. */
bool access_check(Request *request);

/*
 * Whether the request can't go on because the user is not logged in, or must change the password
 * first, and the typed text is given back with the refusal, see app/kept.h.
 */
bool access_gives_back(const Request *request);

/*
 * Whether the request's user may see the server of this name: admins see all, others the servers
 * whose blueprint is their own. For handlers that list servers; false for an unknown server.
 */
bool access_to_server(const Request *request, const char *name);

/*
 * From when on the request's user may see the log and the trail of this server, CLOCK_REALTIME in
 * µs: 0 for admins, the time when it became theirs for others; UINT64_MAX: nothing.
 */
uint64_t access_since(const Request *request, const char *name);

/* The same for a user who is not the request's. */
bool user_may_see(const WebUser *user, const char *blueprint);

/* The same for the blueprint "owner/name" a server has; NULL: it has none, admins only. */
bool access_to_blueprint(const Request *request, const char *blueprint);

/* Whether a user may change the overlay: admins all, others those below their name. */
bool user_may_change_overlay(const WebUser *user, const char *ref);

/* The same for the request's user. */
bool access_to_overlay(const Request *request, const char *ref);

/* Answers a visitor who is not logged in: 401 for programs and scripts, else the login page. */
int access_answer_stranger(Request *request) _must_check_;
