/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Streams end when their right to go on does, without waiting for a heartbeat: there is none here.
 */

#include <criterion/criterion.h>

#include "app/access.h"
#include "app/answer.h"
#include "app/stream-watch.h"
#include "app/stream.h"
#include "servers/servers.h"
#include "web-path.h"

static void setup(void) {
        path_open();
        path.web.host_sockets = (HostSockets) HOST_SOCKETS_INIT;
        cr_assert_eq(
                servers_new(
                        path.web.event, &path.web.specs, &path.web.host_sockets, &path.web.servers),
                0);
        cr_assert_eq(stream_watch_new(&path.web, &path.web.stream_watch), 0);
}

static void teardown(void) {
        path.web.http = http_server_free(path.web.http);
        stream_watch_free(path.web.stream_watch);
        servers_free(path.web.servers);
        path_close();
}

TestSuite(web_stream, .init = setup, .fini = teardown);

/* --- a stream that says one thing and then waits ------------------------------------------------
 */

static unsigned n_open;

typedef struct Source {
        bool has_begun;
} Source;

static ssize_t on_read(void *userdata, char *buffer, size_t size) {
        Source *source = userdata;

        if (source->has_begun || size < 6)
                return STREAM_SLEEP;
        source->has_begun = true;
        memcpy(buffer, "begun\n", 6);
        return 6;
}

static bool is_allowed(_unused_ void *userdata, const WebUser *user) {
        const Server *server = servers_find(path.web.servers, "1");

        return server && user_may_see(user, server_blueprint(server));
}

static void on_closed(void *userdata) {
        n_open--;
        free(userdata);
}

static int start(Request *request, bool breaks_off) {
        const StreamSource source = {
                .content_type = "text/plain",
                .read = on_read,
                .is_allowed = is_allowed,
                .breaks_off = breaks_off,
                .closed = on_closed,
                .userdata = calloc(1, sizeof(Source)),
        };

        n_open++;
        return answer_stream(request, &source, NULL);
}

static int events(Request *request) {
        return start(request, false);
}

static int download(Request *request) {
        return start(request, true);
}

static const Route rows[] = {
        { "GET", "/events", ACCESS_USER, events, NULL, ROUTE_STREAM, NULL },
        { "GET", "/log", ACCESS_USER, download, NULL, ROUTE_STREAM, NULL },
};
static const RouteTable path_routes = { rows, ELEMENTSOF(rows) };

/* --- clients ------------------------------------------------------------------------------------
 */

static char answer[PATH_ANSWER_MAX];

static int begin(const char *user, const char *target) {
        char token[SESSION_TOKEN_MAX], text[512];
        int fd = path_connect();
        bool closed;

        (void) path_log_in(user, token);
        (void) snprintf(
                text, sizeof(text), "GET %s HTTP/1.1\r\nHost: x\r\nCookie: left4me=%s\r\n\r\n",
                target, token);
        path_send(fd, text, strlen(text));
        (void) path_receive(fd, answer, &closed);
        cr_assert_not(closed);
        cr_assert(strstr(answer, "begun\n"), "%s", answer);
        return fd;
}

static bool is_over(int fd) {
        char byte;

        return recv(fd, &byte, 1, MSG_PEEK) >= 0;
}

/* Returns whether the stream came to a proper end. */
static bool ends(int fd) {
        bool closed;
        size_t size;

        path_wait(fd);
        size = path_receive(fd, answer, &closed);
        (void) close(fd);
        path_settle();
        return size == 5 && strcmp(answer, "0\r\n\r\n") == 0;
}

/* Two checks pass. */
static void let_time_pass(void) {
        uint64_t until = now_monotonic() + 1500 * UINT64_C(1000);

        while (now_monotonic() < until)
                cr_assert_geq(sd_event_run(path.web.event, 100000), 0);
}

/* --- what ends them -----------------------------------------------------------------------------
 */

Test(web_stream, goes_on_with_what_does_not_concern_it) {
        int fd = begin("alice", "/events"), other = begin("chief", "/events");

        path_write_user("bob", "admin");
        path_remove_user("bob");
        path_write("var/lib/left4me/instances/2/spec.yaml", "port: 27016\n");
        let_time_pass();
        cr_expect_not(is_over(fd));
        cr_expect_not(is_over(other));
        cr_expect_eq(n_open, 2);
        (void) close(fd);
        (void) close(other);
}

Test(web_stream, ends_with_the_session) {
        int fd = begin("alice", "/events"), other = begin("chief", "/events");

        sessions_destroy_user(path.web.sessions, "alice");
        cr_expect(ends(fd));
        cr_expect_not(is_over(other));
        cr_expect_eq(n_open, 1);
        (void) close(other);
}

Test(web_stream, ends_with_another_password_or_role) {
        int fd = begin("alice", "/events");

        path_write_user("alice", "admin");
        cr_expect(ends(fd));
        cr_expect_eq(n_open, 0);
}

Test(web_stream, ends_with_the_user) {
        int fd = begin("alice", "/events");

        path_remove_user("alice");
        cr_expect(ends(fd));
}

Test(web_stream, ends_when_the_server_goes_to_another) {
        int fd = begin("alice", "/events"), other = begin("chief", "/events");

        path_write("var/lib/left4me/blueprints/bob/one.yaml", "config: []\n");
        path_write("var/lib/left4me/instances/1/spec.yaml", "port: 27015\nblueprint: bob/one\n");
        cr_expect(ends(fd));
        cr_expect_not(is_over(other));
        (void) close(other);
}

Test(web_stream, a_download_breaks_off) {
        int fd = begin("alice", "/log");

        path_write_user("alice", "user");
        cr_expect_not(ends(fd));
        cr_expect_eq(n_open, 0);
}
