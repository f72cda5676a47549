/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The resources that a unit uses, read from its control group: systemd announces no changes of
 * these, and three files of the kernel save calls on the bus.
 */

#include <stdint.h>

/* UINT64_MAX: not measured on this host. */
typedef struct CgroupUsage {
        uint64_t memory_bytes, cpu_nsec, tasks;
} CgroupUsage;

/* control_group as systemd names it, "/l4d2.slice/…"; NULL or "": none. */
void cgroup_usage_read(const char *control_group, CgroupUsage *ret);
