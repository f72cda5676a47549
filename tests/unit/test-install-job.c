/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Requests for left4me-install.service. */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "content/install-job.h"

static char root[] = "/tmp/install-job-XXXXXX";
static Paths *paths;

/* A command of the shell, in which $RUN is the run-time directory. */
static void run(const char *command) {
        cr_assert_eq(setenv("RUN", paths->run_dir, 1), 0);
        cr_assert_eq(system(command), 0, "%s", command);
}

static void make(void) {
        cr_assert(mkdtemp(root));
        cr_assert_eq(paths_new(root, &paths), 0);
        run("mkdir -p $RUN/requests");
}

static void take_away(void) {
        run("rm -rf $RUN");
        paths_free(paths);
}

TestSuite(install_job, .init = make, .fini = take_away);

static int ask(InstallAction action, const char *version) {
        InstallRequest request = { .action = action };

        (void) snprintf(request.version, sizeof(request.version), "%s", version);
        return install_request_write(paths, &request);
}

static void expect(InstallAction action, const char *version) {
        InstallRequest request;

        install_request_take(paths, &request);
        cr_expect_eq(request.action, action);
        cr_expect_str_eq(request.version, version);
}

Test(install_job, each_action) {
        for (InstallAction action = 0; action < _INSTALL_ACTION_MAX; action++) {
                cr_expect_eq(ask(action, ""), 0);
                expect(action, "");
                /* It is for one start. */
                expect(INSTALL_UPDATE, "");
        }
        cr_expect_eq(ask(INSTALL_ROLLBACK, "17"), 0);
        expect(INSTALL_ROLLBACK, "17");
}

Test(install_job, an_update_takes_a_request_back) {
        cr_expect_eq(ask(INSTALL_VALIDATE, ""), 0);
        cr_expect_eq(ask(INSTALL_UPDATE, ""), 0);
        expect(INSTALL_UPDATE, "");
}

Test(install_job, not_a_version) {
        cr_expect_eq(ask(INSTALL_ROLLBACK, "../1"), -EINVAL);
        cr_expect_eq(ask(INSTALL_ROLLBACK, "a/b"), -EINVAL);
        cr_expect_eq(ask(INSTALL_ROLLBACK, "a b"), -EINVAL);
        expect(INSTALL_UPDATE, "");
}

/* The directory is another user's. */
Test(install_job, hostile_requests) {
        static const char *const commands[] = {
                "printf validate >$RUN/other && ln -s ../other $RUN/requests/install",
                "mkfifo $RUN/requests/install",
                "mkdir $RUN/requests/install",
                "printf 'validate\\n' >$RUN/requests/install",
                "printf 'rollback ' >$RUN/requests/install",
                "printf 'rollback ..' >$RUN/requests/install",
                "printf 'rollback a/b' >$RUN/requests/install",
                "printf 'rollback  1' >$RUN/requests/install",
                "head -c 100000 /dev/zero >$RUN/requests/install",
                "printf explode >$RUN/requests/install",
        };

        for (size_t i = 0; i < ELEMENTSOF(commands); i++) {
                run(commands[i]);
                expect(INSTALL_UPDATE, "");
                run("rm -rf $RUN/requests/install");
        }
}

Test(install_job, without_a_directory) {
        run("rmdir $RUN/requests");
        cr_expect_eq(ask(INSTALL_VALIDATE, ""), -ENOENT);
        expect(INSTALL_UPDATE, "");
}
