/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Requests for left4me-install.service. */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "content/install-job.h"

static char root[] = "/tmp/install-job-XXXXXX";
static Paths *paths;

static void run(const char *format, const char *argument) {
        char command[512];

        (void) snprintf(command, sizeof(command), format, paths->run_dir, argument);
        cr_assert_eq(system(command), 0, "%s", command);
}

static void make(void) {
        cr_assert(mkdtemp(root));
        cr_assert_eq(paths_new(root, &paths), 0);
        run("mkdir -p %s/requests%s", "");
}

static void take_away(void) {
        run("rm -rf %s%s", "");
        paths_free(paths);
}

TestSuite(install_job, .init = make, .fini = take_away);

Test(install_job, each_action) {
        for (InstallAction action = 0; action < _INSTALL_ACTION_MAX; action++) {
                cr_expect_eq(install_request_write(paths, action), 0);
                cr_expect_eq(install_request_take(paths), action);
                /* It is for one start. */
                cr_expect_eq(install_request_take(paths), INSTALL_UPDATE);
        }
}

Test(install_job, an_update_takes_a_request_back) {
        cr_expect_eq(install_request_write(paths, INSTALL_VALIDATE), 0);
        cr_expect_eq(install_request_write(paths, INSTALL_UPDATE), 0);
        cr_expect_eq(install_request_take(paths), INSTALL_UPDATE);
}

/* The directory is another user's. */
Test(install_job, hostile_requests) {
        static const char *const commands[] = {
                "printf validate >%s/other && ln -s ../other %s/requests/install",
                "mkfifo %s/requests/install; : %s",
                "mkdir %s/requests/install; : %s",
                "printf 'validate\\n' >%s/requests/install; : %s",
                "head -c 100000 /dev/zero >%s/requests/install; : %s",
                "printf explode >%s/requests/install; : %s",
        };

        for (size_t i = 0; i < ELEMENTSOF(commands); i++) {
                run(commands[i], paths->run_dir);
                cr_expect_eq(install_request_take(paths), INSTALL_UPDATE, "%s", commands[i]);
                run("rm -rf %s/requests/install%s", "");
        }
}

Test(install_job, without_a_directory) {
        run("rmdir %s/requests%s", "");
        cr_expect_eq(install_request_write(paths, INSTALL_VALIDATE), -ENOENT);
        cr_expect_eq(install_request_take(paths), INSTALL_UPDATE);
}
