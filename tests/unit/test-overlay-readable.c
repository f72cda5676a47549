/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "layer/overlay-readable.h"

static char directory[] = "/tmp/left4me-readable-XXXXXX";
static int dir_fd = -EBADF;

static void make_directory(const char *name, mode_t mode) {
        cr_assert_eq(mkdirat(dir_fd, name, 0700), 0);
        cr_assert_eq(fchmodat(dir_fd, name, mode, 0), 0);
}

static void make_file(const char *name, mode_t mode) {
        int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        cr_assert_geq(fd, 0);
        cr_assert_eq(fchmod(fd, mode), 0);
        (void) close(fd);
}

static void set_up(void) {
        cr_assert_not_null(mkdtemp(directory));
        dir_fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
        cr_assert_geq(dir_fd, 0);
        make_directory("a", 0755);
        make_directory("a/b", 0755);
        make_file("a/b/file", 0644);
        make_file("a/program", 0755);
}

static void tear_down(void) {
        int tmp = open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC);

        cr_expect_eq(remove_tree(tmp, strrchr(directory, '/') + 1), 0);
        (void) close(tmp);
        dir_fd = safe_close(dir_fd);
}

static void expect(const char *path, bool is_directory) {
        _cleanup_(unreadable_done) Unreadable found = {};

        cr_assert_eq(overlay_find_unreadable(dir_fd, &found), 0);
        if (!path) {
                cr_assert_null(found.path, "%s", found.path);
                return;
        }
        cr_assert_not_null(found.path);
        cr_assert_str_eq(found.path, path);
        cr_assert_eq(found.is_directory, is_directory);
}

TestSuite(overlay_readable, .init = set_up, .fini = tear_down);

/* mkdtemp() made the overlay's own directory 0700: that one doesn't count. */
Test(overlay_readable, good) {
        expect(NULL, false);
}

Test(overlay_readable, a_closed_file) {
        make_file("a/b/secret", 0640);
        expect("a/b/secret", false);
}

Test(overlay_readable, a_directory_counts_more) {
        make_file("0", 0600);
        make_directory("a/b/c", 0700);
        make_file("zz", 0600);
        expect("a/b/c", true);
}

/* To list is not to enter, and the reverse. */
Test(overlay_readable, half_open_directories) {
        make_directory("a/half", 0754);
        expect("a/half", true);
        cr_assert_eq(fchmodat(dir_fd, "a/half", 0751, 0), 0);
        expect("a/half", true);
        cr_assert_eq(fchmodat(dir_fd, "a/half", 0755, 0), 0);
        expect(NULL, false);
}

Test(overlay_readable, links_are_not_followed) {
        make_directory("outside", 0755);
        cr_assert_eq(symlinkat("/root", dir_fd, "a/link"), 0);
        cr_assert_eq(symlinkat("..", dir_fd, "a/b/loop"), 0);
        expect(NULL, false);
}
