/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <stdint.h>

/*
 * System calls of the program's own ABI, without the C library: int 0x80 as i386, which is the way
 * a filter for that ABI must catch, and syscall as x86-64.
 */

/* By name or decimal number. Returns 0 or -EINVAL. */
int syscall_number(const char *word, uint32_t *ret);

/* NULL if it has no name here. */
const char *syscall_name(uint32_t number);

/* Every argument is -1, with which all of the named ones fail or do nothing. Returns the result
 * or a negative errno. */
int syscall_try(uint32_t number);
