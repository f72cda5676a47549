/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../unit/web-path.h"
#include "app/answer.h"
#include "base/log.h"
#include "fuzz.h"
#include "pages/pages.h"

/*
 * Input: the kind of user, one character, then the bytes of a connection. The real server,
 * sessions, rights and templates take them, with a table of one row for each kind of right. A
 * handler runs only for users with its right; the connection always ends; each answer is one of
 * ours or of libmicrohttpd, and the input never makes a header or markup of its own.
 */

static bool is(const Request *request, const char *name) {
        return request->user && strcmp(request->user->name, name) == 0;
}

static int handle(Request *request) {
        const Route *route = request->match.route;

        FUZZ_CHECK(route);
        switch (route->access) {
        case ACCESS_USER:
                FUZZ_CHECK(request->user && request->session);
                break;
        case ACCESS_SERVER_OWNER:
                FUZZ_CHECK(is(request, "chief") || is(request, "alice"));
                FUZZ_CHECK(is(request, "chief") || strcmp(request->match.values[0], "1") == 0);
                break;
        case ACCESS_BLUEPRINT_OWNER:
                FUZZ_CHECK(
                        is(request, "chief") ||
                        strcmp(request->user->name, request->match.values[0]) == 0);
                break;
        case ACCESS_ADMIN:
                FUZZ_CHECK(is(request, "chief"));
                break;
        default:
                break;
        }
        return answer_error(request, 422, request_field(request, "text"));
}

static int redirect(Request *request) {
        return answer_done(request, "/", "It is done.");
}

static const Route rows[] = {
        { "GET", "/", ACCESS_USER, handle, "All", 0, "All" },
        { "GET", "/login", ACCESS_ANYONE, page_login, "Log in", 0, NULL },
        { "POST", "/login", ACCESS_ANYONE, handle, "Log in", ROUTE_OWN_CSRF, NULL },
        { "GET", "/password", ACCESS_USER, page_password, "Password", ROUTE_ONE_TIME, NULL },
        { "POST", "/servers", ACCESS_USER, redirect, "New", 0, NULL },
        { "GET", "/servers/{name}", ACCESS_SERVER_OWNER, handle, "Server", 0, NULL },
        { "POST", "/servers/{name}", ACCESS_SERVER_OWNER, handle, "Server", 0, NULL },
        { "GET", "/blueprints/{owner}/{blueprint}", ACCESS_BLUEPRINT_OWNER, handle, NULL, 0, NULL },
        { "GET", "/overlays/{ref...}", ACCESS_USER, handle, "Overlay", ROUTE_NO_TWIN, NULL },
        { "GET", "/users", ACCESS_ADMIN, handle, "Users", 0, "Users" },
        { "POST", "/users/{user}/role", ACCESS_ADMIN, redirect, "Users", 0, NULL },
};
static const RouteTable path_routes = { rows, ELEMENTSOF(rows) };

/* --- requests -----------------------------------------------------------------------------------
 */

/* Behind the first line, as a browser would send it. Its forms have this token. */
static void write_cookie(char who, FILE *f) {
        const char *name = who == 'a' ? "alice" : who == 'b' ? "bob" : who == 'c' ? "chief" : NULL;
        char token[SESSION_TOKEN_MAX];
        Session *session;

        if (!name)
                return;
        session = path_log_in(name, token);
        memset(session->csrf, '0', SESSION_CSRF_MAX - 1);
        (void) fprintf(f, "Cookie: left4me=%s\r\n", token);
}

static void write_request(const char *data, size_t size, FILE *f) {
        const char *end = memmem(data + 1, size - 1, "\r\n", 2);
        size_t line = end ? (size_t) (end + 2 - (data + 1)) : size - 1;

        (void) fwrite(data + 1, 1, line, f);
        if (end)
                write_cookie(data[0], f);
        (void) fwrite(data + 1 + line, 1, size - 1 - line, f);
}

static void check_answer(const char *answer, size_t size) {
        const char *end;

        if (size == 0)
                return;
        FUZZ_CHECK(strlen(answer) == size);
        FUZZ_CHECK(path_status(answer) >= 200 || path_status(answer) == 100);
        end = strstr(answer, "\r\n\r\n");
        FUZZ_CHECK(end);
        /* A form or a query names them; no answer does. */
        FUZZ_CHECK(!memmem(answer, (size_t) (end - answer), "\nX-Evil", 7));
        FUZZ_CHECK(!strstr(end, "<evil"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static char answer[PATH_ANSWER_MAX];
        static bool is_open;
        _cleanup_free_ char *request = NULL;
        size_t request_size;
        FILE *f;

        if (size == 0)
                return 0;
        if (!is_open) {
                path_open();
                log_setup("fuzz-web-path", LOG_TARGET_KMSG);
                is_open = true;
        }
        f = open_memstream(&request, &request_size);
        FUZZ_CHECK(f);
        write_request((const char *) data, size, f);
        FUZZ_CHECK(fclose(f) == 0);

        check_answer(answer, path_ask(request, request_size, answer));
        sessions_destroy_user(path.web.sessions, "alice");
        sessions_destroy_user(path.web.sessions, "bob");
        sessions_destroy_user(path.web.sessions, "chief");
        return 0;
}
