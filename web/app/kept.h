/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Text that a user typed into a form which can't be taken, because the session has ended or another
 * one has begun: the answer gives it back, escaped, with a login, and after the login with a button
 * that sends it once more. The login alone changes nothing: the button sends a form of the new
 * session like any other. The browser carries the text; this process keeps nothing.
 */

#include "app/request.h"

/*
 * Whether what was posted is given back: by a row with ROUTE_TEXT, from one of our pages as the
 * browser's Origin says (http/check.c refuses others), not by a program or script.
 */
bool kept_is_possible(const Request *request);

/* Answers with the posted text. text: why it was refused. */
int kept_answer(Request *request, unsigned status, const char *text) _must_check_;

/* Whether the posted login form carries text. */
bool kept_by_login(const Request *request);

/* A RouteHandler: the page of such a login form, before or after the login. */
int page_kept(Request *request) _must_check_;
