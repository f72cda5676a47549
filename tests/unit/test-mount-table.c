/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "layer/mount-table.h"

static const char host_text[] = "1 0 8:1 / / rw - ext4 /dev/vda rw\n"
                                "2 1 0:5 / /run rw,nosuid - tmpfs tmpfs rw\n"
                                "3 1 8:2 / /home rw - ext4 /dev/vdb rw\n";

static const char process_text[] = "11 0 8:1 / / ro - ext4 /dev/vda rw\n"
                                   "12 11 0:9 / /run ro,nosuid - tmpfs tmpfs rw\n"
                                   "13 11 8:2 / /home rw - ext4 /dev/vdb rw\n"
                                   "14 13 0:5 /inaccessible/dir /home ro - tmpfs tmpfs rw\n"
                                   "15 11 8:1 /srv/a /tmp rw - ext4 /dev/vda rw\n"
                                   "16 12 0:5 /log/socket /run/log/socket rw - tmpfs tmpfs rw\n"
                                   "17 12 0:5 /log/other /run/log/stdout rw - tmpfs tmpfs rw\n";

static void read_table(const char *text, MountTable *ret) {
        FILE *f = fmemopen((char *) (uintptr_t) text, strlen(text), "r");

        cr_assert_not_null(f);
        cr_assert_eq(mount_table_read(f, ret), 0);
        (void) fclose(f);
}

Test(mount_table, finds_what_a_path_lies_on) {
        _cleanup_(mount_table_clear) MountTable t = {};

        read_table(process_text, &t);
        cr_assert_eq(t.n_items, 7);
        cr_assert_eq(mount_table_find(&t, "/")->id, 11);
        cr_assert_eq(mount_table_find(&t, "/usr")->id, 11);
        cr_assert_eq(mount_table_find(&t, "/run")->id, 12);
        cr_assert_eq(mount_table_find(&t, "/run/user/1")->id, 12);
        cr_assert_eq(mount_table_find(&t, "/runner")->id, 11);
        cr_assert_eq(mount_table_find(&t, "/home/a")->id, 14);
        cr_assert_null(mount_table_find(&t, "relative"));
        cr_assert_str_eq(mount_table_find(&t, "/run")->flags, "ro,nosuid");
}

Test(mount_table, tells_what_is_not_the_hosts) {
        _cleanup_(mount_table_clear) MountTable host = {}, process = {}, none = {};

        read_table(host_text, &host);
        read_table(process_text, &process);
        cr_assert(!mount_table_differs(&process, &host, "/"));
        cr_assert(!mount_table_differs(&process, &host, "/usr/bin"));
        cr_assert(mount_table_differs(&process, &host, "/run/dbus"));
        cr_assert(mount_table_differs(&process, &host, "/home"));
        cr_assert(mount_table_differs(&process, &host, "/tmp"));
        /* One file of the host's file system, at its own place and at another's. */
        cr_assert(!mount_table_differs(&process, &host, "/run/log/socket"));
        cr_assert(!mount_table_differs(&host, &process, "/run/log/socket"));
        cr_assert(mount_table_differs(&process, &host, "/run/log/stdout"));
        cr_assert(mount_table_differs(&host, &process, "/run/log/stdout"));
        cr_assert(mount_table_differs(&none, &host, "/"));
        cr_assert(!mount_table_differs(&none, &none, "/"));
}

Test(mount_table, refuses_what_the_kernel_does_not_write) {
        _cleanup_(mount_table_clear) MountTable t = {};
        static const char text[] = "1 0 8:1 / / rw - ext4 /dev/vda rw\nno such line\n";
        FILE *f = fmemopen((char *) (uintptr_t) text, strlen(text), "r");

        cr_assert_eq(mount_table_read(f, &t), -EBADMSG);
        (void) fclose(f);
}
