/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Whose l4d2ctl runs: real processes that say when they begin, and end when the test says. */

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exec/queue.h"

static char root[] = "/tmp/web-queue.XXXXXX";
static int started = -EBADF, end = -EBADF;
static sd_event *event;
static Children *children;
static unsigned n_done;

static int make_fifo(const char *name) {
        char path[128];
        int fd;

        (void) snprintf(path, sizeof(path), "%s/%s", root, name);
        cr_assert_eq(mkfifo(path, 0600), 0);
        fd = open(path, O_RDWR | O_CLOEXEC);
        cr_assert_geq(fd, 0);
        return fd;
}

static void setup(void) {
        char path[128];
        sigset_t child;
        FILE *f;

        (void) sigemptyset(&child);
        (void) sigaddset(&child, SIGCHLD);
        cr_assert_eq(sigprocmask(SIG_BLOCK, &child, NULL), 0);
        cr_assert_not_null(mkdtemp(root));
        started = make_fifo("started");
        end = make_fifo("end");
        (void) snprintf(path, sizeof(path), "%s/l4d2ctl", root);
        f = fopen(path, "we");
        cr_assert_not_null(f);
        cr_assert_gt(
                fprintf(f,
                        "#!/bin/sh\nfor last; do :; done\nprintf %%s \"$last\" >%s/started\n"
                        "head -c 1 <%s/end\n",
                        root, root),
                0);
        cr_assert_eq(fclose(f), 0);
        cr_assert_eq(chmod(path, 0755), 0);
        cr_assert_eq(sd_event_new(&event), 0);
        cr_assert_eq(children_new(event, path, &children), 0);
}

static void teardown(void) {
        children = children_free(children);
        event = sd_event_unref(event);
        (void) close(started);
        (void) close(end);
        for (unsigned i = 0; i < 3; i++) {
                static const char *const names[] = { "started", "end", "l4d2ctl" };
                char path[128];

                (void) snprintf(path, sizeof(path), "%s/%s", root, names[i]);
                cr_assert_eq(unlink(path), 0);
        }
        cr_assert_eq(rmdir(root), 0);
}

TestSuite(web_queue, .init = setup, .fini = teardown);

static void on_done(const ChildResult *result, void *userdata) {
        cr_expect_eq(result->exit_code, 0);
        (void) userdata;
        n_done++;
}

static void run_action(const char *user, const char *letter, bool is_long) {
        cr_assert_eq(
                children_run(
                        children,
                        &(ChildCommand) {
                                .arguments = (const char *[]) { letter, NULL },
                                .user = user,
                                .is_action = true,
                                .is_long = is_long,
                        },
                        on_done, NULL),
                0);
}

static void act(const char *user, const char *letter) {
        run_action(user, letter, false);
}

static void act_long(const char *user, const char *letter) {
        run_action(user, letter, true);
}

/* Starts all that may run now. */
static void settle(void) {
        int r;

        while ((r = sd_event_run(event, 0)) > 0)
                ;
        cr_assert_eq(r, 0);
}

/* Whose process began, as a letter. */
static char next_started(void) {
        char letter;

        cr_assert_eq(read(started, &letter, 1), 1);
        return letter;
}

Test(web_queue, one_user_leaves_a_place_to_the_others) {
        for (unsigned i = 0; i < CHILDREN_MAX + 1; i++)
                act("alice", "a");
        settle();
        for (unsigned i = 0; i < CHILDREN_MAX - 1; i++)
                cr_expect_eq(next_started(), 'a');
        act("bob", "b");
        settle();
        cr_expect_eq(next_started(), 'b');

        /* The others of alice follow, each at the end of one. */
        cr_assert_eq(write(end, "123456", CHILDREN_MAX + 2), CHILDREN_MAX + 2);
        while (n_done < CHILDREN_MAX + 2)
                cr_assert_geq(sd_event_run(event, UINT64_MAX), 0);
        for (unsigned i = 0; i < 2; i++)
                cr_expect_eq(next_started(), 'a');
        cr_expect_eq(children_count(children), 0);
}

Test(web_queue, long_ones_leave_places_to_the_others) {
        char letters[4] = "";

        act_long("alice", "a");
        act_long("alice", "A");
        act_long("bob", "b");
        act_long("carol", "c");
        act("carol", "x");
        act("dave", "y");
        settle();
        for (unsigned i = 0; i < 4; i++)
                letters[i] = next_started();
        for (const char *p = "abxy"; *p; p++)
                cr_expect_not_null(memchr(letters, *p, sizeof(letters)), "%c did not begin", *p);

        /* The ones that waited follow. */
        cr_assert_eq(write(end, "123456", 6), 6);
        while (n_done < 6)
                cr_assert_geq(sd_event_run(event, UINT64_MAX), 0);
        cr_expect_eq(children_count(children), 0);
}
