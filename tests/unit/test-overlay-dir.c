/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/overlay-dir.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static char directory[64];
static int root_fd = -1;

static void setup(void) {
        strcpy(directory, "/tmp/overlay-dir-XXXXXX");
        cr_assert_not_null(mkdtemp(directory));
        root_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        cr_assert_geq(root_fd, 0);
}

static void teardown(void) {
        char command[128];

        (void) close(root_fd);
        (void) snprintf(command, sizeof(command), "rm -rf %s", directory);
        cr_assert_eq(system(command), 0);
}

TestSuite(overlay_dir, .init = setup, .fini = teardown);

/* Makes a directory and those above it. */
static void make(const char *path) {
        char command[512];

        (void) snprintf(command, sizeof(command), "mkdir -p '%s/%s'", directory, path);
        cr_assert_eq(system(command), 0);
}

static void make_file(const char *path) {
        int fd = openat(root_fd, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

        cr_assert_geq(fd, 0);
        (void) close(fd);
}

static void expect_list(const char *expected) {
        _cleanup_(strv_freep) char **refs = NULL;
        char text[1024] = "";

        cr_assert_eq(overlay_dir_list(root_fd, &refs), 0);
        for (char **ref = refs; *ref; ref++) {
                strcat(text, *ref);
                strcat(text, " ");
        }
        cr_expect_str_eq(text, expected);
}

static int try_open(const char *ref, char **ret_version) {
        _cleanup_close_ int fd = -EBADF;

        return overlay_dir_open(root_fd, ref, &fd, ret_version);
}

static void expect_error(const char *ref, int error) {
        _cleanup_free_ char *version = NULL;

        cr_expect_eq(try_open(ref, &version), error, "%s", ref);
        cr_expect_null(version);
}

Test(overlay_dir, list_nothing) {
        expect_list("");
}

Test(overlay_dir, list_every_kind) {
        make("plain/left4dead2/cfg");
        make("files");
        make_file("files/readme");
        make("group/one/left4dead2");
        make("group/deeper/two/anything/below");
        make("empty");
        make("versioned/versions/7");
        cr_assert_eq(symlinkat("versions/7", root_fd, "versioned/current"), 0);
        make("coming");
        make_file("coming/overlay.yaml");
        expect_list("coming empty files group/deeper/two group/one plain versioned ");
}

Test(overlay_dir, list_leaves_out_what_can_be_none) {
        make("real/left4dead2");
        make("Not-A-Ref/left4dead2");
        make(".hidden/left4dead2");
        make_file("file");
        cr_assert_eq(symlinkat("real", root_fd, "link"), 0);
        expect_list("real ");
}

Test(overlay_dir, open_a_plain_one) {
        _cleanup_free_ char *version = NULL;

        make("group/plain/left4dead2");
        cr_expect_eq(try_open("group/plain", &version), 0);
        cr_expect_null(version);
}

Test(overlay_dir, open_the_current_version) {
        _cleanup_free_ char *version = NULL;

        make("v/versions/2");
        cr_assert_eq(symlinkat("versions/2", root_fd, "v/current"), 0);
        cr_expect_eq(try_open("v", &version), 0);
        cr_expect_str_eq(version, "versions/2");
}

Test(overlay_dir, refuse) {
        make("bad/versions/1");
        make("real/left4dead2");
        make("soon");
        make_file("soon/overlay.yaml");
        make("gone");
        cr_assert_eq(symlinkat("versions/1/../../..", root_fd, "bad/current"), 0);
        cr_assert_eq(symlinkat("versions/9", root_fd, "gone/current"), 0);
        cr_assert_eq(symlinkat("real", root_fd, "link"), 0);
        expect_error("nothing", -ENOENT);
        expect_error("../real", -EINVAL);
        expect_error("link", -ELOOP);
        expect_error("bad", -EBADMSG);
        expect_error("soon", -ENODATA);
        expect_error("gone", -ESTALE);
}
