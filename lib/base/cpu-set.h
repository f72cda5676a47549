/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A set of CPU numbers as the kernel and systemd write them: "0-3,8". Fixed size, no pointers.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"

enum { CPU_SET_MAX = 1024 };

typedef struct CpuSet {
        uint64_t bits[CPU_SET_MAX / 64];
} CpuSet;

/* Numbers and ranges joined by commas, no spaces, ascending within a range; not empty.
 * Returns 0, -EINVAL for bad syntax, -ERANGE for a number of CPU_SET_MAX or more. */
int cpu_set_parse(const char *text, CpuSet *ret) _must_check_;

/* The shortest text that parses to the same set, "" for the empty set; from malloc. */
int cpu_set_format(const CpuSet *set, char **ret) _must_check_;

bool cpu_set_is_empty(const CpuSet *set);
bool cpu_set_is_subset(const CpuSet *set, const CpuSet *of);

/* a without what is in b. */
CpuSet cpu_set_subtract(const CpuSet *a, const CpuSet *b);
