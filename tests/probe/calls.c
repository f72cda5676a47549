/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "calls.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

long int80(long number, long a, long b, long c) {
        long r;

        __asm__ volatile("int $0x80"
                         : "=a"(r)
                         : "a"(number), "b"(a), "c"(b), "d"(c), "S"(0), "D"(0)
                         : "memory"
#ifdef __x86_64__
                           ,
                           "r8", "r9", "r10", "r11"
#endif
        );
        return (int) r;
}

void *low_page(void) {
#ifdef __x86_64__
        int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT;
#else
        int flags = MAP_PRIVATE | MAP_ANONYMOUS;
#endif
        void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, flags, -1, 0);

        return page == MAP_FAILED ? NULL : page;
}

long socketcall(int call, long a, long b, long c) {
        uint32_t *arguments = low_page();

        if (!arguments)
                return -ENOMEM;

        arguments[0] = (uint32_t) a;
        arguments[1] = (uint32_t) b;
        arguments[2] = (uint32_t) c;
        return int80(I386_SOCKETCALL, call, (long) (uintptr_t) arguments, 0);
}
