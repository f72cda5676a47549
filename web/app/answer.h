/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The answers of handlers: a page or its JSON twin, a redirect, what came of an action, an error.
 * They go through http/response.h, which adds the security headers. All functions return 0, or
 * -errno (then nothing was answered and the caller returns the error).
 */

#include <stddef.h>

#include <systemd/sd-json.h>

#include "app/request.h"
#include "view/templates.h"

/*
 * The model as HTML, rendered by the template, or as JSON below /api. The key "page" (title, user,
 * csrf, nav, notice, path) and, after a failed action, "error" are added here; then the status is
 * the error's. The model is borrowed.
 */
int answer_page(Request *request, unsigned status, const char *template, sd_json_variant *model)
        _must_check_;

/* The same with a part of the page that is ready already (NULL: none); for HTML only. */
int answer_page_with(
        Request *request, unsigned status, const char *template, sd_json_variant *model,
        const TemplatePart *part) _must_check_;

/* 303 See Other; location is a path of ours. */
int answer_redirect(Request *request, const char *location) _must_check_;

/*
 * The answer after success: HTML goes to location (303), which shows the text once; JSON is {ok:
 * true, message, details, location}.
 */
int answer_done(Request *request, const char *location, const char *text) _must_check_;

/*
 * The answer after a failure. details: what l4d2ctl wrote to stderr
 * (view/details.h), or another text; NULL: none. JSON: {ok:
 * false, message, details}. HTML: `again` builds the page the form was on once more, and
 * answer_page() puts the error into it; without `again` it is the error page.
 */
int answer_failed(
        Request *request, unsigned status, const char *text, const char *details,
        RouteHandler again) _must_check_;

/* 202 as JSON, {ok: false, message, details}: the action still runs, and when to ask again. */
int answer_unfinished(Request *request, const char *text) _must_check_;

/* As answer_failed(), because of a limit: 503, and when to try again. */
int answer_busy(Request *request, const char *text, const char *details, RouteHandler again)
        _must_check_;

/* As answer_failed(), because of too many attempts: 429, and after how many seconds to try again.
 */
int answer_wait(Request *request, unsigned seconds, RouteHandler again) _must_check_;

/* The error page, or the same as JSON. text NULL: the status's general text. */
int answer_error(Request *request, unsigned status, const char *text) _must_check_;

/*
 * An answer with this status whatever happens: the error page, or where that can't be built, one
 * that was made when the service started. Does nothing for a request that has an answer.
 */
void answer_error_always(Request *request, unsigned status, const char *text);
