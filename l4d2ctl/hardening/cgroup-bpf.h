/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The BPF programs that hold for a control group, its own and those of its parents. systemd
 * attaches them for SocketBindDeny=, IPAddressDeny= and DevicePolicy=.
 */

#include <stdbool.h>

#include "base/cleanup.h"

typedef enum CgroupHook {
        CGROUP_BIND4,
        CGROUP_BIND6,
        CGROUP_INGRESS,
        CGROUP_EGRESS,
        CGROUP_DEVICE,
        _CGROUP_HOOK_MAX,
} CgroupHook;

/* How many programs each hook has; or -errno: -EPERM not root, -EINVAL the kernel has no such. */
typedef struct CgroupPrograms {
        int n[_CGROUP_HOOK_MAX];
} CgroupPrograms;

/* path: of the directory in /sys/fs/cgroup. */
void cgroup_count_programs(const char *path, CgroupPrograms *ret);

/* Whether systemd could load libbpf, without which it does not restrict binding. */
bool libbpf_is_present(void);
