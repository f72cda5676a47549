/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The way of a request from its headers to its handler, and on from there when it waited. It finds
 * the route, identifies the client, checks the rights, and only then calls the handler.
 */

#include "app/request.h"
#include "http/handlers.h"

/* Returns the functions that the HTTP server calls for requests to this web app. The web app must
 * outlive the server. */
HttpHandlers dispatch_handlers(Web *web);

/* As a RouteHandler, with what was waited for. */
typedef int (*RequestContinuation)(Request *request, const void *userdata);

/*
 * The only way on for a request that waited. Identifies the user again, checks again whether they
 * still may do it, calls `allowed`, and answers 500 when that fails. Without the rights the answer
 * is the refusal; or `refused` gives it (NULL: not set), to say that the action is done. That must
 * not show anything that needs the rights.
 */
void request_continue(
        Request *request, RequestContinuation allowed, RequestContinuation refused,
        const void *userdata);
