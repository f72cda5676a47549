/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Refuses requests before their path counts: requests that a proxy and we could read differently,
 * that come from another site's page, or that are too large.
 */

#include "http/request.h"

typedef struct HttpFault {
        unsigned status; /* 0: none */
        const char *text;
} HttpFault;

void http_check_headers(
        const HttpRequest *request, const char *method, const char *version, HttpFault *ret);
