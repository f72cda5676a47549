/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/response.h"

#include <microhttpd.h>
#include <string.h>

#include "app/fallback.h"
#include "http/server.h"
#include "log.h"
#include "app/frame.h"
#include "view/templates.h"
#include "utf8.h"

struct ResponseHeader {
        struct ResponseHeader *next;
        const char *name; /* a literal */
        char value[];
};

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

int response_add_security_headers(struct MHD_Response *response) {
        for (size_t i = 0; i < ELEMENTSOF(security_headers); i++)
                if (MHD_add_response_header(
                            response, security_headers[i].name, security_headers[i].value) !=
                    MHD_YES)
                        return -ENOMEM;
        return 0;
}

int response_header(Request *request, const char *name, const char *value) {
        size_t size = strlen(value) + 1;
        struct ResponseHeader *header;

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

/* --- the one way out -------------------------------------------------------------------------- */

static int answer(Request *request, unsigned status, struct MHD_Response *response) {
        /* The first answer counts; a second one would be a bug in a handler. */
        if (request->response)
                return -EALREADY;
        request->response = response;
        request->status = status;
        if (request->is_suspended)
                http_connection_resume(request->connection);
        return 0;
}

int response_shared(Request *request, unsigned status, struct MHD_Response *response) {
        int r = answer(request, status, response);

        if (r >= 0)
                request->response_is_shared = true;
        return r;
}

int response_take(Request *request, unsigned status, struct MHD_Response *response) {
        _cleanup_response_ struct MHD_Response *owned = response;
        int r;

        r = response_add_security_headers(response);
        if (r < 0)
                return r;
        /* Whatever depends on who asks. */
        if (MHD_add_response_header(response, "Cache-Control", "no-store") != MHD_YES)
                return -ENOMEM;
        for (struct ResponseHeader *header = request->headers; header; header = header->next)
                if (MHD_add_response_header(response, header->name, header->value) != MHD_YES)
                        return -ENOMEM;

        r = answer(request, status, response);
        if (r >= 0)
                TAKE_PTR(owned);
        return r;
}

int response_data(
        Request *request, unsigned status, const char *content_type, char *data, size_t size) {
        _cleanup_response_ struct MHD_Response *response =
                MHD_create_response_from_buffer_with_free_callback(size, data, free);

        if (!response) {
                free(data);
                return -ENOMEM;
        }
        if (MHD_add_response_header(response, "Content-Type", content_type) != MHD_YES)
                return -ENOMEM;
        return response_take(request, status, TAKE_PTR(response));
}

void response_clear(Request *request) {
        struct ResponseHeader *next;

        if (request->response && !request->response_is_shared)
                MHD_destroy_response(request->response);
        request->response = NULL;
        for (struct ResponseHeader *header = request->headers; header; header = next) {
                next = header->next;
                free(header);
        }
        request->headers = NULL;
}

/* --- pages and their JSON twins --------------------------------------------------------------- */

static int response_json(Request *request, unsigned status, sd_json_variant *model) {
        char *text = NULL;
        int r;

        r = sd_json_variant_format(model, SD_JSON_FORMAT_NEWLINE, &text);
        if (r < 0)
                return r;
        return response_data(request, status, "application/json", text, strlen(text));
}

static int response_html(
        Request *request, unsigned status, const char *template, sd_json_variant *model,
        const TemplatePart *part) {
        char *text = NULL;
        size_t size;
        int r;

        r = templates_render(request->web->templates, template, model, part, &text, &size);
        if (r < 0)
                return log_error_errno(r, "Failed to render '%s'", template);
        return response_data(request, status, "text/html; charset=utf-8", text, size);
}

int response_page(Request *request, unsigned status, const char *template, sd_json_variant *model) {
        return response_page_with(request, status, template, model, NULL);
}

int response_page_with(
        Request *request, unsigned status, const char *template, sd_json_variant *model,
        const TemplatePart *part) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *whole = sd_json_variant_ref(model);
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *common = NULL;
        int r;

        r = page_common(request, &common);
        if (r < 0)
                return r;
        r = sd_json_variant_set_field(&whole, "page", common);
        if (r < 0)
                return r;
        if (request->error) {
                status = request->error_status;
                r = sd_json_variant_set_field(&whole, "error", request->error);
                if (r < 0)
                        return r;
        }

        if (request_is_api(request))
                return response_json(request, status, whole);
        return response_html(request, status, template, whole, part);
}

static int answer_outcome(
        Request *request, unsigned status, const char *text, const char *details,
        const char *location) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *lines = NULL, *answer = NULL;
        int r;

        r = page_lines(details, &lines);
        if (r < 0)
                return r;
        r = sd_json_buildo(
                &answer, SD_JSON_BUILD_PAIR_BOOLEAN("ok", status < 400),
                SD_JSON_BUILD_PAIR_STRING("message", text),
                SD_JSON_BUILD_PAIR_VARIANT("details", lines),
                SD_JSON_BUILD_PAIR_CONDITION(
                        location != NULL, "location", SD_JSON_BUILD_STRING(location)));
        if (r < 0)
                return r;
        return response_json(request, status, answer);
}

/* --- the usual answers ------------------------------------------------------------------------ */

int response_redirect(Request *request, const char *location) {
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
        return response_take(request, MHD_HTTP_SEE_OTHER, TAKE_PTR(response));
}

int response_done(Request *request, const char *location, const char *text) {
        if (request_is_api(request))
                return answer_outcome(request, 200, text, NULL, location);

        if (request->session)
                page_set_notice(request, text);
        return response_redirect(request, location);
}

int response_failed(
        Request *request, unsigned status, const char *text, const char *details,
        RouteHandler again) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *lines = NULL;
        int r;

        if (request_is_api(request))
                return answer_outcome(request, status, text, details, NULL);

        r = page_lines(details, &lines);
        if (r < 0)
                return r;
        sd_json_variant_unref(TAKE_PTR(request->error));
        r = sd_json_buildo(
                &request->error, SD_JSON_BUILD_PAIR_STRING("text", text),
                SD_JSON_BUILD_PAIR_VARIANT("details", lines));
        if (r < 0)
                return r;
        request->error_status = status;

        if (again)
                return again(request);
        return page_error(request, status, text);
}

int response_busy(Request *request, const char *text, const char *details, RouteHandler again) {
        int r = response_header(request, "Retry-After", "2");

        return r < 0 ? r : response_failed(request, 503, text, details, again);
}

int response_error(Request *request, unsigned status, const char *text) {
        if (!text)
                text = page_status_text(status);
        if (request_is_api(request))
                return answer_outcome(request, status, text, NULL, NULL);
        return page_error(request, status, text);
}

void response_error_always(Request *request, unsigned status, const char *text) {
        int r;

        if (request->response)
                return;
        r = response_error(request, status, text);
        if (r >= 0)
                return;
        (void) log_error_errno(r, "Failed to build the answer %u", status);
        (void) !response_shared(
                request, status, fallback_get(request->web->fallback, request_is_api(request)));
}
