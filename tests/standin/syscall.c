/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "syscall.h"

#include <stddef.h>
#include <string.h>

#include "text.h"

/* The numbers of an ABI never change. */
static const struct {
        const char *name;
        uint32_t number;
} calls[] = {
#ifdef __i386__
        { "mount", 21 },         { "ptrace", 26 },
        { "setgroups", 81 },     { "reboot", 88 },
        { "personality", 136 },  { "clock_settime", 264 },
        { "add_key", 286 },      { "keyctl", 288 },
        { "unshare", 310 },      { "perf_event_open", 336 },
        { "memfd_create", 356 }, { "bpf", 357 },
        { "userfaultfd", 374 },  { "io_uring_setup", 425 },
#else
        { "ptrace", 101 },          { "setgroups", 116 },      { "personality", 135 },
        { "mount", 165 },           { "reboot", 169 },         { "clock_settime", 227 },
        { "add_key", 248 },         { "keyctl", 250 },         { "unshare", 272 },
        { "perf_event_open", 298 }, { "memfd_create", 319 },   { "bpf", 321 },
        { "userfaultfd", 323 },     { "io_uring_setup", 425 },
#endif
};

#define N_CALLS (sizeof(calls) / sizeof(calls[0]))

int syscall_number(const char *word, uint32_t *ret) {
        for (size_t i = 0; i < N_CALLS; i++)
                if (strcmp(calls[i].name, word) == 0) {
                        *ret = calls[i].number;
                        return 0;
                }

        return parse_number(word, INT32_MAX, ret);
}

const char *syscall_name(uint32_t number) {
        for (size_t i = 0; i < N_CALLS; i++)
                if (calls[i].number == number)
                        return calls[i].name;

        return NULL;
}

int syscall_try(uint32_t number) {
#ifdef __i386__
        int r;

        __asm__ volatile("int $0x80"
                         : "=a"(r)
                         : "a"(number), "b"(-1), "c"(-1), "d"(-1), "S"(-1), "D"(-1)
                         : "memory");
        return r;
#else
        long r;
        register long fourth __asm__("r10") = -1;

        __asm__ volatile("syscall"
                         : "=a"(r)
                         : "a"((long) number), "D"(-1L), "S"(-1L), "d"(-1L), "r"(fourth)
                         : "rcx", "r11", "memory");
        return (int) r;
#endif
}
