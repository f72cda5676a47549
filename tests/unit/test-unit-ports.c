/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "systemd/unit-ports.h"

#include <criterion/criterion.h>

Test(unit_ports, no_such_group) {
        bool has;

        cr_expect_eq(unit_has_udp_port(-EBADF, "/no/such/group", 1, &has), -ENOENT);
        cr_expect_eq(unit_has_udp_port(-EBADF, "", 1, &has), -ENOENT);
}
