/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/text.h"
#include "http/check.h"

#include <microhttpd.h>
#include <string.h>
#include <strings.h>

typedef struct HeaderCounts {
        unsigned host, content_length, transfer_encoding, origin, cookie;
        bool is_broken;
        const char *length_text, *host_text, *origin_text;
} HeaderCounts;

static enum MHD_Result count_header(
        void *userdata, _unused_ enum MHD_ValueKind kind, const char *name, const char *value) {
        HeaderCounts *counts = userdata;

        for (const char *p = value; p && *p; p++)
                if ((unsigned char) *p < 0x20 && *p != '\t')
                        counts->is_broken = true;

        if (strcasecmp(name, "Host") == 0) {
                counts->host++;
                counts->host_text = value;
        } else if (strcasecmp(name, "Content-Length") == 0) {
                counts->content_length++;
                counts->length_text = value;
        } else if (strcasecmp(name, "Transfer-Encoding") == 0)
                counts->transfer_encoding++;
        else if (strcasecmp(name, "Cookie") == 0)
                counts->cookie++;
        else if (strcasecmp(name, "Origin") == 0) {
                counts->origin++;
                counts->origin_text = value;
        }
        return MHD_YES;
}

/* A name or an address and perhaps a port. */
static bool host_is_plain(const char *host) {
        static const char characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789-._:[]";
        size_t n = strlen(host);

        return n > 0 && n <= 255 && strspn(host, characters) == n;
}

/* Browsers name the page's site with each form they post; "null" is one that hides itself. */
static bool origin_is_ours(const char *origin, const char *host) {
        const char *rest = strstr(origin, "://");

        return rest && strcasecmp(rest + 3, host) == 0;
}

static bool length_is_number(const char *text) {
        size_t n = strspn(text, "0123456789");

        return n > 0 && n <= 10 && text[n] == '\0';
}

static void check_body(
        const HttpRequest *request, const char *method, const HeaderCounts *counts,
        HttpFault *ret) {
        const char *type = http_request_header(request, "Content-Type");
        unsigned long length;

        if (counts->content_length == 0) {
                if (strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0)
                        *ret = (HttpFault) { 411, NULL };
                return;
        }
        if (!length_is_number(counts->length_text)) {
                *ret = (HttpFault) { 400, N_("Invalid Content-Length.") };
                return;
        }
        length = strtoul(counts->length_text, NULL, 10);
        if (length > (strcmp(method, "PUT") == 0 ? HTTP_SINK_MAX : HTTP_BODY_LARGE_MAX))
                *ret = (HttpFault) { 413, NULL };
        else if (strcmp(method, "PUT") == 0)
                return;
        else if (length > 0 && strcmp(method, "POST") != 0)
                *ret = (HttpFault) { 400, N_("This request can't have a body.") };
        else if (
                length > 0 &&
                (!type || strncasecmp(type, "application/x-www-form-urlencoded", 33) != 0 ||
                 (type[33] != '\0' && type[33] != ';' && type[33] != ' ')))
                *ret = (HttpFault) { 415, N_("Forms are application/x-www-form-urlencoded.") };
}

void http_check_headers(
        const HttpRequest *request, const char *method, const char *version, HttpFault *ret) {
        HeaderCounts counts = {};

        (void) MHD_get_connection_values(request->mhd, MHD_HEADER_KIND, count_header, &counts);

        if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0)
                *ret = (HttpFault) { 505, NULL };
        else if (counts.is_broken)
                *ret = (HttpFault) { 400, N_("A header has control characters.") };
        else if (counts.host != 1 || !host_is_plain(counts.host_text))
                *ret = (HttpFault) { 400, N_("Exactly one Host header is required.") };
        /* Our clients don't need it, and attackers smuggle requests with it. */
        else if (counts.transfer_encoding > 0)
                *ret = (HttpFault) { 411, N_("A Transfer-Encoding is not accepted.") };
        else if (counts.content_length > 1 || counts.cookie > 1 || counts.origin > 1)
                *ret = (HttpFault) { 400, N_("Duplicate header.") };
        else if (
                (strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0) && counts.origin_text &&
                !origin_is_ours(counts.origin_text, counts.host_text))
                *ret = (HttpFault) { 403, N_("Cross-site request blocked.") };
        else
                check_body(request, method, &counts, ret);
}
