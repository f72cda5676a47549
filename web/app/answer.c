/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/answer.h"

#include <string.h>

#include "app/fallback.h"
#include "app/frame.h"
#include "base/log.h"
#include "base/text.h"
#include "http/response.h"
#include "view/details.h"
#include "view/templates.h"

/* --- pages and their JSON twins --------------------------------------------------------------- */

/* Adds the headers that an answer with texts needs. */
static int add_language_headers(Request *request) {
        int r = http_response_header(&request->http, "Vary", "Accept-Language");

        return r < 0 ? r
                     : http_response_header(
                               &request->http, "Content-Language", request->language->tag);
}

static int answer_json(Request *request, unsigned status, sd_json_variant *model) {
        char *text = NULL;
        int r;

        r = add_language_headers(request);
        if (r < 0)
                return r;
        r = sd_json_variant_format(model, SD_JSON_FORMAT_NEWLINE, &text);
        if (r < 0)
                return r;
        return http_response_data(&request->http, status, "application/json", text, strlen(text));
}

static int answer_html(
        Request *request, unsigned status, const char *template, sd_json_variant *model,
        const TemplatePart *part) {
        char *text = NULL;
        size_t size;
        int r;

        r = add_language_headers(request);
        if (r < 0)
                return r;
        r = templates_render(request->language->templates, template, model, part, &text, &size);
        if (r < 0)
                return log_error_errno(r, "Failed to render '%s'", template);
        return http_response_data(&request->http, status, "text/html; charset=utf-8", text, size);
}

int answer_page(Request *request, unsigned status, const char *template, sd_json_variant *model) {
        return answer_page_with(request, status, template, model, NULL);
}

int answer_page_with(
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
                return answer_json(request, status, whole);
        return answer_html(request, status, template, whole, part);
}

static int answer_outcome(
        Request *request, unsigned status, const char *text, const char *details,
        const char *location) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *lines = NULL, *answer = NULL;
        int r;

        r = details_to_model(details, &lines);
        if (r < 0)
                return r;
        r = sd_json_buildo(
                &answer, SD_JSON_BUILD_PAIR_BOOLEAN("ok", status == 200),
                SD_JSON_BUILD_PAIR_STRING("message", text),
                SD_JSON_BUILD_PAIR_VARIANT("details", lines),
                SD_JSON_BUILD_PAIR_CONDITION(
                        location != NULL, "location", SD_JSON_BUILD_STRING(location)));
        if (r < 0)
                return r;
        return answer_json(request, status, answer);
}

static const struct {
        unsigned status;
        const char *heading, *text;
} statuses[] = {
        { 400, N_("Bad request"), N_("The request is invalid.") },
        { 401, N_("Not logged in"), N_("Log in first.") },
        { 403, N_("Not allowed"), N_("You don't have permission to do this.") },
        { 404, N_("Not found"), N_("This page doesn't exist, or you don't have access to it.") },
        { 405, N_("Wrong method"), N_("This address doesn't support this method.") },
        { 411, N_("No length"), N_("The form has no Content-Length.") },
        { 413, N_("Too large"), N_("Too large. The limit is 256 KiB.") },
        { 414, N_("Too long"), N_("The address is too long.") },
        { 415, N_("Wrong type"), N_("Unsupported content type.") },
        { 429, N_("Too many attempts"), N_("Wait before you try again.") },
        { 500, N_("Internal error"),
          N_("Something went wrong in left4me. See: journalctl -u left4me-web") },
        { 501, N_("Unknown method"), N_("Method not supported.") },
        { 503, N_("Busy"), N_("left4me is busy. Try again in a moment.") },
        { 504, N_("Timed out"), N_("This took too long.") },
        { 505, N_("Wrong version"), N_("HTTP version not supported.") },
};

static const char *status_heading(unsigned status) {
        for (size_t i = 0; i < ELEMENTSOF(statuses); i++)
                if (statuses[i].status == status)
                        return _(statuses[i].heading);
        return _("Failed");
}

static const char *status_text(unsigned status) {
        for (size_t i = 0; i < ELEMENTSOF(statuses); i++)
                if (statuses[i].status == status)
                        return _(statuses[i].text);
        return _("Something went wrong.");
}

static int answer_error_page(Request *request, unsigned status, const char *text) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *model = NULL;
        int r;

        request_set_title(request, "%s", status_heading(status));
        r = sd_json_buildo(
                &model, SD_JSON_BUILD_PAIR_UNSIGNED("status", status),
                SD_JSON_BUILD_PAIR_STRING("heading", status_heading(status)),
                SD_JSON_BUILD_PAIR_STRING("text", text));
        if (r < 0)
                return r;
        return answer_page(request, status, "error", model);
}

/* --- the usual answers ------------------------------------------------------------------------ */

int answer_redirect(Request *request, const char *location) {
        return http_response_redirect(&request->http, location);
}

int answer_done(Request *request, const char *location, const char *text) {
        if (request_is_api(request))
                return answer_outcome(request, 200, text, NULL, location);

        if (request->session)
                page_set_notice(request, text);
        return answer_redirect(request, location);
}

int answer_failed(
        Request *request, unsigned status, const char *text, const char *details,
        RouteHandler again) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *lines = NULL;
        int r;

        if (request_is_api(request))
                return answer_outcome(request, status, text, details, NULL);

        r = details_to_model(details, &lines);
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
        return answer_error_page(request, status, text);
}

int answer_unfinished(Request *request, const char *text) {
        int r = http_response_header(&request->http, "Retry-After", "2");

        return r < 0 ? r : answer_outcome(request, 202, text, NULL, NULL);
}

int answer_busy(Request *request, const char *text, const char *details, RouteHandler again) {
        int r = http_response_header(&request->http, "Retry-After", "2");

        return r < 0 ? r : answer_failed(request, 503, text, details, again);
}

int answer_wait(Request *request, unsigned seconds, RouteHandler again) {
        char text[256], value[16];
        int r;

        (void) snprintf(value, sizeof(value), "%u", seconds);
        (void) snprintf(
                text, sizeof(text),
                text_count(
                        "Too many attempts. Try again in %u second.",
                        "Too many attempts. Try again in %u seconds.", seconds),
                seconds);
        r = http_response_header(&request->http, "Retry-After", value);
        if (r < 0)
                return r;
        return answer_failed(request, 429, text, NULL, again);
}

int answer_error(Request *request, unsigned status, const char *text) {
        if (!text)
                text = status_text(status);
        if (request_is_api(request))
                return answer_outcome(request, status, text, NULL, NULL);
        return answer_error_page(request, status, text);
}

void answer_error_always(Request *request, unsigned status, const char *text) {
        int r;

        if (request->http.response)
                return;
        r = answer_error(request, status, text);
        if (r >= 0)
                return;
        (void) log_error_errno(r, "Failed to build the answer %u", status);
        (void) !http_response_shared(
                &request->http, status,
                fallback_get(request->web->fallback, request_is_api(request)));
}
