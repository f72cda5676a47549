/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Whether this host executes i386 programs, as the game is one. For left4me-launch, which explains
 * a failed start, and for l4d2ctl doctor.
 */

#include "base/cleanup.h"

#define I386_LOADER "/lib/ld-linux.so.2"

/*
 * Executes the i386 dynamic loader, silently. Returns 0 if it runs; -ENOEXEC if this kernel
 * executes no i386 programs; -ENOENT if the host has no i386 loader; -EIO if it starts and fails;
 * another -errno.
 */
int i386_check(void) _must_check_;

/* Whether the ELF header at the start of this open file says i386. Returns 1, 0 or -errno. */
int i386_is_program(int fd) _must_check_;
