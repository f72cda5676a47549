/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Requests over the whole path, from the bytes to the answer. */

#include <criterion/criterion.h>

#include "app/answer.h"
#include "pages/pages.h"
#include "web-path.h"

static unsigned n_handled;

static int handle(Request *request) {
        n_handled++;
        return answer_error(request, 422, "It was handled.");
}

static int show_network(Request *request) {
        return answer_error(request, 422, request_network(request));
}

static const Route rows[] = {
        { "GET", "/network", ACCESS_ANYONE, show_network, NULL, 0, NULL },
        { "GET", "/", ACCESS_USER, handle, "All", 0, "All" },
        { "GET", "/metrics", ACCESS_METRICS, handle, NULL, ROUTE_NO_TWIN | ROUTE_EVENTS, NULL },
        { "GET", "/open", ACCESS_ANYONE, handle, "Open", 0, NULL },
};
static const RouteTable path_routes = { rows, ELEMENTSOF(rows) };

TestSuite(web_path, .init = path_open, .fini = path_close);

static char answer[PATH_ANSWER_MAX];

/* 0: there is none, the connection was closed. */
static unsigned ask(const char *text) {
        (void) path_ask(text, strlen(text), answer);
        return path_status(answer);
}

/* --- request targets ----------------------------------------------------------------------------
 */

Test(web_path, bytes_that_no_target_has_are_400) {
        unsigned status;
        char text[64];

        for (unsigned byte = 1; byte < 256; byte++) {
                if (byte > ' ' && byte < 0x7f)
                        continue;
                (void) snprintf(
                        text, sizeof(text), "GET /open%c HTTP/1.1\r\nHost: x\r\n\r\n", (char) byte);
                status = ask(text);
                /* libmicrohttpd closes the connection at a form feed or vertical tab. */
                cr_expect(
                        status == 400 || (status == 0 && (byte == '\f' || byte == '\v')),
                        "byte %#x: %s", byte, answer);
                (void) snprintf(
                        text, sizeof(text), "GET /open?a=%c HTTP/1.1\r\nHost: x\r\n\r\n",
                        (char) byte);
                cr_expect_eq(ask(text), status, "byte %#x: %s", byte, answer);
        }
        cr_expect_eq(n_handled, 0);
        cr_expect_eq(ask("GET /open HTTP/1.1\r\nHost: x\r\n\r\n"), 422);
}

Test(web_path, errors_below_api_are_json) {
        static const char *const requests[] = {
                "GET /api/\xff HTTP/1.1\r\nHost: x\r\n\r\n",
                "BREW /api/open HTTP/1.1\r\nHost: x\r\n\r\n",
                "POST /api/open HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
                "Content-Length: 1\r\n\r\nx",
                "GET /api/nowhere?a HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /api HTTP/1.1\r\nHost: x\r\n\r\n",
        };

        for (size_t i = 0; i < ELEMENTSOF(requests); i++) {
                unsigned status = ask(requests[i]);

                cr_expect(status >= 400 && status < 600, "%s: %s", requests[i], answer);
                cr_expect(strstr(answer, "application/json"), "%s: %s", requests[i], answer);
        }
}

/* --- addresses ----------------------------------------------------------------------------------
 */

static void expect_network(const char *headers, const char *network) {
        char text[512], expected[128];

        (void) snprintf(text, sizeof(text), "GET /network HTTP/1.1\r\nHost: x\r\n%s\r\n", headers);
        (void) snprintf(expected, sizeof(expected), "<p>%s</p>", network);
        cr_expect_eq(ask(text), 422, "%s", answer);
        cr_expect(strstr(answer, expected), "%s: %s", headers, answer);
}

Test(web_path, the_last_of_the_last_forwarded_line_counts) {
        expect_network("X-Forwarded-For: 192.0.2.1\r\n", "unix");
        path.web.config->behind_https = true;
        expect_network("", "unix");
        expect_network("X-Forwarded-For: 192.0.2.1\r\n", "192.0.2.1");
        expect_network("X-Forwarded-For: 192.0.2.1, 192.0.2.2\r\n", "192.0.2.2");
        expect_network(
                "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 192.0.2.3, 192.0.2.4\r\n",
                "192.0.2.4");
}

Test(web_path, an_ipv6_address_counts_with_its_network) {
        path.web.config->behind_https = true;
        expect_network("X-Forwarded-For: 2001:db8:1:2:3:4:5:6\r\n", "2001:db8:1:2::");
        expect_network("X-Forwarded-For: 2001:db8:1:2:ffff::1\r\n", "2001:db8:1:2::");
        expect_network("X-Forwarded-For: ::ffff:192.0.2.9\r\n", "192.0.2.9");
}

/* --- this host ----------------------------------------------------------------------------------
 */

static void expect_metrics(const char *headers, unsigned status) {
        char text[512];

        (void) snprintf(text, sizeof(text), "GET /metrics HTTP/1.1\r\n%s\r\n", headers);
        cr_expect_eq(ask(text), status, "%s: %s", headers, answer);
}

Test(web_path, metrics_are_for_this_host) {
        static const char *const passed_on[] = {
                "X-Forwarded-For: 127.0.0.1\r\n",
                "x-forwarded-for:\r\n",
                "Forwarded: for=::1\r\n",
                "X-Real-IP: 127.0.0.1\r\n",
                "Via: 1.1 proxy\r\n",
                "X-Forwarded-Proto: https\r\n",
                "X-Forwarded-Host: localhost\r\n",
        };
        char headers[256];

        /* handle() answers 422. */
        expect_metrics("Host: localhost:8080\r\n", 422);
        expect_metrics("Host: play.example.org\r\n", 401);
        for (size_t i = 0; i < ELEMENTSOF(passed_on); i++) {
                (void) snprintf(headers, sizeof(headers), "Host: localhost\r\n%s", passed_on[i]);
                expect_metrics(headers, 401);
        }
        path.web.config->has_metrics = false;
        expect_metrics("Host: localhost:8080\r\n", 401);
}

/* --- other forms of a request -------------------------------------------------------------------
 */

Test(web_path, an_absolute_target_is_its_path) {
        static const struct {
                const char *target;
                unsigned status;
        } cases[] = {
                { "http://x/open", 422 },    { "HTTP://other:8080/open?a=b", 422 },
                { "https://x/open", 422 },   { "http://x", 303 },
                { "http://x?a=b", 303 },     { "http://x/api/nowhere", 404 },
                { "http:///open", 400 },     { "http://", 400 },
                { "ftp://x/open", 404 },     { "http://x//open", 404 },
                { "http://x/../open", 404 },
        };
        char text[128];

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                (void) snprintf(
                        text, sizeof(text), "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", cases[i].target);
                cr_expect_eq(ask(text), cases[i].status, "%s: %s", cases[i].target, answer);
        }
        cr_expect_eq(ask("GET http://x/api/nowhere HTTP/1.1\r\nHost: x\r\n\r\n"), 404);
        cr_expect(strstr(answer, "\"ok\":false"), "%s", answer);
}

Test(web_path, an_empty_line_before_a_request_is_none) {
        cr_expect_eq(ask("\r\nGET /open HTTP/1.1\r\nHost: x\r\n\r\n"), 422, "%s", answer);
        cr_expect_eq(
                ask("GET /open HTTP/1.1\r\nHost: x\r\n\r\n\r\nGET /open HTTP/1.1\r\nHost: x\r\n\r\n"),
                422, "%s", answer);
        cr_expect_eq(n_handled, 3);
}
