/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/file.h"

static char root[] = "/tmp/test-file.XXXXXX";
static int root_fd = -EBADF;

static int remove_visited(const char *path, const struct stat *st, int flag, struct FTW *ftw) {
        (void) st;
        (void) flag;
        (void) ftw;
        return remove(path);
}

static void setup(void) {
        cr_assert_not_null(mkdtemp(root));
        root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        cr_assert_geq(root_fd, 0);
}

static void teardown(void) {
        root_fd = safe_close(root_fd);
        (void) nftw(root, remove_visited, 16, FTW_DEPTH | FTW_PHYS);
}

TestSuite(file, .init = setup, .fini = teardown, .timeout = 60);

static void create(const char *name, const char *content) {
        _cleanup_close_ int fd = openat(root_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        cr_assert_geq(fd, 0);
        cr_assert_eq(write_all(fd, content, strlen(content)), 0);
}

static int try_read(const char *name, size_t size_max) {
        FileLimits limits = { .size_max = size_max };
        _cleanup_free_ char *text = NULL;
        size_t size;

        return read_file_beneath(root_fd, name, &limits, &text, &size);
}

Test(file, reads_a_regular_file_whole) {
        FileLimits limits = { .size_max = 5,
                              .owners = (uid_t[]) { 12345, geteuid() },
                              .n_owners = 2 };
        _cleanup_free_ char *text = NULL;
        size_t size;

        create("f", "hello");
        cr_assert_eq(read_file_beneath(root_fd, "f", &limits, &text, &size), 0);
        cr_assert_eq(size, 5);
        cr_assert_str_eq(text, "hello");
}

Test(file, refuses_what_is_too_large_or_not_ours) {
        FileLimits foreign = { .size_max = 5,
                               .owners = (uid_t[]) { geteuid() + 1 },
                               .n_owners = 1 };
        _cleanup_free_ char *text = NULL;
        size_t size;

        create("f", "hello");
        cr_assert_eq(try_read("f", 4), -EFBIG);
        cr_assert_eq(try_read("missing", 4), -ENOENT);
        cr_assert_eq(read_file_beneath(root_fd, "f", &foreign, &text, &size), -EPERM);
        cr_assert_null(text);
}

Test(file, refuses_everything_that_is_no_plain_file_without_blocking) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_close_ int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        cr_assert_eq(mkfifoat(root_fd, "fifo", 0600), 0);
        cr_assert_eq(mkdirat(root_fd, "directory", 0700), 0);
        (void) snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", root);
        cr_assert_eq(bind(s, (struct sockaddr *) &address, sizeof(address)), 0);

        cr_assert_eq(try_read("fifo", 100), -EBADFD);
        cr_assert_eq(try_read("directory", 100), -EBADFD);
        cr_assert_eq(try_read("socket", 100), -ENXIO);
}

Test(file, refuses_links) {
        create("f", "x");
        cr_assert_eq(symlinkat("f", root_fd, "symlink"), 0);
        cr_assert_eq(mkdirat(root_fd, "d", 0700), 0);
        cr_assert_eq(symlinkat("d", root_fd, "symlinked-directory"), 0);
        create("d/f", "x");

        cr_assert_eq(try_read("symlink", 100), -ELOOP);
        cr_assert_eq(try_read("symlinked-directory/f", 100), -ELOOP);
        cr_assert_eq(try_read("d/f", 100), 0);
        cr_assert_eq(try_read("d/../../etc/hostname", 100), -EXDEV);
        cr_assert_eq(try_read("/etc/hostname", 100), -EXDEV);

        cr_assert_eq(linkat(root_fd, "f", root_fd, "hard", 0), 0);
        cr_assert_eq(try_read("f", 100), -EMLINK);
        cr_assert_eq(try_read("hard", 100), -EMLINK);
}

Test(file, refuses_a_sparse_file_by_its_size) {
        create("sparse", "x");
        _cleanup_close_ int fd = openat(root_fd, "sparse", O_WRONLY | O_CLOEXEC);

        cr_assert_eq(ftruncate(fd, (off_t) 1 << 40), 0);
        cr_assert_eq(try_read("sparse", 64 * 1024), -EFBIG);
}

static unsigned count_entries(void) {
        _cleanup_(closedirp) DIR *dir = opendir(root);
        unsigned n = 0;

        while (readdir(dir))
                n++;
        return n - 2;
}

Test(file, replaces_atomically_and_leaves_no_temporary) {
        FileLimits limits = { .size_max = 100 };
        _cleanup_free_ char *text = NULL;
        struct stat st;
        size_t size;

        create("f", "old");
        cr_assert_eq(write_file_atomic(root_fd, "f", "new\0!", 5, 0640), 0);
        cr_assert_eq(read_file_beneath(root_fd, "f", &limits, &text, &size), 0);
        cr_assert_eq(size, 5);
        cr_assert_arr_eq(text, "new\0!", 5);
        cr_assert_eq(fstatat(root_fd, "f", &st, 0), 0);
        cr_assert_eq(st.st_mode & 07777, 0640);
        cr_assert_eq(write_file_transient(root_fd, "f", "newer", 5, 0600), 0);
        free(text);
        text = NULL;
        cr_assert_eq(read_file_beneath(root_fd, "f", &limits, &text, &size), 0);
        cr_assert_eq(size, 5);
        cr_assert_arr_eq(text, "newer", 5);
        cr_assert_eq(count_entries(), 1);
}

Test(file, replacing_gives_the_file_to_the_owner_of_its_directory) {
        struct stat st;

        if (geteuid() != 0)
                cr_skip_test("only root can give files away");
        cr_assert_eq(fchown(root_fd, 12345, 23456), 0);
        cr_assert_eq(write_file_atomic(root_fd, "f", "x", 1, 0600), 0);
        cr_assert_eq(fstatat(root_fd, "f", &st, 0), 0);
        cr_assert_eq(st.st_uid, 12345);
        cr_assert_eq(st.st_gid, 23456);
}

Test(file, a_failed_replacement_changes_nothing) {
        cr_assert_eq(mkdirat(root_fd, "d", 0700), 0);
        create("d/f", "x");
        cr_assert_eq(write_file_atomic(root_fd, "d", "x", 1, 0600), -EISDIR);
        cr_assert_eq(try_read("d/f", 100), 0);
        cr_assert_eq(count_entries(), 1);
}

Test(file, removes_the_temporary_files_of_killed_writers_only) {
        create("f", "x");
        create(".#f.0123456789abcdef", "x");
        create(".hidden", "x");
        cr_assert_eq(mkdirat(root_fd, ".#d", 0700), 0, "a hostile producer makes anything");
        create(".#d/f", "x");

        cr_assert_eq(remove_temporary_files(root_fd), 0);
        cr_assert_eq(count_entries(), 2);
        cr_assert_eq(try_read("f", 100), 0);
        cr_assert_eq(try_read(".hidden", 100), 0);
}

Test(file, removes_trees_and_nothing_behind_a_symlink) {
        create("outside", "x");
        cr_assert_eq(mkdirat(root_fd, "tree", 0700), 0);
        cr_assert_eq(mkdirat(root_fd, "tree/a", 0700), 0);
        create("tree/a/f", "x");
        cr_assert_eq(symlinkat("../outside", root_fd, "tree/link"), 0);
        cr_assert_eq(symlinkat("..", root_fd, "tree/up"), 0);

        cr_assert_eq(remove_tree(root_fd, "tree"), 0);
        cr_assert_eq(remove_tree(root_fd, "tree"), 0, "a missing tree is success");
        cr_assert_eq(count_entries(), 1);
        cr_assert_eq(remove_tree(root_fd, "outside"), 0);
        cr_assert_eq(count_entries(), 0);
}

Test(file, removes_a_tree_deeper_than_there_are_descriptors) {
        _cleanup_close_ int fd = openat(root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        for (unsigned i = 0; i < 3000; i++) {
                int next;

                cr_assert_eq(mkdirat(fd, "d", 0700), 0);
                cr_assert_eq(mkdirat(fd, ".#removed.0", 0700), 0, "a name the removal would use");
                next = openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                cr_assert_geq(next, 0);
                (void) safe_close(fd);
                fd = next;
        }

        cr_assert_eq(remove_tree(root_fd, "d"), 0);
        cr_assert_eq(remove_tree(root_fd, ".#removed.0"), 0);
        cr_assert_eq(count_entries(), 0);
}
