/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What takes time to find out is asked of l4d2ctl, so that the loop goes on meanwhile: one run with
 * --json, and the page made of what it printed.
 */

#include "app/request.h"

/* The answer is borrowed. As a RouteHandler. */
typedef int (*AskHandler)(Request *request, sd_json_variant *answer);

/*
 * Runs l4d2ctl and makes the request wait; arguments are copied. What the row of the route allows
 * is checked again before the handler is called: time has passed. When l4d2ctl fails, the error
 * page has what it said, with status 404 when there is no such thing.
 */
int ask_run(Request *request, const char *const *arguments, AskHandler handler) _must_check_;
