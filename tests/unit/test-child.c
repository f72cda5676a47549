/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "base/child.h"
#include "base/time-text.h"

#define SHELL(script) ((const char *const[]) { "/bin/sh", "-c", script, NULL })

TestSuite(child, .timeout = 120);

Test(child, output) {
        _cleanup_free_ char *text = NULL;

        cr_assert_eq(child_read(SHELL("echo one; echo hidden >&2; sleep 0.1; echo two"), &text), 0);
        cr_assert_str_eq(text, "one\ntwo\n");
}

Test(child, failure) {
        char *text = NULL;

        cr_assert_eq(child_read(SHELL("echo some; exit 3"), &text), -EIO);
        cr_assert_eq(child_read(SHELL("kill -TERM $$"), &text), -EIO);
        cr_assert_eq(child_read((const char *const[]) { "/nonexistent", NULL }, &text), -ENOENT);
        cr_assert_eq(child_read(SHELL("exec head -c 2000000 /dev/zero"), &text), -EFBIG);
        cr_assert_null(text);
}

/* It ends after ten seconds, and does not stay. */
static void expect_end(const char *script) {
        uint64_t begin = now_monotonic();
        char *text = NULL;

        cr_assert_eq(child_read(SHELL(script), &text), -ETIME);
        cr_assert_null(text);
        cr_assert_geq(now_monotonic() - begin, UINT64_C(10000000));
        cr_assert_eq(waitpid(-1, NULL, 0), -1);
        cr_assert_eq(errno, ECHILD);
}

Test(child, says_nothing) {
        expect_end("exec sleep 1000");
}

Test(child, closes_its_output_and_runs_on) {
        expect_end("exec sleep 1000 >/dev/null");
}
