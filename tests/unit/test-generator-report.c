/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "render/report.h"

static char root[] = "/tmp/test-generator-report.XXXXXX";
static Paths *paths;
static GeneratorReport report;

static void setup(void) {
        char run[sizeof(root) + 4];

        cr_assert_not_null(mkdtemp(root));
        (void) snprintf(run, sizeof(run), "%s/run", root);
        cr_assert_eq(mkdir(run, 0755), 0); /* /run is there before we are */
        cr_assert_eq(paths_new(root, &paths), 0);
        cr_assert_eq(generator_report_open(&report), 0);
}

static void teardown(void) {
        _cleanup_close_ int tmp_fd = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        generator_report_close(&report);
        paths = paths_free(paths);
        cr_assert_eq(remove_tree(tmp_fd, root + strlen("/tmp/")), 0);
}

TestSuite(generator_report, .init = setup, .fini = teardown, .timeout = 60);

static void assert_published(const char *expected) {
        _cleanup_free_ char *text = NULL;

        cr_assert_eq(generator_report_read(paths, &text), 0);
        cr_assert_str_eq(text, expected);
}

static void add_error(SpecErrors *errors, const char *message) {
        static const char text[] = "a: 1\nport: 70000\n";

        spec_errors_add(errors, &(SpecPlace) { "f.yaml", text, strlen(text), 2, 7 }, "%s", message);
}

Test(generator_report, never_published_is_empty) {
        assert_published("");
}

Test(generator_report, errors_are_published_with_their_carets) {
        SpecErrors errors = {};

        add_error(&errors, "too large");
        generator_report_errors(&report, &errors);
        generator_report_failure(&report, "Failed to write %s: No space left on device", "x");
        spec_errors_clear(&errors);

        cr_assert_eq(generator_report_publish(&report, paths), 0);
        assert_published("f.yaml:2:7: error: too large\n"
                         "    2 | port: 70000\n"
                         "      |       ^\n"
                         "left4me-generator: error: Failed to write x: No space left on device\n");
}

Test(generator_report, a_clean_run_removes_the_report_of_the_last) {
        GeneratorReport clean;

        generator_report_failure(&report, "x");
        cr_assert_eq(generator_report_publish(&report, paths), 0);
        cr_assert_eq(access(paths->generator_errors, F_OK), 0);

        cr_assert_eq(generator_report_open(&clean), 0);
        cr_assert_eq(generator_report_publish(&clean, paths), 0);
        generator_report_close(&clean);
        cr_assert_eq(access(paths->generator_errors, F_OK), -1);
        assert_published("");
}

Test(generator_report, others_cannot_read_it) {
        struct stat st;

        generator_report_failure(&report, "rcon_password: secret");
        cr_assert_eq(generator_report_publish(&report, paths), 0);
        cr_assert_eq(stat(paths->generator_errors, &st), 0);
        cr_assert_eq(st.st_mode & 07777 & ~0022U, 0640);
}

Test(generator_report, any_number_of_errors_stays_below_the_maximum) {
        _cleanup_free_ char *text = NULL;
        SpecErrors errors = {};

        for (size_t i = 0; i < SPEC_ERRORS_MAX; i++)
                add_error(&errors, "too large");
        for (size_t i = 0; i < 10000; i++)
                generator_report_errors(&report, &errors);
        spec_errors_clear(&errors);

        cr_assert_eq(generator_report_publish(&report, paths), 0);
        cr_assert_eq(generator_report_read(paths, &text), 0);
        cr_assert_gt(strlen(text), 100000);
        cr_assert_not_null(strstr(text, "\n… and "));
}
