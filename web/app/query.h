/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Asks l4d2ctl for facts that take time to find out, so that the loop goes on meanwhile: one run
 * with --json, and the page from its output.
 */

#include "app/request.h"

/* µs for what a page is about. */
#define ASK_DEADLINE (UINT64_C(30) * 1000000)

/* The answer is borrowed. As a RouteHandler. */
typedef int (*AskHandler)(Request *request, sd_json_variant *answer);

/*
 * Runs l4d2ctl and makes the request wait; arguments are copied. The rights of the route's row are
 * checked again before the handler is called: time has passed. When l4d2ctl fails, the error page
 * has its text, with status 404 for an unknown name.
 */
int ask_run(Request *request, const char *const *arguments, AskHandler handler) _must_check_;

/* The answers are borrowed; second is NULL when that run failed. */
typedef int (*AskMoreHandler)(Request *request, sd_json_variant *first, sd_json_variant *second);

/*
 * Runs l4d2ctl for facts that the page can be without; from an AskHandler: once more. first: what
 * is there already, or NULL. deadline: µs from now.
 */
int ask_more(
        Request *request, const char *const *arguments, uint64_t deadline, sd_json_variant *first,
        AskMoreHandler handler) _must_check_;
