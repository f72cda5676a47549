/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http/response.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "http/connection.h"

DEFINE_CLEANUP(struct MHD_Response *, MHD_destroy_response)
#define _cleanup_response_ _cleanup_(MHD_destroy_responsep)

static const struct {
        const char *name, *value;
} security_headers[] = {
        /* Scripts, styles, pictures and connections: ours alone, nothing written into a page. */
        { "Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'; "
                                     "base-uri 'none'; form-action 'self'; object-src 'none'" },
        { "X-Content-Type-Options", "nosniff" },
        /* Not "no-referrer", with which browsers post forms with "Origin: null". */
        { "Referrer-Policy", "same-origin" },
        { "Cross-Origin-Opener-Policy", "same-origin" },
        { "Cross-Origin-Resource-Policy", "same-origin" },
};

int http_response_add_security_headers(struct MHD_Response *response) {
        for (size_t i = 0; i < ELEMENTSOF(security_headers); i++)
                if (MHD_add_response_header(
                            response, security_headers[i].name, security_headers[i].value) !=
                    MHD_YES)
                        return -ENOMEM;
        return 0;
}

int http_response_header(HttpRequest *request, const char *name, const char *value) {
        size_t size = strlen(value) + 1;
        HttpHeader *header;

        if (!utf8_is_printable(value))
                return -EINVAL;
        header = malloc(sizeof(*header) + size);
        if (!header)
                return -ENOMEM;
        header->name = name;
        memcpy(header->value, value, size);
        header->next = request->headers;
        request->headers = header;
        return 0;
}

static int answer(HttpRequest *request, unsigned status, struct MHD_Response *response) {
        /* The first answer counts; a second one would be a bug in a handler. */
        if (request->response)
                return -EALREADY;
        request->response = response;
        request->status = status;
        if (request->is_suspended)
                http_connection_resume(request->connection);
        return 0;
}

int http_response_shared(HttpRequest *request, unsigned status, struct MHD_Response *response) {
        int r = answer(request, status, response);

        if (r >= 0)
                request->response_is_shared = true;
        return r;
}

static int finish(
        HttpRequest *request, unsigned status, const char *cache_control,
        struct MHD_Response *response) {
        _cleanup_response_ struct MHD_Response *owned = response;
        int r;

        r = http_response_add_security_headers(response);
        if (r < 0)
                return r;
        if (MHD_add_response_header(response, "Cache-Control", cache_control) != MHD_YES)
                return -ENOMEM;
        for (HttpHeader *header = request->headers; header; header = header->next)
                if (MHD_add_response_header(response, header->name, header->value) != MHD_YES)
                        return -ENOMEM;

        r = answer(request, status, response);
        if (r >= 0)
                TAKE_PTR(owned);
        return r;
}

int http_response_take(HttpRequest *request, unsigned status, struct MHD_Response *response) {
        /* The answer depends on the user. */
        return finish(request, status, "no-store", response);
}

static int answer_data(
        HttpRequest *request, unsigned status, const char *content_type, const char *cache_control,
        char *data, size_t size) {
        _cleanup_response_ struct MHD_Response *response =
                MHD_create_response_from_buffer_with_free_callback(size, data, free);

        if (!response) {
                free(data);
                return -ENOMEM;
        }
        if (MHD_add_response_header(response, "Content-Type", content_type) != MHD_YES)
                return -ENOMEM;
        return finish(request, status, cache_control, TAKE_PTR(response));
}

int http_response_data(
        HttpRequest *request, unsigned status, const char *content_type, char *data, size_t size) {
        return answer_data(request, status, content_type, "no-store", data, size);
}

/* who: "public" or "private" */
static int answer_for_a_while(
        HttpRequest *request, unsigned status, const char *content_type, const char *who,
        unsigned max_age_sec, char *data, size_t size) {
        char cache_control[64];

        (void) snprintf(cache_control, sizeof(cache_control), "%s, max-age=%u", who, max_age_sec);
        return answer_data(request, status, content_type, cache_control, data, size);
}

int http_response_public(
        HttpRequest *request, const char *content_type, unsigned max_age_sec, char *data,
        size_t size) {
        return answer_for_a_while(
                request, MHD_HTTP_OK, content_type, "public", max_age_sec, data, size);
}

int http_response_kept(
        HttpRequest *request, unsigned status, const char *content_type, unsigned max_age_sec,
        char *data, size_t size) {
        return answer_for_a_while(
                request, status, content_type, "private", max_age_sec, data, size);
}

int http_response_redirect(HttpRequest *request, const char *location) {
        _cleanup_response_ struct MHD_Response *response =
                MHD_create_response_from_buffer_static(0, "");

        if (!response)
                return -ENOMEM;
        /* Ours: a slash and no second one, which would be another host. */
        if (location[0] != '/' || location[1] == '/' || location[1] == '\\' ||
            !utf8_is_printable(location))
                return -EINVAL;
        if (MHD_add_response_header(response, "Location", location) != MHD_YES)
                return -ENOMEM;
        return http_response_take(request, MHD_HTTP_SEE_OTHER, TAKE_PTR(response));
}
