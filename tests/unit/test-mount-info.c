/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "layer/mount-info.h"

Test(mount_info, parses_a_line_of_the_kernel) {
        char line[] = "36 35 98:0 / /a\\040b rw,nosuid shared:1 - overlay left4me-1 "
                      "rw,lowerdir+=/x,upperdir=/u\\054v,workdir=/w";
        _cleanup_free_ char *upper = NULL, *none = NULL;
        MountInfo mount;

        cr_assert_eq(mount_info_parse(line, &mount), 0);
        cr_assert_eq(mount.id, 36);
        cr_assert_str_eq(mount.device, "98:0");
        cr_assert(mount_info_has_flag(mount.flags, "rw"));
        cr_assert(mount_info_has_flag(mount.flags, "nosuid"));
        cr_assert(!mount_info_has_flag(mount.flags, "no"));
        cr_assert(!mount_info_has_flag(mount.flags, "suid"));
        cr_assert_str_eq(mount.root, "/");
        cr_assert_str_eq(mount.mount_point, "/a b");
        cr_assert_str_eq(mount.fs_type, "overlay");
        cr_assert_eq(mount_info_option(&mount, "upperdir", &upper), 0);
        cr_assert_str_eq(upper, "/u,v");
        cr_assert_eq(mount_info_option(&mount, "upper", &none), -ENODATA);
}

Test(mount_info, refuses_what_is_no_such_line) {
        static const char *const lines[] = { "", "x", "36 35", "36 35 98:0 / /a rw",
                                             "- - - - - -" };

        for (size_t i = 0; i < ELEMENTSOF(lines); i++) {
                char line[64];
                MountInfo mount;

                (void) snprintf(line, sizeof(line), "%s", lines[i]);
                cr_assert_eq(mount_info_parse(line, &mount), -EBADMSG, "%s", lines[i]);
        }
}

static int count(const MountInfo *mount, void *userdata) {
        unsigned *n = userdata;

        cr_assert_not_null(mount->mount_point);
        (*n)++;
        return 0;
}

static int stop(const MountInfo *mount _unused_, void *userdata _unused_) {
        return 7;
}

Test(mount_info, walks_what_is_mounted) {
        unsigned n = 0;

        cr_assert_eq(mount_info_each(count, &n), 0);
        cr_assert_gt(n, 0);
        cr_assert_eq(mount_info_each(stop, NULL), 7);
}

static int is_path(const char *layer, void *userdata) {
        return strcmp(layer, userdata) == 0;
}

static int has_layer(const char *options, const char *path) {
        char line[512];
        MountInfo mount;

        (void) snprintf(line, sizeof(line), "1 2 0:3 / /m rw - overlay overlay %s", options);
        cr_assert_eq(mount_info_parse(line, &mount), 0);
        return mount_info_each_layer(&mount, is_path, (void *) (uintptr_t) path);
}

Test(mount_info, lower_directories) {
        const char *ours = "rw,lowerdir+=/l/1,lowerdir+=/o/a\\054b,lowerdir+=/i/12,upperdir=/u";

        cr_expect_eq(has_layer(ours, "/l/1"), 1);
        cr_expect_eq(has_layer(ours, "/i/12"), 1);
        cr_expect_eq(has_layer(ours, "/o/a,b"), 1);
        cr_expect_eq(has_layer(ours, "/o/a"), 0);
        cr_expect_eq(has_layer(ours, "/i/1"), 0);
        cr_expect_eq(has_layer(ours, "/u"), 0);
        /* As mount(8) of people makes them. */
        cr_expect_eq(has_layer("rw,lowerdir=/a:/b/2:/c", "/b/2"), 1);
        cr_expect_eq(has_layer("rw,lowerdir=/a:/b/22", "/b/2"), 0);
        cr_expect_eq(has_layer("rw,lowerdir=/a:/b/2", "/a"), 1);
        cr_expect_eq(has_layer("rw", "/a"), 0);
}

Test(mount_info, lower_directories_of_overlays_only) {
        char line[] = "1 2 0:3 / /m rw - tmpfs tmpfs rw,lowerdir=/a";
        MountInfo mount;

        cr_assert_eq(mount_info_parse(line, &mount), 0);
        cr_expect_eq(mount_info_each_layer(&mount, is_path, (void *) (uintptr_t) "/a"), 0);
}
