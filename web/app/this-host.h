/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Whether a request comes from a program of this host, and not through a proxy here. Behind a proxy
 * each request has an address of this host, so the address alone says nothing.
 */

#include "app/request.h"

/*
 * The connection is one of loopback, or of a Unix socket; no header says that a proxy passed the
 * request on; and the Host that was asked for is a name of loopback. The last holds off a proxy
 * that tells nothing, as it has to pass Host on (docs/web.md, "TLS"), and pages of other sites
 * whose names lead to 127.0.0.1.
 */
bool request_is_of_this_host(const Request *request);

/* Takes the value of a Host header. */
bool host_is_loopback(const char *host);
