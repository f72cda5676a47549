/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/console-connection.h"

static char root[] = "/tmp/test-console-connection-XXXXXX";
static Paths *paths;

static void setup(void) {
        char command[256];

        cr_assert(mkdtemp(root));
        (void) snprintf(command, sizeof(command), "mkdir -p %s/run/left4me/trees", root);
        cr_assert_eq(system(command), 0);
        cr_assert_eq(paths_new(root, &paths), 0);
}

static void teardown(void) {
        char command[256];

        paths_free(paths);
        (void) snprintf(command, sizeof(command), "rm -rf %s", root);
        cr_assert_eq(system(command), 0);
}

TestSuite(console_connection, .init = setup, .fini = teardown);

static void write_port(const char *name, unsigned port) {
        char path[256];
        FILE *f;

        (void) snprintf(path, sizeof(path), "%s/run/left4me/trees/%s.port", root, name);
        f = fopen(path, "w");
        cr_assert(f);
        cr_assert_gt(fprintf(f, "%u\n", port), 0);
        cr_assert_eq(fclose(f), 0);
}

/* A request that is refused. */
static void refuse(const char *request, size_t size, int32_t expected) {
        int32_t result = 1;
        int pair[2], served;

        cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        cr_assert_eq(send(pair[0], request, size, 0), (ssize_t) size);
        cr_assert_eq(shutdown(pair[0], SHUT_WR), 0);
        served = console_connection_serve(paths, pair[1]);
        cr_assert_eq(recv(pair[0], &result, sizeof(result), 0), (ssize_t) sizeof(result));
        cr_assert_eq(result, served);
        cr_assert_eq(result, expected, "%s: %i", request, result);
        close(pair[0]);
        close(pair[1]);
}

#define REFUSE(request, expected) refuse(request, sizeof(request) - 1, expected)

/* tests/suites/console.bats has connections: this test runs without a network. */
Test(console_connection, refuses_other_requests) {
        REFUSE("one\n", -ENOTCONN);
        REFUSE("", -EBADMSG);
        REFUSE("\n", -EBADMSG);
        REFUSE("one", -EBADMSG);
        REFUSE("../one\n", -EBADMSG);
        REFUSE("one\ntwo\n", -EBADMSG);
        REFUSE("one\0two\n", -EBADMSG);
        REFUSE("a-name-that-is-much-longer-than-any-server-has\n", -EBADMSG);
        /* A record without a port. */
        write_port("one", 0);
        REFUSE("one\n", -EBADMSG);
}
