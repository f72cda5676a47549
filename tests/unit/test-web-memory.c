/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Every allocation on the path of a request fails once, and all from each on: there is an answer or
 * the connection ends, no handler runs that may not, nothing leaks, and the next request is served.
 */

#include <criterion/criterion.h>

#include "app/answer.h"
#include "pages/pages.h"
#include "web-path.h"

/* --- an allocator that fails -------------------------------------------------------------------
 * It stands before the allocator of the sanitizer, or libc's, for this program and every library.
 */

void *__interceptor_malloc(size_t size);
void *__interceptor_calloc(size_t n, size_t size);
void *__interceptor_realloc(void *p, size_t size);

static bool is_armed, fails_from_there;
static unsigned long n_allocations, fails_at;

static bool fails(void) {
        if (!is_armed)
                return false;
        n_allocations++;
        if (n_allocations != fails_at && !(fails_from_there && n_allocations > fails_at))
                return false;
        errno = ENOMEM;
        return true;
}

void *malloc(size_t size) {
        return fails() ? NULL : __interceptor_malloc(size);
}

void *calloc(size_t n, size_t size) {
        return fails() ? NULL : __interceptor_calloc(n, size);
}

void *realloc(void *p, size_t size) {
        return fails() ? NULL : __interceptor_realloc(p, size);
}

char *strdup(const char *text) {
        size_t size = strlen(text) + 1;
        char *copy = malloc(size);

        return copy ? memcpy(copy, text, size) : NULL;
}

char *strndup(const char *text, size_t size_max) {
        size_t size = strnlen(text, size_max);
        char *copy = malloc(size + 1);

        if (copy) {
                memcpy(copy, text, size);
                copy[size] = '\0';
        }
        return copy;
}

/* --- handlers that must not run -----------------------------------------------------------------
 */

static unsigned n_handled;

static int handle(Request *request) {
        const Route *route = request->match.route;

        PATH_CHECK(route);
        PATH_CHECK(route->access == ACCESS_ANYONE || request->user);
        PATH_CHECK(route->access != ACCESS_ADMIN || strcmp(request->user->name, "chief") == 0);
        PATH_CHECK(route->access != ACCESS_SERVER_OWNER || strcmp(request->user->name, "bob") != 0);
        n_handled++;
        return answer_failed(
                request, 422, "It was refused.",
                "first line\n"
                "{\"priority\":3,\"code\":\"a %s\",\"arguments\":[\"b\"],\"text\":\"a b\"}\n",
                page_password);
}

static const Route rows[] = {
        { "GET", "/", ACCESS_USER, handle, "All", 0, "All" },
        { "GET", "/login", ACCESS_ANYONE, page_login, "Log in", 0, NULL },
        { "GET", "/password", ACCESS_USER, page_password, "Password", 0, "Password" },
        { "POST", "/password", ACCESS_USER, handle, "Password", 0, NULL },
        { "GET", "/servers/{name}", ACCESS_SERVER_OWNER, handle, "Server", 0, NULL },
        { "POST", "/servers/{name}", ACCESS_SERVER_OWNER, handle, "Server", 0, NULL },
        { "GET", "/users", ACCESS_ADMIN, handle, "Users", 0, "Users" },
};
static const RouteTable path_routes = { rows, ELEMENTSOF(rows) };

TestSuite(web_memory, .init = path_open, .fini = path_close);

/* --- requests -----------------------------------------------------------------------------------
 */

typedef struct Case {
        const char *line, *user, *body;
        unsigned status; /* without a failure */
} Case;

static const Case cases[] = {
        { "GET /login", NULL, NULL, 200 },
        { "GET /nowhere", NULL, NULL, 404 },
        { "GET /api/nowhere", NULL, NULL, 404 },
        { "GET /\xff", NULL, NULL, 400 },
        { "DELETE /users", NULL, NULL, 501 },
        { "POST /users", "chief", "", 405 },
        { "GET /users", NULL, NULL, 303 },
        { "GET /users", "alice", NULL, 404 },
        { "GET /api/users", "alice", NULL, 404 },
        { "GET /users?a=b&c=d", "chief", NULL, 422 },
        { "GET /api/users", "chief", NULL, 422 },
        { "GET /password", "alice", NULL, 200 },
        { "GET /servers/1", "alice", NULL, 422 },
        { "GET /servers/1", "bob", NULL, 404 },
        { "POST /servers/1", "alice", "name=1&text=a", 422 },
        { "POST /servers/1", "bob", "name=1&text=a", 404 },
        { "POST /servers/1", NULL, "name=1&text=a", 303 },
        { "POST /password", "alice", "current=x", 422 },
};

static size_t write_request(const Case *c, char *text, size_t size) {
        char token[SESSION_TOKEN_MAX], cookie[128] = "", body[256] = "", length[128] = "";
        const Session *session = c->user ? path_log_in(c->user, token) : NULL;

        if (session)
                (void) snprintf(cookie, sizeof(cookie), "Cookie: left4me=%s\r\n", token);
        if (c->body) {
                (void) snprintf(
                        body, sizeof(body), "csrf=%s&%s", session ? session->csrf : "", c->body);
                (void) snprintf(
                        length, sizeof(length),
                        "Content-Type: application/x-www-form-urlencoded\r\n"
                        "Content-Length: %zu\r\n",
                        strlen(body));
        }
        (void) snprintf(
                text, size, "%s HTTP/1.1\r\nHost: x\r\n%s%s\r\n%s", c->line, cookie, length, body);
        return strlen(text);
}

/* Returns whether anything failed. */
static bool try(const Case *c, unsigned long at, bool from_there) {
        static char text[1024], answer[PATH_ANSWER_MAX];
        size_t size = write_request(c, text, sizeof(text)), answer_size;
        unsigned before = n_handled, status;

        n_allocations = 0;
        fails_at = at;
        fails_from_there = from_there;
        is_armed = true;
        answer_size = path_ask(text, size, answer);
        is_armed = false;

        status = path_status(answer);
        cr_assert(answer_size == 0 || status != 0, "%s, failure %lu: %s", c->line, at, answer);
        /* A refusal stays one, whatever page says it. */
        if (c->status != 422 && c->status != 200)
                cr_assert(status != 200 && status != 422, "%s, failure %lu", c->line, at);
        if (c->status != 422)
                cr_assert_eq(n_handled, before, "%s, failure %lu", c->line, at);
        return n_allocations >= at;
}

static void try_all(bool from_there) {
        static char text[1024], answer[PATH_ANSWER_MAX];

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const Case *c = &cases[i];

                (void) path_ask(text, write_request(c, text, sizeof(text)), answer);
                cr_assert_eq(path_status(answer), c->status, "%s: %s", c->line, answer);
                for (unsigned long at = 1; try(c, at, from_there); at++)
                        cr_assert_lt(at, 100000ul);
                (void) path_ask(text, write_request(c, text, sizeof(text)), answer);
                cr_assert_eq(path_status(answer), c->status, "%s afterwards: %s", c->line, answer);
        }
}

Test(web_memory, each_allocation_fails_once) {
        try_all(false);
}

Test(web_memory, all_allocations_fail_from_each_on) {
        try_all(true);
}
