/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/versions.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "base/file.h"
#include "layer/stage.h"
#include "layer/tree-share.h"
#include "spec/overlay-dir.h"

static char directory[64];
static int store_fd = -1;

static void run(const char *command) {
        char line[1024];

        (void) snprintf(line, sizeof(line), "cd %s && %s", directory, command);
        cr_assert_eq(system(line), 0, "%s", command);
}

static void setup(void) {
        strcpy(directory, "/tmp/versions-XXXXXX");
        cr_assert_not_null(mkdtemp(directory));
        cr_assert_eq(chmod(directory, 0755), 0);
        store_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        cr_assert_geq(store_fd, 0);
}

static void teardown(void) {
        (void) close(store_fd);
        (void) chdir("/");
        run("rm -rf -- \"$PWD\"");
}

TestSuite(versions, .init = setup, .fini = teardown);

/* Begins, runs a command in the tree, and commits. */
static int change(StageOrigin origin, const char *command, char **ret_id) {
        _cleanup_close_ int staging_fd = version_store_lock(store_fd), tree_fd = -EBADF;
        _cleanup_(tree_problem_done) TreeProblem problem = {};

        cr_assert_geq(staging_fd, 0);
        cr_assert_eq(
                stage_begin(store_fd, staging_fd, "files", origin, NULL, &problem, &tree_fd), 0);
        cr_assert_eq(fchdir(tree_fd), 0);
        cr_assert_eq(system(command), 0, "%s", command);
        return stage_commit(store_fd, staging_fd, "files", &problem, ret_id);
}

static void expect_change(StageOrigin origin, const char *command, const char *expected) {
        _cleanup_free_ char *id = NULL;

        cr_assert_eq(change(origin, command, &id), 0, "%s", command);
        cr_expect_str_eq(id, expected);
}

static void expect_refused(const char *command, int error, const char *path) {
        _cleanup_close_ int staging_fd = version_store_lock(store_fd), tree_fd = -EBADF;
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        _cleanup_free_ char *id = NULL;

        cr_assert_eq(
                stage_begin(store_fd, staging_fd, "files", STAGE_EMPTY, NULL, &problem, &tree_fd),
                0);
        cr_assert_eq(fchdir(tree_fd), 0);
        cr_assert_eq(system(command), 0, "%s", command);
        cr_expect_eq(
                stage_commit(store_fd, staging_fd, "files", &problem, &id), error, "%s", command);
        cr_assert_not_null(problem.path);
        cr_expect_str_eq(problem.path, path);
}

static void expect_current(const char *expected) {
        _cleanup_free_ char *version = NULL;
        _cleanup_close_ int fd = -EBADF;

        cr_assert_eq(overlay_dir_open_current(store_fd, &fd, &version), 0);
        cr_expect_str_eq(version, expected);
}

static struct stat look(const char *path) {
        struct stat st;

        cr_assert_eq(fstatat(store_fd, path, &st, AT_SYMLINK_NOFOLLOW), 0, "%s", path);
        return st;
}

static bool is_there(const char *path) {
        struct stat st;

        return fstatat(store_fd, path, &st, AT_SYMLINK_NOFOLLOW) >= 0;
}

static void expect_versions(const char *expected) {
        _cleanup_(version_list_clear) VersionList list = {};
        char text[256] = "";

        cr_assert_eq(version_list_load(store_fd, &list), 0);
        for (size_t i = 0; i < list.n_items; i++) {
                strcat(text, list.items[i].id);
                strcat(text, list.items[i].is_current ? "* " : " ");
        }
        cr_expect_str_eq(text, expected);
}

/* --- making versions ----------------------------------------------------------------------------
 */

Test(versions, nothing_yet) {
        expect_versions("");
}

Test(versions, count_up_and_become_current) {
        expect_change(STAGE_FROM_CURRENT, "echo one >a", "1");
        expect_change(STAGE_FROM_CURRENT, "echo two >b", "2");
        expect_current("versions/2");
        expect_versions("1 2* ");
        run("[ \"$(cat versions/2/a versions/2/b)\" = \"$(printf 'one\\ntwo')\" ]");
        cr_expect_not(is_there("versions/1/b"));
        cr_expect_not(is_there("staging/files"));
}

Test(versions, share_their_files) {
        expect_change(STAGE_EMPTY, "mkdir d && echo one >d/a && ln -s a d/link", "1");
        expect_change(STAGE_FROM_CURRENT, "true", "2");
        cr_expect_eq(look("versions/1/d/a").st_ino, look("versions/2/d/a").st_ino);
        cr_expect_neq(look("versions/1/d").st_ino, look("versions/2/d").st_ino);
        cr_expect(S_ISLNK(look("versions/2/d/link").st_mode));
}

Test(versions, begin_empty) {
        expect_change(STAGE_EMPTY, "echo one >a", "1");
        expect_change(STAGE_EMPTY, "echo two >b", "2");
        cr_expect_not(is_there("versions/2/a"));
}

Test(versions, an_abort_leaves_nothing) {
        _cleanup_close_ int staging_fd = version_store_lock(store_fd), tree_fd = -EBADF;
        _cleanup_(tree_problem_done) TreeProblem problem = {};

        cr_assert_eq(
                stage_begin(store_fd, staging_fd, "files", STAGE_EMPTY, NULL, &problem, &tree_fd),
                0);
        cr_expect_eq(stage_abort(staging_fd, "files"), 0);
        cr_expect_eq(stage_abort(staging_fd, "files"), 0);
        cr_expect_not(is_there("staging/files"));
        expect_versions("");
}

Test(versions, what_a_killed_one_left_does_not_come_back) {
        _cleanup_close_ int staging_fd = version_store_lock(store_fd), tree_fd = -EBADF;
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        _cleanup_free_ char *id = NULL;

        run("mkdir -p staging/files/tree && echo half >staging/files/tree/half && "
            "ln -s versions/7 staging/files/base");
        cr_assert_eq(
                stage_begin(store_fd, staging_fd, "files", STAGE_EMPTY, NULL, &problem, &tree_fd),
                0);
        cr_assert_eq(stage_commit(store_fd, staging_fd, "files", &problem, &id), 0);
        cr_expect_not(is_there("versions/1/half"));
}

Test(versions, a_commit_does_not_undo_another_change) {
        _cleanup_close_ int staging_fd = version_store_lock(store_fd), tree_fd = -EBADF;
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        _cleanup_free_ char *id = NULL;

        cr_assert_eq(
                stage_begin(
                        store_fd, staging_fd, "script", STAGE_FROM_CURRENT, NULL, &problem,
                        &tree_fd),
                0);
        staging_fd = safe_close(staging_fd);
        expect_change(STAGE_FROM_CURRENT, "echo one >a", "1");

        staging_fd = version_store_lock(store_fd);
        cr_expect_eq(stage_commit(store_fd, staging_fd, "script", &problem, &id), -ESTALE);
        cr_expect_null(id);
        expect_versions("1* ");
        cr_expect(is_there("staging/script/tree"));
}

Test(versions, commit_needs_a_begin_and_a_key) {
        _cleanup_close_ int staging_fd = version_store_lock(store_fd), tree_fd = -EBADF;
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        _cleanup_free_ char *id = NULL;

        cr_expect_eq(stage_commit(store_fd, staging_fd, "files", &problem, &id), -ENOENT);
        cr_expect_eq(stage_commit(store_fd, staging_fd, "../x", &problem, &id), -EINVAL);
        cr_expect_eq(
                stage_begin(
                        store_fd, staging_fd, ".current", STAGE_EMPTY, NULL, &problem, &tree_fd),
                -EINVAL);
        cr_expect_eq(stage_abort(staging_fd, "trash.1"), -EINVAL);
}

Test(versions, foreign_names_stay_and_are_not_counted) {
        run("mkdir -p versions/1.12 versions/41 versions/007 && ln -s versions/1.12 current && "
            "echo old >versions/1.12/a");
        expect_versions("007 1.12* 41 ");
        expect_change(STAGE_FROM_CURRENT, "echo new >>b", "42");
        run("[ \"$(cat versions/42/a)\" = old ]");
}

/* --- what may be in one -------------------------------------------------------------------------
 */

Test(versions, get_their_rights) {
        struct stat st;

        expect_change(
                STAGE_EMPTY,
                "mkdir -m 700 d && echo x >d/a && chmod 600 d/a && echo x >run && "
                "chmod 6750 run && echo x >none && chmod 0 none && mkdir -m 2777 w",
                "1");
        cr_expect_eq(look("versions/1").st_mode & 07777, 0755);
        cr_expect_eq(look("versions/1/d").st_mode & 07777, 0755);
        cr_expect_eq(look("versions/1/w").st_mode & 07777, 0755);
        cr_expect_eq(look("versions/1/d/a").st_mode & 07777, 0644);
        cr_expect_eq(look("versions/1/run").st_mode & 07777, 0755);
        cr_expect_eq(look("versions/1/none").st_mode & 07777, 0644);
        st = look("current");
        cr_expect(S_ISLNK(st.st_mode));
}

Test(versions, files_of_a_version_made_by_hand_stay_as_they_are) {
        run("mkdir -p versions/7 && echo x >versions/7/a && chmod 600 versions/7/a && "
            "echo x >versions/7/b && chmod 644 versions/7/b && ln -s versions/7 current");
        expect_change(STAGE_FROM_CURRENT, "true", "8");
        cr_expect_eq(look("versions/7/a").st_mode & 07777, 0600);
        cr_expect_eq(look("versions/8/a").st_mode & 07777, 0644);
        cr_expect_neq(look("versions/7/a").st_ino, look("versions/8/a").st_ino);
        cr_expect_eq(look("versions/7/b").st_ino, look("versions/8/b").st_ino);
}

Test(versions, refuse_devices_and_the_like) {
        expect_refused("mkdir -p a/b && mkfifo a/b/fifo", -ENODEV, "a/b/fifo");
        expect_refused("mknod whiteout c 0 0", -ENODEV, "whiteout");
        expect_refused(
                "for i in $(seq 70); do mkdir d && cd d || exit 1; done", -ELOOP,
                "d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/"
                "d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d");
        expect_versions("");
}

Test(versions, links_lead_nowhere) {
        struct stat before, after;

        run("mkdir outside && echo secret >outside/file && chmod 600 outside/file && "
            "chmod 700 outside");
        before = look("outside/file");
        expect_change(
                STAGE_EMPTY, "ln -s ../../../outside dir && ln -s ../../../outside/file file", "1");
        expect_change(STAGE_FROM_CURRENT, "true", "2");
        after = look("outside/file");
        cr_expect_eq(after.st_mode, before.st_mode);
        cr_expect_eq(after.st_nlink, before.st_nlink);
        cr_expect_eq(look("outside").st_mode & 07777, 0700);
        cr_expect(S_ISLNK(look("versions/2/dir").st_mode));
        cr_expect(S_ISLNK(look("versions/2/file").st_mode));
}

/* A hostile producer tries to change the version that servers have mounted. */
static int attack(int tree_fd) {
        if (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0)
                return 10;
        if (fchdir(tree_fd) < 0)
                return 11;
        for (const char *const *name = (const char *const[]) { "shared", "writable", NULL }; *name;
             name++) {
                int fd = open(*name, O_WRONLY | O_TRUNC | O_CLOEXEC);

                if (fd >= 0)
                        (void) close(fd);
                (void) chmod(*name, 0777);
        }
        /* It may replace files of its tree. */
        if (unlink("shared") < 0)
                return 12;
        return close(open("shared", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) < 0 ? 13 : 0;
}

Test(versions, a_producer_can_not_change_the_current_version) {
        _cleanup_close_ int staging_fd = -EBADF, tree_fd = -EBADF;
        const TreeOwner producer = { 65534, 65534 };
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        _cleanup_free_ char *id = NULL;
        int status;
        pid_t pid;

        if (geteuid() != 0)
                cr_skip_test("needs root");
        expect_change(STAGE_EMPTY, "echo one >shared && echo one >writable", "1");
        run("chmod 666 versions/1/writable");

        staging_fd = version_store_lock(store_fd);
        cr_assert_eq(
                stage_begin(
                        store_fd, staging_fd, "script", STAGE_FROM_CURRENT, &producer, &problem,
                        &tree_fd),
                0);
        pid = fork();
        if (pid == 0)
                _exit(attack(tree_fd));
        cr_assert_eq(waitpid(pid, &status, 0), pid);
        cr_expect_eq(status, 0);
        run("[ \"$(cat versions/1/shared versions/1/writable)\" = \"$(printf 'one\\none')\" ]");

        cr_assert_eq(stage_commit(store_fd, staging_fd, "script", &problem, &id), 0);
        cr_expect_eq(look("versions/2/shared").st_size, 0);
        cr_expect_eq(look("versions/2/shared").st_uid, geteuid());
        cr_expect_eq(look("versions/2").st_uid, geteuid());
        /* A copy, so that it may be executed now. */
        cr_expect_eq(look("versions/2/writable").st_mode & 07777, 0755);
        cr_expect_eq(look("versions/1/writable").st_mode & 07777, 0666);
}

/* --- a producer that writes in place ------------------------------------------------------------
 */

static void begin_copy(int staging_fd, int *ret_tree_fd) {
        _cleanup_(tree_problem_done) TreeProblem problem = {};

        cr_assert_eq(
                stage_begin(
                        store_fd, staging_fd, "install", STAGE_COPY_OF_CURRENT, NULL, &problem,
                        ret_tree_fd),
                0);
}

static size_t share(int tree_fd, const char *base, const char *ignored) {
        _cleanup_close_ int base_fd = openat(store_fd, base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        size_t n = 99;

        cr_assert_eq(tree_share(tree_fd, base_fd, ignored, &problem, &n), 0);
        return n;
}

Test(versions, a_copy_can_be_written_to_in_place) {
        _cleanup_close_ int staging_fd = -EBADF, tree_fd = -EBADF;
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        _cleanup_free_ char *id = NULL;

        expect_change(
                STAGE_EMPTY,
                "mkdir d && echo one >d/a && echo two >d/b && echo three >c && ln -s c link", "1");
        staging_fd = version_store_lock(store_fd);
        begin_copy(staging_fd, &tree_fd);
        run("cd staging/install/tree && printf X | dd of=d/a conv=notrunc status=none && "
            "touch d/b && echo new >e");
        run("[ \"$(cat versions/1/d/a)\" = one ]");

        /* d/a has the same size, e is new. */
        cr_expect_eq(share(tree_fd, "versions/1", NULL), 2 + 1);
        cr_assert_eq(stage_commit(store_fd, staging_fd, "install", &problem, &id), 0);
        run("[ \"$(cat versions/1/d/a versions/2/d/a)\" = \"$(printf 'one\\nXne')\" ]");
        cr_expect_neq(look("versions/1/d/a").st_ino, look("versions/2/d/a").st_ino);
        cr_expect_eq(look("versions/1/d/b").st_ino, look("versions/2/d/b").st_ino);
        cr_expect_eq(look("versions/1/c").st_ino, look("versions/2/c").st_ino);
        cr_expect_not(is_there("versions/2/d/.#shared"));
}

Test(versions, sharing_counts_what_is_different) {
        _cleanup_close_ int staging_fd = -EBADF, tree_fd = -EBADF;

        expect_change(
                STAGE_EMPTY,
                "mkdir notes d && echo one >notes/n && echo two >d/b && ln -s b d/link && echo x >gone",
                "1");
        staging_fd = version_store_lock(store_fd);
        begin_copy(staging_fd, &tree_fd);
        cr_expect_eq(share(tree_fd, "versions/1", NULL), 0);
        run("cd staging/install/tree && rm notes/n && echo other >notes/n && echo more >notes/m");
        cr_expect_eq(share(tree_fd, "versions/1", "notes"), 0);
        cr_expect_gt(share(tree_fd, "versions/1", NULL), 0);
        run("cd staging/install/tree && rm gone");
        cr_expect_eq(share(tree_fd, "versions/1", "notes"), 1);
        run("cd staging/install/tree && ln -sfn c d/link");
        cr_expect_gt(share(tree_fd, "versions/1", "notes"), 1);
        run("cd staging/install/tree && echo x >gone && ln -sfn b d/link && "
            "cp d/b x && chmod +x x && mv x d/b");
        cr_expect_gt(share(tree_fd, "versions/1", "notes"), 0);
        run("[ ! -x versions/1/d/b ]");
}

Test(versions, a_directory_that_only_one_has_is_a_difference) {
        _cleanup_close_ int staging_fd = -EBADF, tree_fd = -EBADF, base_fd = -EBADF;
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        size_t n = 0;

        expect_change(STAGE_EMPTY, "mkdir -p d/empty d/full && echo x >d/full/x", "1");
        staging_fd = version_store_lock(store_fd);
        begin_copy(staging_fd, &tree_fd);
        cr_expect_eq(share(tree_fd, "versions/1", NULL), 0);
        run("mkdir staging/install/tree/d/more");
        cr_expect_eq(share(tree_fd, "versions/1", NULL), 1);
        base_fd = open_beneath(store_fd, "versions/1", O_RDONLY | O_DIRECTORY);
        cr_assert_eq(tree_compare(tree_fd, base_fd, &problem, &n), 0);
        cr_expect_eq(n, 1);
        run("rmdir staging/install/tree/d/empty staging/install/tree/d/more");
        cr_expect_eq(share(tree_fd, "versions/1", NULL), 1);
        /* A file of the same name counts on both sides. */
        run("touch staging/install/tree/d/empty");
        cr_expect_eq(share(tree_fd, "versions/1", NULL), 2);
        run("rm staging/install/tree/d/empty && mkdir -p staging/install/tree/d/empty "
            "staging/install/tree/notes/deep");
        cr_expect_eq(share(tree_fd, "versions/1", "notes"), 0);
        cr_expect_eq(share(tree_fd, "versions/1", NULL), 2);
}

Test(versions, a_version_is_gone_on_with) {
        _cleanup_close_ int staging_fd = -EBADF, tree_fd = -EBADF, again_fd = -EBADF;

        staging_fd = version_store_lock(store_fd);
        cr_expect_eq(stage_resume(store_fd, staging_fd, "install", &again_fd), -ENOENT);
        run("mkdir -p staging/install/tree");
        cr_expect_eq(stage_resume(store_fd, staging_fd, "install", &again_fd), -ENOENT);
        begin_copy(staging_fd, &tree_fd);
        run("echo half >staging/install/tree/half");
        cr_assert_eq(stage_resume(store_fd, staging_fd, "install", &again_fd), 0);
        cr_expect_eq(faccessat(again_fd, "half", F_OK, 0), 0);

        staging_fd = safe_close(staging_fd);
        expect_change(STAGE_EMPTY, "echo one >a", "1");
        staging_fd = version_store_lock(store_fd);
        again_fd = safe_close(again_fd);
        cr_expect_eq(stage_resume(store_fd, staging_fd, "install", &again_fd), -ESTALE);
}

Test(versions, one_is_kept_beside_what_is_current) {
        _cleanup_close_ int staging_fd = -EBADF, tree_fd = -EBADF, base_fd = -EBADF;
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        _cleanup_free_ char *id = NULL, *kept = NULL;

        expect_change(STAGE_EMPTY, "echo one >a", "1");
        expect_change(STAGE_EMPTY, "echo two >a", "2");
        staging_fd = version_store_lock(store_fd);
        begin_copy(staging_fd, &tree_fd);
        run("echo three >staging/install/tree/a && chmod 600 staging/install/tree/a");
        cr_assert_eq(version_switch(store_fd, staging_fd, "1"), 0);
        cr_expect_eq(stage_commit(store_fd, staging_fd, "install", &problem, &id), -ESTALE);
        cr_assert_eq(stage_open_base(store_fd, staging_fd, "install", &base_fd), 0);
        cr_expect_eq(faccessat(base_fd, "a", F_OK, 0), 0);
        cr_assert_eq(stage_keep(store_fd, staging_fd, "install", &problem, &kept), 0);
        cr_expect_str_eq(kept, "3");
        expect_versions("1* 2 3 ");
        run("[ \"$(cat versions/3/a)\" = three ] && [ ! -e staging/install ]");
        cr_expect_eq(look("versions/3/a").st_mode & 0777, 0644);
}

Test(versions, one_is_gone_on_with_after_a_rollback) {
        _cleanup_close_ int staging_fd = -EBADF, tree_fd = -EBADF, again_fd = -EBADF;
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        _cleanup_free_ char *id = NULL;

        expect_change(STAGE_EMPTY, "echo one >a", "1");
        expect_change(STAGE_EMPTY, "echo two >a", "2");
        staging_fd = version_store_lock(store_fd);
        cr_expect_eq(stage_rebase(store_fd, staging_fd, "install"), -ENOENT);
        begin_copy(staging_fd, &tree_fd);
        cr_assert_eq(version_switch(store_fd, staging_fd, "1"), 0);
        cr_expect_eq(stage_resume(store_fd, staging_fd, "install", &again_fd), -ESTALE);
        cr_assert_eq(stage_rebase(store_fd, staging_fd, "install"), 0);
        cr_assert_eq(stage_resume(store_fd, staging_fd, "install", &again_fd), 0);
        cr_assert_eq(stage_commit(store_fd, staging_fd, "install", &problem, &id), 0);
        expect_versions("1 2 3* ");
        run("[ \"$(cat current/a)\" = two ]");
}

/* Such a version may have files that the one that was begun lacks. */
Test(versions, one_is_not_gone_on_with_after_another_change) {
        _cleanup_close_ int staging_fd = version_store_lock(store_fd), tree_fd = -EBADF;

        begin_copy(staging_fd, &tree_fd);
        run("mkdir -p versions/1 versions/mine && ln -s versions/1 current");
        cr_expect_eq(stage_rebase(store_fd, staging_fd, "install"), -ESTALE);
        tree_fd = safe_close(tree_fd);
        begin_copy(staging_fd, &tree_fd);
        run("mkdir versions/2 && ln -sfn versions/2 current");
        cr_expect_eq(stage_rebase(store_fd, staging_fd, "install"), -ESTALE);
        run("ln -sfn versions/mine current");
        cr_expect_eq(stage_rebase(store_fd, staging_fd, "install"), -ESTALE);
        run("rm current");
        cr_expect_eq(stage_rebase(store_fd, staging_fd, "install"), -ESTALE);
}

/* Sealing is a step of its own: what publishes does not go through the tree again. */
Test(versions, publishing_needs_a_sealed_tree) {
        _cleanup_close_ int staging_fd = version_store_lock(store_fd), tree_fd = -EBADF;
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        _cleanup_free_ char *id = NULL;

        begin_copy(staging_fd, &tree_fd);
        run("echo one >staging/install/tree/a && chmod 600 staging/install/tree/a");
        cr_assert_eq(stage_seal(store_fd, staging_fd, "install", &problem), 0);
        cr_expect_eq(look("staging/install/tree/a").st_mode & 0777, 0644);
        run("chmod 640 staging/install/tree/a");
        cr_assert_eq(stage_sync(staging_fd, "install"), 0);
        cr_assert_eq(stage_publish(store_fd, staging_fd, "install", &id), 0);
        cr_expect_eq(look("versions/1/a").st_mode & 0777, 0640);
        cr_expect_eq(stage_publish(store_fd, staging_fd, "install", &id), -ENOENT);
        expect_current("versions/1");
}

/* --- rolling back and collecting ----------------------------------------------------------------
 */

static void make_versions(unsigned n) {
        for (unsigned i = 1; i <= n; i++) {
                char expected[16];

                (void) snprintf(expected, sizeof(expected), "%u", i);
                expect_change(STAGE_FROM_CURRENT, "date >>a", expected);
        }
}

Test(versions, roll_back) {
        _cleanup_close_ int staging_fd = -EBADF;
        _cleanup_(version_list_clear) VersionList list = {};
        const Version *previous;

        make_versions(3);
        cr_assert_eq(version_list_load(store_fd, &list), 0);
        previous = version_list_previous(&list);
        cr_assert_not_null(previous);
        cr_expect_str_eq(previous->id, "2");
        cr_expect_gt(previous->made, 0);

        staging_fd = version_store_lock(store_fd);
        cr_expect_eq(version_switch(store_fd, staging_fd, "2"), 0);
        cr_expect_eq(version_switch(store_fd, staging_fd, "9"), -ENOENT);
        cr_expect_eq(version_switch(store_fd, staging_fd, "../versions/1"), -ENOENT);
        staging_fd = safe_close(staging_fd);
        expect_versions("1 2* 3 ");
        /* The number of one that was rolled back is not given again. */
        expect_change(STAGE_FROM_CURRENT, "date >>a", "4");
}

static void expect_previous(const char *expected) {
        _cleanup_(version_list_clear) VersionList list = {};
        const Version *previous;

        cr_assert_eq(version_list_load(store_fd, &list), 0);
        previous = version_list_previous(&list);
        cr_assert_not_null(previous);
        cr_expect_str_eq(previous->id, expected);
}

Test(versions, roll_back_goes_by_numbers) {
        make_versions(2);
        run("mkdir versions/by-hand");
        expect_previous("1");
        run("ln -sfn versions/by-hand current");
        expect_previous("2");
        run("ln -sfn versions/9 current");
        expect_previous("2");
}

Test(versions, nothing_to_roll_back_to) {
        _cleanup_(version_list_clear) VersionList list = {};

        make_versions(1);
        cr_assert_eq(version_list_load(store_fd, &list), 0);
        cr_expect_null(version_list_previous(&list));
}

static int is_used(const char *id, void *userdata) {
        return userdata && strcmp(id, userdata) == 0;
}

static size_t collect(size_t keep, const char *used) {
        _cleanup_close_ int staging_fd = version_store_lock(store_fd);
        size_t n = 99;

        cr_assert_eq(
                version_collect(store_fd, staging_fd, keep, is_used, (void *) (uintptr_t) used, &n),
                0);
        return n;
}

Test(versions, collect_keeps_the_newest_and_the_used) {
        _cleanup_close_ int staging_fd = -EBADF;

        make_versions(6);
        run("mkdir versions/old-by-hand");
        cr_expect_eq(collect(3, "2"), 2);
        expect_versions("old-by-hand 2 4 5 6* ");
        cr_expect_eq(collect(3, NULL), 1);

        staging_fd = version_store_lock(store_fd);
        cr_assert_eq(version_switch(store_fd, staging_fd, "4"), 0);
        staging_fd = safe_close(staging_fd);
        cr_expect_eq(collect(0, NULL), 1);
        expect_versions("old-by-hand 4* 6 ");
}

Test(versions, collect_without_versions) {
        cr_expect_eq(collect(1, NULL), 0);
}

/* Used from the second question on: mounted just before the version was moved away. */
static int is_used_late(const char *id, void *userdata) {
        unsigned *n = userdata;

        (void) id;
        return (*n)++ > 0;
}

Test(versions, collect_gives_back_one_that_was_mounted_meanwhile) {
        _cleanup_close_ int staging_fd = -EBADF;
        unsigned n_questions = 0;
        size_t n;

        make_versions(2);
        staging_fd = version_store_lock(store_fd);
        cr_assert_eq(version_collect(store_fd, staging_fd, 1, is_used_late, &n_questions, &n), 0);
        cr_expect_eq(n_questions, 2);
        cr_expect_eq(n, 0);
        expect_versions("1 2* ");
        cr_expect(is_there("versions/1/a"));
}

Test(versions, a_killed_collection_is_finished) {
        make_versions(3);
        run("mv versions/1 staging/trash.1 && mv versions/2 staging/trash.2");
        cr_expect_eq(collect(3, "2"), 0);
        expect_versions("2 3* ");
        cr_expect_not(is_there("staging/trash.1"));
}

static int is_used_unknown(const char *id, void *userdata) {
        (void) id;
        (void) userdata;
        return -EACCES;
}

Test(versions, collect_removes_nothing_when_current_is_unusable) {
        _cleanup_close_ int staging_fd = -EBADF;
        size_t n;

        make_versions(3);
        run("ln -sfn ./versions/1 current");
        staging_fd = version_store_lock(store_fd);
        cr_expect_eq(version_collect(store_fd, staging_fd, 1, is_used, NULL, &n), -EBADMSG);
        expect_versions("1 2 3 ");
}

Test(versions, collect_removes_nothing_when_it_can_not_tell) {
        _cleanup_close_ int staging_fd = -EBADF;
        size_t n;

        make_versions(3);
        staging_fd = version_store_lock(store_fd);
        cr_expect_eq(version_collect(store_fd, staging_fd, 1, is_used_unknown, NULL, &n), -EACCES);
        expect_versions("1 2 3* ");
}

/* --- the lock -----------------------------------------------------------------------------------
 */

Test(versions, one_at_a_time) {
        _cleanup_close_ int staging_fd = version_store_lock(store_fd);
        int status, pipe_fds[2];
        char byte;
        pid_t pid;

        cr_assert_eq(pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK), 0);
        pid = fork();
        if (pid == 0) {
                int other;

                /* The child's copy would hold the parent's lock. */
                staging_fd = safe_close(staging_fd);
                other = version_store_lock(store_fd);

                _exit(other < 0 || write(pipe_fds[1], "x", 1) != 1);
        }
        (void) usleep(100000);
        cr_expect_eq(read(pipe_fds[0], &byte, 1), -1, "the other one got the lock as well");
        staging_fd = safe_close(staging_fd);
        cr_assert_eq(waitpid(pid, &status, 0), pid);
        cr_expect_eq(status, 0);
        cr_expect_eq(read(pipe_fds[0], &byte, 1), 1);
        cr_expect_eq(look("staging").st_mode & 07777, 0700);
}
