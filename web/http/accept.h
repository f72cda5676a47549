/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Accepting connections: the limits in all and per address, and what is known of a client. */

#include "http/internal.h"

/* There is room for one more again. */
void http_accept_resume(HttpServer *server);

/* Nothing is accepted any more. */
void http_accept_stop(HttpServer *server);

void http_accept_free(HttpServer *server);
