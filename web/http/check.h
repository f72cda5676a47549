/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is refused before anybody looks at the path: requests that a proxy and we could read
 * differently, that come from another site's page, or that are too large.
 */

#include "app/request.h"

typedef struct RequestFault {
        unsigned status; /* 0: none */
        const char *text;
} RequestFault;

void request_check_headers(
        const Request *request, const char *method, const char *version, RequestFault *ret);
