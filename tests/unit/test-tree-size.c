/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tree-size.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static char directory[64];
static int dir_fd = -1;

static void setup(void) {
        strcpy(directory, "/tmp/tree-size-XXXXXX");
        cr_assert_not_null(mkdtemp(directory));
        dir_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        cr_assert_geq(dir_fd, 0);
        cr_assert_eq(mkdirat(dir_fd, "tree", 0755), 0);
}

static void teardown(void) {
        char command[128];

        (void) close(dir_fd);
        (void) snprintf(command, sizeof(command), "rm -rf %s", directory);
        cr_assert_eq(system(command), 0);
}

TestSuite(tree_size, .init = setup, .fini = teardown);

static void write_file(const char *name, size_t size) {
        _cleanup_close_ int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        _cleanup_free_ char *data = malloc(size);

        cr_assert_geq(fd, 0);
        memset(data, 'x', size);
        cr_assert_eq(write(fd, data, size), (ssize_t) size);
        cr_assert_eq(fsync(fd), 0);
}

static TreeSize measure(void) {
        TreeSize size;

        cr_assert_eq(tree_size(dir_fd, "tree", &size), 0);
        return size;
}

Test(tree_size, files_and_directories) {
        TreeSize empty = measure(), full;

        cr_expect_eq(empty.n_files, 0);
        cr_expect_eq(empty.changed, 0);
        cr_assert_eq(mkdirat(dir_fd, "tree/sub", 0755), 0);
        write_file("tree/one", 65536);
        write_file("tree/sub/two", 131072);
        full = measure();
        cr_expect_eq(full.n_files, 2);
        cr_expect_geq(full.bytes, empty.bytes + 196608);
        cr_expect_lt(full.bytes, empty.bytes + 196608 + 65536);
        cr_expect_gt(full.changed, UINT64_C(1700000000000000));
}

Test(tree_size, symlinks_are_not_followed) {
        write_file("outside", 1 << 20);
        cr_assert_eq(symlinkat("../outside", dir_fd, "tree/link"), 0);
        cr_assert_eq(symlinkat("..", dir_fd, "tree/loop"), 0);
        cr_expect_eq(measure().n_files, 2);
        cr_expect_lt(measure().bytes, 1 << 19);
}

Test(tree_size, a_symlink_is_no_tree) {
        TreeSize size;

        write_file("tree/one", 65536);
        cr_assert_eq(symlinkat("tree", dir_fd, "link"), 0);
        cr_assert_eq(tree_size(dir_fd, "link", &size), 0);
        cr_expect_lt(size.bytes, 65536);
}

Test(tree_size, a_file_with_two_names_counts_half) {
        TreeSize before, after;

        write_file("tree/one", 1 << 20);
        before = measure();
        cr_assert_eq(linkat(dir_fd, "tree/one", dir_fd, "other-name", 0), 0);
        after = measure();
        cr_expect_leq(after.bytes, before.bytes - (1 << 19) + 4096);
        cr_expect_eq(before.saved, 0);
        cr_expect_eq(after.bytes + after.saved, before.bytes);
}

/* Three names of one file, all in the tree, take what one takes. */
Test(tree_size, names_in_the_tree_count_once) {
        TreeSize before, after;

        write_file("tree/one", 1 << 20);
        before = measure();
        cr_assert_eq(linkat(dir_fd, "tree/one", dir_fd, "tree/two", 0), 0);
        cr_assert_eq(linkat(dir_fd, "tree/one", dir_fd, "tree/three", 0), 0);
        after = measure();
        cr_expect_leq(after.bytes, before.bytes + 4096);
        cr_expect_geq(after.saved, 2 << 20);
        cr_expect_leq(after.saved, (2 << 20) + 8192);
}

Test(tree_size, a_missing_one) {
        TreeSize size;

        cr_expect_eq(tree_size(dir_fd, "nothing", &size), -ENOENT);
}

/* Deeper than paths are long and than there are descriptors. */
Test(tree_size, no_depth_is_too_deep) {
        enum { DEPTH = 3000 };
        _cleanup_close_ int fd = openat(dir_fd, "tree", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        TreeSize size;

        for (unsigned i = 0; i < DEPTH; i++) {
                _cleanup_close_ int above = fd;

                cr_assert_eq(mkdirat(above, "d", 0755), 0);
                fd = openat(above, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                cr_assert_geq(fd, 0);
        }
        cr_assert_eq(symlinkat("x", fd, "deep"), 0);
        write_file("tree/shallow", 65536);

        size = measure();
        cr_expect_eq(size.n_files, 2);
        cr_expect_not(size.is_partial);
        cr_expect_geq(size.bytes, 65536);
}

static mode_t mode_of(const char *name) {
        struct stat st;

        cr_assert_eq(fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW), 0);
        return st.st_mode & 07777;
}

/* Only what the owner needs to read a directory is added. */
Test(tree_size, the_owner_opens_what_is_closed) {
        static const struct {
                const char *name;
                mode_t before, after;
        } directories[] = {
                { "tree/closed", 0, 0500 },
                { "tree/fixed", 0555, 0555 },
                { "tree/special", 03011, 03511 },
        };
        _cleanup_close_ int fd = openat(dir_fd, "tree", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        TreeSize size;

        for (size_t i = 0; i < ELEMENTSOF(directories); i++) {
                cr_assert_eq(mkdirat(dir_fd, directories[i].name, 0700), 0);
                cr_assert_eq(fchmodat(dir_fd, directories[i].name, directories[i].before, 0), 0);
        }
        cr_assert_eq(fchmod(fd, 01055), 0);
        cr_assert_eq(tree_size_own(fd, &size), 0);
        cr_expect_eq(mode_of("tree"), 01555);
        for (size_t i = 0; i < ELEMENTSOF(directories); i++)
                cr_expect_eq(
                        mode_of(directories[i].name), directories[i].after, "%s",
                        directories[i].name);
}

Test(tree_size, the_way_to_it_has_no_symlink) {
        TreeSize size;

        cr_assert_eq(mkdirat(dir_fd, "tree/sub", 0755), 0);
        cr_assert_eq(symlinkat("tree", dir_fd, "link"), 0);
        cr_expect_eq(tree_size(dir_fd, "link/sub", &size), -ELOOP);
        cr_expect_eq(tree_size(dir_fd, "tree/sub", &size), 0);
}
