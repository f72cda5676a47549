/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Identifies a request's user by cookie and session, and logs users in. A login always makes a new
 * token, so that a token which an attacker put into the browser is worth nothing.
 */

#include "app/request.h"
#include "auth/hasher.h"

/* Sets the request's session and user from its cookie; both are NULL without a login. Only
 * app/dispatch.c calls it, together with the check of rights. */
void login_identify(Request *request);

/* Begins a session of the user and gives the browser its token; the present session ends. */
int login_begin(Request *request, const WebUser *user) _must_check_;

/* Ends the present session and takes the cookie back. */
int login_end(Request *request) _must_check_;

/*
 * Sets the token of a form before a login: its hash is in the form, the token itself in a cookie,
 * which another site can neither read nor set. Sets request->csrf, and the cookie unless the
 * browser has one.
 */
int login_prepare_form(Request *request) _must_check_;

/* The request's client for the queue of passwords. Valid until the next call. */
HasherClient login_client(const Request *request);

/* The answer when the queue of passwords has no room for the client. As answer_busy(). */
int login_answer_busy(Request *request, RouteHandler again) _must_check_;

/* Whether the posted form has the cookie's hash. */
bool login_form_is_ours(const Request *request);
