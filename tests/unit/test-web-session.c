/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "auth/session.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/time-text.h"

#define HOUR (UINT64_C(3600) * 1000000)

static char directory[64];
static Sessions *sessions;
static const WebUser alice = { .name = "alice", .identity = { 1, 2, 3 } };
static const WebUser bob = { .name = "bob", .identity = { 4, 5, 6 } };

static void setup(void) {
        strcpy(directory, "/tmp/sessions-XXXXXX");
        cr_assert_not_null(mkdtemp(directory));
        cr_assert_eq(sessions_open(directory, &sessions), 0);
}

static void teardown(void) {
        char command[128];

        sessions_free(sessions);
        (void) snprintf(command, sizeof(command), "rm -rf %s", directory);
        cr_assert_eq(system(command), 0);
}

TestSuite(session, .init = setup, .fini = teardown);

/* As a restart of the service does. */
static void open_again(void) {
        sessions_free(sessions);
        cr_assert_eq(sessions_open(directory, &sessions), 0);
}

static Session *create(const WebUser *user, char token[static SESSION_TOKEN_MAX]) {
        Session *session = NULL;

        cr_assert_eq(sessions_create(sessions, user, sessions_now(), token, &session), 0);
        return session;
}

Test(session, a_token_finds_its_session) {
        char token[SESSION_TOKEN_MAX], other[SESSION_TOKEN_MAX];
        Session *session = create(&alice, token);

        create(&bob, other);
        cr_expect_eq(strlen(token), 64);
        cr_expect_str_neq(token, other);
        cr_expect_eq(sessions_find(sessions, token, sessions_now()), session);
        cr_expect_str_eq(session->user, "alice");
        cr_expect_eq(strlen(session->csrf), 32);
        cr_expect_str_neq(sessions_find(sessions, other, sessions_now())->csrf, session->csrf);
}

Test(session, other_tokens_find_nothing) {
        char token[SESSION_TOKEN_MAX];

        create(&alice, token);
        token[0] = token[0] == 'a' ? 'b' : 'a';
        cr_expect_null(sessions_find(sessions, token, sessions_now()));
        cr_expect_null(sessions_find(sessions, "", sessions_now()));
        cr_expect_null(sessions_find(sessions, "../../etc/passwd", sessions_now()));
}

/* A reader of the directory can't take over a session. */
Test(session, the_token_is_not_on_disk) {
        char token[SESSION_TOKEN_MAX], command[256];
        Session *session = create(&alice, token);

        cr_expect_str_neq(session->id, token);
        (void) snprintf(
                command, sizeof(command), "ls %s | grep -q %s && ! grep -rq %s %s", directory,
                session->id, token, directory);
        cr_expect_eq(system(command), 0);
        (void) snprintf(command, sizeof(command), "[ \"$(stat -c %%a %s/*)\" = 600 ]", directory);
        cr_expect_eq(system(command), 0);
}

Test(session, a_restart_logs_nobody_out) {
        char token[SESSION_TOKEN_MAX];
        Session *session = create(&alice, token);
        char csrf[SESSION_CSRF_MAX];

        strcpy(csrf, session->csrf);
        open_again();
        session = sessions_find(sessions, token, sessions_now());
        cr_assert_not_null(session);
        cr_expect_str_eq(session->user, "alice");
        cr_expect_str_eq(session->csrf, csrf);
        cr_expect(user_identity_equal(&session->identity, &alice.identity));
}

Test(session, it_ends_when_it_is_not_used) {
        char token[SESSION_TOKEN_MAX];
        uint64_t now = sessions_now();

        create(&alice, token);
        cr_expect_not_null(sessions_find(sessions, token, now + 2 * HOUR - HOUR / 60));
        cr_expect_null(sessions_find(sessions, token, now + 2 * HOUR + HOUR / 60));
        /* It is gone, not only not shown. */
        cr_expect_null(sessions_find(sessions, token, now));
        cr_expect_eq(sessions_count(sessions), 0);
        open_again();
        cr_expect_eq(sessions_count(sessions), 0);
}

Test(session, it_ends_however_much_it_is_used) {
        char token[SESSION_TOKEN_MAX];
        uint64_t now = sessions_now();
        Session *session = create(&alice, token);

        for (unsigned hour = 1; hour < 12; hour++) {
                session = sessions_find(sessions, token, now + hour * HOUR);
                cr_assert_not_null(session, "after %u hours", hour);
                sessions_touch(sessions, session, now + hour * HOUR);
        }
        cr_expect_null(sessions_find(sessions, token, now + 12 * HOUR + HOUR / 60));
}

Test(session, it_can_be_ended) {
        char first[SESSION_TOKEN_MAX], second[SESSION_TOKEN_MAX], other[SESSION_TOKEN_MAX];

        sessions_destroy(sessions, create(&alice, first));
        cr_expect_null(sessions_find(sessions, first, sessions_now()));
        create(&alice, first);
        create(&alice, second);
        create(&bob, other);
        sessions_destroy_user(sessions, "alice");
        cr_expect_null(sessions_find(sessions, first, sessions_now()));
        cr_expect_null(sessions_find(sessions, second, sessions_now()));
        cr_expect_not_null(sessions_find(sessions, other, sessions_now()));
        open_again();
        cr_expect_eq(sessions_count(sessions), 1);
}

Test(session, a_user_has_so_many) {
        char first[SESSION_TOKEN_MAX], token[SESSION_TOKEN_MAX], other[SESSION_TOKEN_MAX];

        create(&bob, other);
        create(&alice, first);
        for (unsigned i = 0; i < SESSIONS_OF_USER_MAX; i++)
                create(&alice, token);
        cr_expect_null(sessions_find(sessions, first, sessions_now()));
        cr_expect_not_null(sessions_find(sessions, token, sessions_now()));
        cr_expect_not_null(sessions_find(sessions, other, sessions_now()));
        cr_expect_eq(sessions_count(sessions), SESSIONS_OF_USER_MAX + 1);
}

Test(session, broken_files_are_no_sessions) {
        char token[SESSION_TOKEN_MAX], command[512];

        create(&alice, token);
        (void) snprintf(
                command, sizeof(command),
                "cd %s && f=$(ls) && cp $f 0000 && tr a-f A-F <$f >$(echo $f | tr 0-9 a-j) && "
                "echo '{\"user\": \"root\"}' >%064d && ln -s /etc/passwd %064d",
                directory, 1, 2);
        cr_assert_eq(system(command), 0);
        open_again();
        cr_expect_eq(sessions_count(sessions), 1);
        cr_expect_not_null(sessions_find(sessions, token, sessions_now()));
}

/* A clock that is set neither ends sessions nor makes them last: it is not what they are measured
 * by. */
Test(session, its_time_is_not_the_clocks) {
        const uint64_t year = UINT64_C(365) * 24 * HOUR, at = now_boottime();
        uint64_t now = sessions_now();

        cr_expect_geq(now, year + at);
        cr_expect_leq(now, year + at + HOUR);
}

/* A file whose time was not set yet, which is the clock's. */
Test(session, a_time_to_come_is_none) {
        char token[SESSION_TOKEN_MAX], command[128];

        create(&alice, token);
        (void) snprintf(command, sizeof(command), "touch %s/*", directory);
        cr_assert_eq(system(command), 0);
        open_again();
        cr_expect_eq(sessions_count(sessions), 0);
}
