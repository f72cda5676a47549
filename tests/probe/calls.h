/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

/*
 * System calls of the i386 ABI made by hand, from either build: `int $0x80` is open to 64-bit
 * programs too, and a filter that forgets it is useless. Both return a negative errno as the kernel
 * does.
 */

/* The fourth and fifth argument are 0. */
long int80(long number, long a, long b, long c);

/* An i386 socketcall(2), whose arguments lie in memory, where no system call filter sees them. */
long socketcall(int call, long a, long b, long c);

/* Memory below 4 GiB, of one page, for what an i386 call is given a pointer to. */
void *low_page(void);

#define I386_SOCKET        359
#define I386_SOCKETCALL    102
#define SOCKETCALL_SOCKET  1
#define SOCKETCALL_CONNECT 3
