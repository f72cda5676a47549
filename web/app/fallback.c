/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/fallback.h"

#include <microhttpd.h>
#include <string.h>

#include "http/response.h"

struct Fallback {
        struct MHD_Response *page, *twin;
};

/* The status varies, so neither text names a reason. */
#define SENTENCE                                                              \
        "The service failed to build the answer to this request. The log of " \
        "left4me-web.service has the reason. Try again."

static const char page_text[] =
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<title>Failed · left4me</title>\n<link rel=\"stylesheet\" href=\"/static/style.css\">\n"
        "</head>\n<body>\n<main id=\"main\">\n<section class=\"gate\">\n<h1>Failed</h1>\n"
        "<p>" SENTENCE "</p>\n"
        "<p class=\"buttons\"><a class=\"button primary\" href=\"/\">All servers</a></p>\n"
        "</section>\n</main>\n</body>\n</html>\n";

static const char twin_text[] = "{\"ok\":false,\"message\":\"" SENTENCE "\",\"details\":[]}\n";

static int make(const char *text, const char *type, struct MHD_Response **ret) {
        struct MHD_Response *response = MHD_create_response_from_buffer_static(strlen(text), text);
        int r;

        if (!response)
                return -ENOMEM;
        r = http_response_add_security_headers(response);
        if (r >= 0 && (MHD_add_response_header(response, "Content-Type", type) != MHD_YES ||
                       MHD_add_response_header(response, "Cache-Control", "no-store") != MHD_YES))
                r = -ENOMEM;
        if (r < 0) {
                MHD_destroy_response(response);
                return r;
        }
        *ret = response;
        return 0;
}

int fallback_new(Fallback **ret) {
        _cleanup_(fallback_freep) Fallback *fallback = calloc(1, sizeof(*fallback));
        int r;

        if (!fallback)
                return -ENOMEM;
        r = make(page_text, "text/html; charset=utf-8", &fallback->page);
        if (r >= 0)
                r = make(twin_text, "application/json", &fallback->twin);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(fallback);
        return 0;
}

struct MHD_Response *fallback_get(const Fallback *fallback, bool is_api) {
        return is_api ? fallback->twin : fallback->page;
}

Fallback *fallback_free(Fallback *fallback) {
        if (!fallback)
                return NULL;
        if (fallback->page)
                MHD_destroy_response(fallback->page);
        if (fallback->twin)
                MHD_destroy_response(fallback->twin);
        free(fallback);
        return NULL;
}
