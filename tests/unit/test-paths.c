/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>

#include "base/paths.h"

Test(paths, the_real_system) {
        _cleanup_(paths_freep) Paths *p = NULL;

        cr_assert_eq(paths_new(NULL, &p), 0);
        cr_assert_str_eq(p->root, "");
        cr_assert_str_eq(p->config_file, "/etc/left4me/left4me.conf");
        cr_assert_str_eq(p->instances_dir, "/var/lib/left4me/instances");
        cr_assert_str_eq(p->generator_dir, "/run/systemd/generator");
        cr_assert_str_eq(p->cpu_online, "/sys/devices/system/cpu/online");
}

Test(paths, a_root_prefixes_all_of_them) {
        _cleanup_(paths_freep) Paths *p = NULL;

        cr_assert_eq(paths_new("/test//", &p), 0);
        cr_assert_str_eq(p->root, "/test");
        cr_assert_str_eq(p->state_dir, "/test/var/lib/left4me");
        cr_assert_str_eq(p->unit_dir, "/test/usr/lib/systemd/system");
}

Test(paths, a_root_of_slashes_is_the_real_system) {
        _cleanup_(paths_freep) Paths *p = NULL;

        cr_assert_eq(paths_new("/", &p), 0);
        cr_assert_str_eq(p->state_dir, "/var/lib/left4me");
}

Test(paths, a_relative_root_is_refused) {
        Paths *p = NULL;

        cr_assert_eq(paths_new("test", &p), -EINVAL);
        cr_assert_null(p);
}

Test(paths, the_environment_gives_the_root) {
        _cleanup_(paths_freep) Paths *p = NULL;

        cr_assert_eq(setenv("LEFT4ME_ROOT", "/elsewhere", 1), 0);
        cr_assert_eq(paths_from_environment(&p), 0);
        cr_assert_str_eq(p->run_dir, "/elsewhere/run/left4me");
}
