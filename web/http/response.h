/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The only module that hands an answer to libmicrohttpd. Every answer has the security headers; no
 * page can forget them. All functions return 0, or -errno (then nothing was answered).
 */

#include <stddef.h>

#include "http/request.h"

/* One more header of the answer to come, before it is made. name is a literal; value must have no
 * control characters (-EINVAL). -ENOMEM. */
int http_response_header(HttpRequest *request, const char *name, const char *value) _must_check_;

/* Bytes of any type; takes data, which is from malloc, also on failure. */
int http_response_data(
        HttpRequest *request, unsigned status, const char *content_type, char *data, size_t size)
        _must_check_;

/* The same for an answer that is the same for everybody, which caches may keep for so long. */
int http_response_public(
        HttpRequest *request, const char *content_type, unsigned max_age_sec, char *data,
        size_t size) _must_check_;

/* The same for an answer of one user, which only their browser may keep; data NULL: without a body.
 */
int http_response_kept(
        HttpRequest *request, unsigned status, const char *content_type, unsigned max_age_sec,
        char *data, size_t size) _must_check_;

/* 303 See Other; location is a path of ours, or -EINVAL. */
int http_response_redirect(HttpRequest *request, const char *location) _must_check_;

/* A prepared response, which many requests share and its owner frees. It needs security headers of
 * its own. -EALREADY: the request has an answer. */
int http_response_shared(HttpRequest *request, unsigned status, struct MHD_Response *response)
        _must_check_;

/* Answers with a response of the caller's making, which it takes over, also on failure. */
int http_response_take(HttpRequest *request, unsigned status, struct MHD_Response *response)
        _must_check_;

/* Adds what every answer has; for prepared responses. -ENOMEM. */
int http_response_add_security_headers(struct MHD_Response *response) _must_check_;
