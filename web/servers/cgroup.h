/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a unit uses, read from its control group: systemd announces no changes of these, and asking
 * it would be calls on the bus for what the kernel says in three files.
 */

#include <stdint.h>

/* UINT64_MAX: not measured on this host. */
typedef struct CgroupUsage {
        uint64_t memory_bytes, cpu_nsec, tasks;
} CgroupUsage;

/* control_group as systemd names it, "/l4d2.slice/…"; NULL or "": none. */
void cgroup_usage_read(const char *control_group, CgroupUsage *ret);
