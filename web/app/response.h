/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The only module that answers. Every answer has the security headers; no page can forget them.
 * All functions return 0, or -errno (then nothing was answered and the caller returns the error).
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
int response_page(Request *request, unsigned status, const char *template, sd_json_variant *model)
        _must_check_;

/* The same with a part of the page that is ready already (NULL: none); for HTML only. */
int response_page_with(
        Request *request, unsigned status, const char *template, sd_json_variant *model,
        const TemplatePart *part) _must_check_;

/* 303 See Other; location is a path of ours. */
int response_redirect(Request *request, const char *location) _must_check_;

/*
 * What was asked for is done: HTML goes to location (303), which shows the text once; JSON is
 * {ok: true, message, details, location}.
 */
int response_done(Request *request, const char *location, const char *text) _must_check_;

/*
 * It was not. details: the lines of l4d2ctl's stderr, NULL for none. JSON: {ok: false, message,
 * details}. HTML: `again` builds the page the form was on once more, and response_page() puts the
 * error into it; without `again` it is the error page.
 */
int response_failed(
        Request *request, unsigned status, const char *text, const char *details,
        RouteHandler again) _must_check_;

/* As response_failed(), because of a limit: 503, and when to try again. */
int response_busy(Request *request, const char *text, const char *details, RouteHandler again)
        _must_check_;

/* The error page, or the same as JSON. text NULL: what the status means in general. */
int response_error(Request *request, unsigned status, const char *text) _must_check_;

/*
 * An answer with this status whatever happens: the error page, or where that can't be built, one
 * that was made when the service started. Does nothing for a request that has an answer.
 */
void response_error_always(Request *request, unsigned status, const char *text);

/* Bytes of any type; takes data, which is from malloc, also on failure. */
int response_data(
        Request *request, unsigned status, const char *content_type, char *data, size_t size)
        _must_check_;

/* One more header of the answer to come, before it is made. value must have no control
 * characters (-EINVAL). -ENOMEM. */
int response_header(Request *request, const char *name, const char *value) _must_check_;

/* A prepared MHD response, which many requests share and somebody else owns. It needs its own
 * security headers. */
int response_shared(Request *request, unsigned status, struct MHD_Response *response) _must_check_;

/* Adds what every answer has; for pages/static-files.c and http/stream.c. -ENOMEM. */
int response_add_security_headers(struct MHD_Response *response) _must_check_;

/* Answers with a response of the caller's making, which it takes over. For http/stream.c. */
int response_take(Request *request, unsigned status, struct MHD_Response *response) _must_check_;

/* Frees headers that were set and an answer that was not sent. */
void response_clear(Request *request);
