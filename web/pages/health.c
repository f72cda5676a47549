/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* GET /health: that the loop turns. For monitoring; says nothing about servers. */

#include <string.h>

#include "http/response.h"
#include "pages/pages.h"

int page_health(Request *request) {
        char *text = strdup("{\"status\":\"ok\"}\n");

        if (!text)
                return -ENOMEM;
        return http_response_data(&request->http, 200, "application/json", text, strlen(text));
}
