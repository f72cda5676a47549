/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Requests that wait for a child or a password, while sessions end, roles change and servers go:
 * their user is identified again, in one place.
 */

#include <criterion/criterion.h>
#include <fcntl.h>

#include "app/answer.h"
#include "app/command.h"
#include "app/query.h"
#include "auth/hasher.h"
#include "base/sha256.h"
#include "pages/pages.h"
#include "spec/password.h"
#include "web-path.h"

/* --- the service, with an l4d2ctl that ends when and how the test says --------------------------
 */

static int fifo = -EBADF;

static void setup(void) {
        char name[128], script[512];
        sigset_t child;

        (void) sigemptyset(&child);
        (void) sigaddset(&child, SIGCHLD);
        cr_assert_eq(sigprocmask(SIG_BLOCK, &child, NULL), 0);
        path_open();
        (void) snprintf(name, sizeof(name), "%s/fifo", path.root);
        cr_assert_eq(mkfifo(name, 0600), 0);
        fifo = open(name, O_RDWR | O_CLOEXEC);
        cr_assert_geq(fifo, 0);
        (void) snprintf(
                script, sizeof(script),
                "#!/bin/sh\ncode=$(head -c 2 <%s)\necho '[\"made-password\"]'\nexit \"$code\"\n",
                name);
        path_write("l4d2ctl", script);
        (void) snprintf(name, sizeof(name), "%s/l4d2ctl", path.root);
        cr_assert_eq(chmod(name, 0755), 0);
        cr_assert_eq(children_new(path.web.event, name, &path.web.children), 0);
        cr_assert_eq(hasher_new(path.web.event, &path.web.hasher), 0);
}

static void teardown(void) {
        path.web.children = children_free(path.web.children);
        path.web.hasher = hasher_free(path.web.hasher);
        (void) close(fifo);
        path_close();
}

TestSuite(web_wait, .init = setup, .fini = teardown);

/* One digit: a child reads it at once. `read` of the shell takes byte by byte, and so parts of two
 * codes. */
static void end_child(const char *code) {
        cr_assert_eq(strlen(code), 1);
        cr_assert_eq(dprintf(fifo, "%s\n", code), 2);
}

/* --- handlers -----------------------------------------------------------------------------------
 */

static int form_again(Request *request) {
        cr_assert_not_null(request->user);
        return answer_error(request, 422, request->user->is_admin ? "admin" : "user");
}

static int act(Request *request) {
        return action_run(
                request, &(Action) {
                                 .arguments = (const char *[]) { "x", NULL },
                                 .location = "/",
                                 .done = "It is done.",
                                 .failed = "It was not done.",
                                 .again = form_again,
                         });
}

static int show(Request *request, sd_json_variant *found) {
        cr_assert_not_null(request->user);
        cr_assert(sd_json_variant_is_array(found));
        return answer_error(request, 418, request->user->is_admin ? "admin" : "user");
}

static int ask_for(Request *request) {
        return ask_run(request, (const char *[]) { "x", NULL }, show);
}

static int overview(Request *request) {
        return answer_error(request, 418, "overview");
}

static const Route rows[] = {
        { "GET", "/", ACCESS_USER, overview, "All", 0, "All" },
        { "GET", "/ask", ACCESS_ADMIN, ask_for, NULL, 0, NULL },
        { "POST", "/servers/{name}", ACCESS_SERVER_OWNER, act, NULL, 0, NULL },
        { "POST", "/users", ACCESS_ADMIN, post_user_add, "Users", 0, NULL },
        { "POST", "/password", ACCESS_USER, post_password, "Password", ROUTE_ONE_TIME, NULL },
        { "POST", "/login", ACCESS_ANYONE, post_login, "Log in", ROUTE_OWN_CSRF, NULL },
};
static const RouteTable path_routes = { rows, ELEMENTSOF(rows) };

/* --- requests -----------------------------------------------------------------------------------
 */

typedef struct Client {
        int fd;
        Session *session;
        char token[SESSION_TOKEN_MAX], answer[PATH_ANSWER_MAX];
} Client;

/* Sends it; nothing comes back yet. body NULL: a GET. */
static void begin(Client *client, const char *user, const char *target, const char *body) {
        char text[2048], form[512] = "";

        client->session = path_log_in(user, client->token);
        if (body)
                (void) snprintf(form, sizeof(form), "csrf=%s&%s", client->session->csrf, body);
        (void) snprintf(
                text, sizeof(text),
                "%s %s HTTP/1.1\r\nHost: x\r\nCookie: left4me=%s\r\nConnection: close\r\n"
                "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %zu\r\n\r\n%s",
                body ? "POST" : "GET", target, client->token, strlen(form), form);
        client->fd = path_connect();
        path_send(client->fd, text, strlen(text));
}

static unsigned end(Client *client) {
        bool closed;

        path_wait(client->fd);
        (void) path_receive(client->fd, client->answer, &closed);
        cr_expect(closed);
        (void) close(client->fd);
        return path_status(client->answer);
}

static Client client, other;

static void expect_login(void) {
        cr_expect_eq(end(&client), 303, "%s", client.answer);
        cr_expect(strstr(client.answer, "\r\nLocation: /login"), "%s", client.answer);
        cr_expect_not(strstr(client.answer, "made-password"), "%s", client.answer);
}

/* --- actions ------------------------------------------------------------------------------------
 */

Test(web_wait, the_form_of_a_failed_action_comes_again) {
        begin(&client, "alice", "/servers/1", "a=b");
        end_child("5");
        cr_expect_eq(end(&client), 422, "%s", client.answer);
        cr_expect(strstr(client.answer, "<p>user</p>"));
}

Test(web_wait, a_failed_action_of_somebody_logged_out_meanwhile) {
        begin(&client, "alice", "/servers/1", "a=b");
        begin(&other, "alice", "/servers/1", "a=b");
        sessions_destroy_user(path.web.sessions, "alice");
        /* Either child may be the first to read. */
        end_child("5");
        end_child("5");
        expect_login();
        client = other;
        expect_login();
}

Test(web_wait, a_failed_action_on_a_server_that_went_to_another_meanwhile) {
        begin(&client, "alice", "/servers/1", "a=b");
        path_write("var/lib/left4me/blueprints/bob/one.yaml", "config: []\n");
        path_write("var/lib/left4me/instances/1/spec.yaml", "port: 27015\nblueprint: bob/one\n");
        end_child("5");
        cr_expect_eq(end(&client), 404, "%s", client.answer);
}

Test(web_wait, an_action_that_takes_the_server_away_is_done) {
        char spec[128];

        begin(&client, "alice", "/servers/1", "a=b");
        (void) snprintf(spec, sizeof(spec), "%s/var/lib/left4me/instances/1/spec.yaml", path.root);
        cr_assert_eq(unlink(spec), 0);
        end_child("0");
        cr_expect_eq(end(&client), 303, "%s", client.answer);
        cr_expect(strstr(client.answer, "\r\nLocation: /\r\n"), "%s", client.answer);
        cr_expect_str_eq(client.session->notice, "It is done.");
}

Test(web_wait, a_finished_action_of_somebody_logged_out_meanwhile) {
        begin(&client, "alice", "/servers/1", "a=b");
        sessions_destroy_user(path.web.sessions, "alice");
        end_child("0");
        expect_login();
}

/* --- pages --------------------------------------------------------------------------------------
 */

Test(web_wait, the_users_page_is_for_admins) {
        begin(&client, "chief", "/users", "name=eve&role=user");
        end_child("0");
        cr_expect_eq(end(&client), 200, "%s", client.answer);
        cr_expect(strstr(client.answer, "made-password"));
        cr_expect(strstr(client.answer, "alice"));
}

Test(web_wait, the_users_page_is_not_for_who_is_demoted_meanwhile) {
        begin(&client, "chief", "/users", "name=eve&role=user");
        path_write_user("chief", "user");
        end_child("0");
        expect_login();
        cr_expect_not(strstr(client.answer, "alice"));
}

Test(web_wait, the_users_page_is_not_for_who_is_logged_out_meanwhile) {
        static const char *const codes[] = { "0", "1" };

        for (size_t i = 0; i < ELEMENTSOF(codes); i++) {
                begin(&client, "chief", "/users", "name=eve&role=user");
                sessions_destroy_user(path.web.sessions, "chief");
                end_child(codes[i]);
                expect_login();
                cr_expect_not(strstr(client.answer, "alice"));
        }
}

Test(web_wait, a_page_that_was_asked_for) {
        begin(&client, "chief", "/ask", NULL);
        end_child("0");
        cr_expect_eq(end(&client), 418, "%s", client.answer);

        begin(&client, "chief", "/ask", NULL);
        path_remove_user("chief");
        end_child("0");
        expect_login();
}

/* --- shares -------------------------------------------------------------------------------------
 */

Test(web_wait, who_looks_up_much_leaves_room_for_actions) {
        static Client lookups[CHILDREN_OF_USER_MAX], action;

        for (size_t i = 0; i < ELEMENTSOF(lookups); i++)
                begin(&lookups[i], "chief", "/ask", NULL);
        begin(&client, "chief", "/ask", NULL);
        cr_expect_eq(end(&client), 503, "%s", client.answer);
        cr_expect(strstr(client.answer, "\r\nRetry-After: "), "%s", client.answer);

        begin(&action, "chief", "/servers/1", "a=b");
        cr_expect_eq(children_count(path.web.children), ELEMENTSOF(lookups) + 1);
        for (size_t i = 0; i < ELEMENTSOF(lookups) + 1; i++)
                end_child("0");
        cr_expect_eq(end(&action), 303, "%s", action.answer);
        for (size_t i = 0; i < ELEMENTSOF(lookups); i++)
                cr_expect_eq(end(&lookups[i]), 418, "%s", lookups[i].answer);
}

static void ignore_result(_unused_ int result, _unused_ void *userdata) {}

static int compare(const char *address, bool is_known) {
        return hasher_verify(
                path.web.hasher, &(HasherClient) { address, is_known }, "x", NULL, ignore_result,
                NULL);
}

Test(web_wait, nobody_fills_the_queue_of_passwords) {
        char address[32];

        for (int i = 0; i < HASHER_OF_CLIENT_MAX; i++)
                cr_expect_eq(compare("2001:db8::", false), 0);
        cr_expect_eq(compare("2001:db8::", false), -EBUSY);
        for (int i = HASHER_OF_CLIENT_MAX; i < HASHER_QUEUE_MAX - HASHER_RESERVE; i++) {
                (void) snprintf(address, sizeof(address), "10.0.0.%d", i);
                cr_expect_eq(compare(address, false), 0);
        }
        /* The rest is for addresses with a recent login. */
        cr_expect_eq(compare("10.0.1.1", false), -EBUSY);
        cr_expect_eq(compare("10.0.1.1", true), 0);
}

/* --- passwords ----------------------------------------------------------------------------------
 */

static void write_password(const char *password) {
        _cleanup_free_ char *hash = NULL;
        char text[512];

        cr_assert_eq(password_hash(password, &hash), 0);
        (void) snprintf(text, sizeof(text), "role: user\npassword: '%s'\n", hash);
        path_write("var/lib/left4me/users/alice.yaml", text);
}

/* Waits until the current password was compared and the child was started. */
static void wait_for_child(void) {
        for (int i = 0; children_count(path.web.children) == 0; i++) {
                cr_assert_lt(i, 600);
                cr_assert_geq(sd_event_run(path.web.event, 100000), 0);
        }
}

#define FORM "current=old+password&new=new+password&again=new+password"

Test(web_wait, who_changes_their_password_stays_logged_in) {
        write_password("old password");
        begin(&client, "alice", "/password", FORM);
        wait_for_child();
        write_password("new password");
        end_child("0");
        cr_expect_eq(end(&client), 303, "%s", client.answer);
        cr_expect(strstr(client.answer, "\r\nLocation: /\r\n"), "%s", client.answer);
        cr_expect(strstr(client.answer, "\r\nSet-Cookie: left4me="), "%s", client.answer);
        cr_expect_eq(sessions_count(path.web.sessions), 1);
}

Test(web_wait, a_password_that_an_admin_changed_meanwhile) {
        write_password("old password");
        begin(&client, "alice", "/password", FORM);
        wait_for_child();
        write_password("an admin's password");
        end_child("0");
        expect_login();
        cr_expect_eq(sessions_count(path.web.sessions), 0);
}

Test(web_wait, who_is_logged_out_changes_no_password) {
        write_password("old password");
        begin(&client, "alice", "/password", FORM);
        sessions_destroy_user(path.web.sessions, "alice");
        expect_login();
        cr_expect_eq(children_count(path.web.children), 0);
}

/* --- logging in again ---------------------------------------------------------------------------
 */

/* With the session that the client has. */
static void log_in_again(const char *user, const char *password) {
        static const char form_token[] = "0123456789abcdef0123456789abcdef";
        char csrf[SHA256_TEXT_MAX], form[256], text[1024];

        sha256_text(form_token, strlen(form_token), csrf);
        (void) snprintf(form, sizeof(form), "csrf=%.32s&name=%s&password=%s", csrf, user, password);
        (void) snprintf(
                text, sizeof(text),
                "POST /login HTTP/1.1\r\nHost: x\r\nCookie: left4me=%s; left4me-form=%s\r\n"
                "Connection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                "Content-Length: %zu\r\n\r\n%s",
                client.token, form_token, strlen(form), form);
        client.fd = path_connect();
        path_send(client.fd, text, strlen(text));
}

Test(web_wait, a_login_ends_the_session_before) {
        write_password("old password");
        client.session = path_log_in("alice", client.token);
        log_in_again("alice", "old+password");
        cr_expect_eq(end(&client), 303, "%s", client.answer);
        cr_expect(strstr(client.answer, "\r\nSet-Cookie: left4me="), "%s", client.answer);
        cr_expect_eq(sessions_count(path.web.sessions), 1);
}

/* The session that logs in again is the one unused for longest. */
Test(web_wait, a_login_whose_session_has_to_make_room_for_the_new_one) {
        char token[SESSION_TOKEN_MAX];

        write_password("old password");
        client.session = path_log_in("alice", client.token);
        for (int i = 1; i < SESSIONS_OF_USER_MAX; i++)
                path_log_in("alice", token)->used += SESSION_IDLE_MAX;
        log_in_again("alice", "old+password");
        cr_expect_eq(end(&client), 303, "%s", client.answer);
        cr_expect(strstr(client.answer, "\r\nSet-Cookie: left4me="), "%s", client.answer);
        cr_expect_eq(sessions_count(path.web.sessions), SESSIONS_OF_USER_MAX);
        cr_expect_null(sessions_find(path.web.sessions, client.token, sessions_now()));
}
