/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/file.h"
#include "render/output-dir.h"

#define DROP_IN "left4me-server@1.service.d/40-instance.conf"
#define WANTS   "left4me.target.wants/left4me-server@1.service"

static char root[] = "/tmp/test-output-dir.XXXXXX";
static int root_fd = -EBADF;

static void setup(void) {
        cr_assert_not_null(mkdtemp(root));
        root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        cr_assert_geq(root_fd, 0);
}

static void teardown(void) {
        _cleanup_close_ int tmp_fd = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        root_fd = safe_close(root_fd);
        cr_assert_eq(remove_tree(tmp_fd, root + strlen("/tmp/")), 0);
}

TestSuite(output_dir, .init = setup, .fini = teardown, .timeout = 60);

static bool exists(const char *path) {
        struct stat st;

        return fstatat(root_fd, path, &st, AT_SYMLINK_NOFOLLOW) >= 0;
}

static void assert_content(const char *path, const char *content) {
        const FileLimits limits = { .size_max = 1024 };
        _cleanup_free_ char *text = NULL;
        size_t size;

        cr_assert_eq(read_file_beneath(root_fd, path, &limits, &text, &size), 0);
        cr_assert_str_eq(text, content);
}

static int write_file(const char *path, const char *text) {
        return output_dir_write_file(root_fd, path, text, strlen(text));
}

Test(output_dir, writes_a_file_and_its_directory) {
        struct stat st;

        cr_assert_eq(write_file(DROP_IN, "new"), 0);
        assert_content(DROP_IN, "new");
        cr_assert_eq(fstatat(root_fd, DROP_IN, &st, 0), 0);
        cr_assert_eq(st.st_mode & 0777 & ~0022U, 0644);
}

Test(output_dir, what_is_there_is_neither_replaced_nor_followed) {
        cr_assert_eq(write_file(DROP_IN, "old"), 0);
        cr_assert_eq(write_file(DROP_IN, "new"), -EEXIST);
        assert_content(DROP_IN, "old");

        cr_assert_eq(unlinkat(root_fd, DROP_IN, 0), 0);
        cr_assert_eq(symlinkat("../elsewhere", root_fd, DROP_IN), 0);
        cr_assert_eq(write_file(DROP_IN, "new"), -EEXIST);
        cr_assert_not(exists("elsewhere"));
}

Test(output_dir, a_file_that_can_not_be_written_whole_is_removed) {
        const struct rlimit tiny = { .rlim_cur = 2, .rlim_max = 2 };

        cr_assert_neq(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
        cr_assert_eq(setrlimit(RLIMIT_FSIZE, &tiny), 0);
        cr_assert_eq(write_file(DROP_IN, "new"), -EFBIG);
        cr_assert_not(exists(DROP_IN));
}

Test(output_dir, writes_a_link_and_its_directory) {
        char target[64] = "";

        cr_assert_eq(output_dir_write_link(root_fd, WANTS, "/a"), 0);
        cr_assert_eq(readlinkat(root_fd, WANTS, target, sizeof(target) - 1), 2);
        cr_assert_str_eq(target, "/a");
        cr_assert_eq(output_dir_write_link(root_fd, WANTS, "/b"), -EEXIST);
}

Test(output_dir, clearing_removes_what_an_earlier_run_wrote) {
        static const char *const ours[] = { DROP_IN, "left4me-server@1.service.d/30-strict.conf",
                                            "left4me-server@gone.service.d/40-instance.conf", WANTS,
                                            "system.slice.d/40-left4me-cpus.conf" };

        for (size_t i = 0; i < ELEMENTSOF(ours); i++)
                cr_assert_eq(write_file(ours[i], "x"), 0);
        cr_assert_eq(output_dir_clear(root_fd), 0);
        for (size_t i = 0; i < ELEMENTSOF(ours); i++)
                cr_assert_not(exists(ours[i]), "%s", ours[i]);
}

Test(output_dir, clearing_touches_nothing_else) {
        static const char *const others[] = {
                "left4me-server@1.service.d/40-admin.conf",
                "left4me.target.wants/left4me-web.service",
                "system.slice.d/10-other.conf",
                "multi-user.target.wants/left4me-server@1.service",
                "getty@tty1.service.d/40-instance.conf",
        };

        for (size_t i = 0; i < ELEMENTSOF(others); i++)
                cr_assert_eq(write_file(others[i], "x"), 0);
        cr_assert_eq(symlinkat("system.slice.d", root_fd, "linked.slice.d"), 0);
        cr_assert_eq(output_dir_clear(root_fd), 0);
        for (size_t i = 0; i < ELEMENTSOF(others); i++)
                cr_assert(exists(others[i]), "%s", others[i]);
}
