/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/overlay-quota.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/disk-space.h"
#include "layer/tree-extent.h"

static char directory[64];
static Paths *paths;
static int root_fd = -1;

static void run(const char *command) {
        char line[1024];

        (void) snprintf(line, sizeof(line), "cd %s/var/lib/left4me && %s", directory, command);
        cr_assert_eq(system(line), 0, "%s", command);
}

static void setup(void) {
        char line[256];

        strcpy(directory, "/tmp/overlay-quota-XXXXXX");
        cr_assert_not_null(mkdtemp(directory));
        (void) snprintf(
                line, sizeof(line),
                "cd %s && mkdir -p var/lib/left4me/overlays var/lib/left4me/uploads", directory);
        cr_assert_eq(system(line), 0);
        cr_assert_eq(paths_new(directory, &paths), 0);
        root_fd = open(paths->overlays_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        cr_assert_geq(root_fd, 0);
}

static void teardown(void) {
        char line[128];

        (void) close(root_fd);
        paths_free(paths);
        (void) snprintf(line, sizeof(line), "rm -rf %s", directory);
        cr_assert_eq(system(line), 0);
}

TestSuite(overlay_quota, .init = setup, .fini = teardown);

static uint64_t used(const char *user) {
        uint64_t bytes = 1;

        cr_assert_eq(overlay_quota_used(paths, root_fd, user, &bytes), 0);
        return bytes;
}

Test(overlay_quota, counts_overlays_and_uploads_of_one_user) {
        enum { MIB = 1024 * 1024 };

        cr_expect_eq(used("alice"), 0);
        run("mkdir -p overlays/alice/a/versions overlays/alice2/b overlays/bob"
            " && head -c 1048576 /dev/urandom >overlays/alice/a/versions/x"
            " && ln overlays/alice/a/versions/x overlays/alice/a/versions/y"
            " && head -c 2097152 /dev/urandom >overlays/alice2/b/x"
            " && head -c 1048576 /dev/urandom >uploads/alice:1"
            " && head -c 1048576 /dev/urandom >uploads/alice2:1 && sync .");
        cr_expect_geq(used("alice"), 2 * MIB);
        cr_expect_lt(used("alice"), 2 * MIB + MIB / 2);
        cr_expect_geq(used("alice2"), 3 * MIB);
        cr_expect_lt(used("bob"), MIB / 2);
}

/* Whether another process could take the lock of this user. */
static bool is_locked(const char *user) {
        _cleanup_close_ int fd = -EBADF;
        char path[64];

        (void) snprintf(path, sizeof(path), ".quota/%s", user);
        fd = openat(root_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

Test(overlay_quota, locks_one_user_in_a_directory_of_the_owner) {
        struct stat st;
        int alice_fd, bob_fd;

        alice_fd = overlay_quota_lock(root_fd, "alice");
        cr_assert_geq(alice_fd, 0);
        cr_expect(is_locked("alice"));
        /* Does not wait for the first. */
        bob_fd = overlay_quota_lock(root_fd, "bob");
        cr_assert_geq(bob_fd, 0);
        (void) close(alice_fd);
        cr_expect_not(is_locked("alice"));
        cr_expect(is_locked("bob"));
        (void) close(bob_fd);
        cr_assert_eq(fstatat(root_fd, ".quota", &st, AT_SYMLINK_NOFOLLOW), 0);
        cr_expect_eq(st.st_mode & 0777, 0700);
}

static pid_t move_all_the_time(void) {
        pid_t pid = fork();

        cr_assert_geq(pid, 0);
        if (pid > 0)
                return pid;
        for (;;) {
                (void) renameat(root_fd, "alice/one/moved", root_fd, "alice/other/moved");
                (void) renameat(root_fd, "alice/other/moved", root_fd, "alice/one/moved");
        }
}

/* A user who moves directories while they are counted hides no part of them. */
Test(overlay_quota, a_part_that_is_missing_is_not_passed) {
        enum { TRIES = 100000 };
        uint64_t bytes;
        pid_t mover;
        int r = 0;

        run("mkdir -p overlays/alice/one/moved/deep overlays/alice/other"
            " && cd overlays/alice/one/moved/deep && seq 200 | xargs touch");
        mover = move_all_the_time();
        for (unsigned i = 0; i < TRIES && r != -EAGAIN; i++) {
                bytes = 0;
                r = overlay_quota_add(root_fd, "alice", &bytes);
                cr_assert(r == 0 || r == -EAGAIN, "%d", r);
        }
        (void) kill(mover, SIGKILL);
        (void) waitpid(mover, NULL, 0);
        cr_expect_eq(r, -EAGAIN);
}

/* --- how large a tree and a disk are ------------------------------------------------------------
 */

Test(overlay_quota, a_tree_counts_sparse_and_shared_files_whole) {
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        TreeExtent extent;

        run("mkdir -p overlays/o/d && truncate -s 3000000 overlays/o/d/sparse"
            " && ln overlays/o/d/sparse overlays/o/same && ln -s x overlays/o/link");
        cr_assert_eq(tree_extent(root_fd, "o", 7000000, &problem, &extent), 0);
        cr_expect_geq(extent.bytes, 6000000);
        cr_expect_eq(extent.n_entries, 4);
        cr_expect_eq(tree_extent(root_fd, "o", 5000000, &problem, &extent), -EFBIG);
        cr_expect_gt(extent.bytes, 5000000);
        cr_expect_eq(tree_extent(root_fd, "missing", 1, &problem, &extent), -ENOENT);
}

Test(overlay_quota, a_disk_keeps_a_part_free) {
        cr_expect_eq(disk_space_check(root_fd, 0), 0);
        cr_expect_eq(disk_space_check(root_fd, UINT64_MAX), -ENOSPC);
        cr_expect_eq(disk_space_check(-1, 0), -EBADF);
}
