/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Parses the kernel's message about a process that a system call filter ended: the audit record of
 * type 1326, as the journal has it. From the kernel's log the text begins with "audit: type=1326
 * audit(…):", from the audit socket with "SECCOMP"; the rest is the same.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct SeccompRecord {
        uint32_t uid;
        uint32_t pid;       /* as the initial PID namespace numbers it */
        uint32_t signal;    /* the one it was killed with, 0: it was not */
        uint32_t arch;      /* AUDIT_ARCH_… */
        uint32_t call;      /* number of the system call in that ABI */
        char process[64];   /* what the process calls itself; any byte but NUL */
        char program[1024]; /* its program as it saw it, cut when longer; any byte but NUL */
} SeccompRecord;

/* The text need not be a string: it is size bytes of anything. Returns false for any other text. */
bool seccomp_record_parse(const char *text, size_t size, SeccompRecord *ret);
