/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * A byte buffer that grows, for packets and console replies. All numbers are little endian, as on
 * the wire and as on i386. Out of memory ends the program: this is a test program.
 */

typedef struct Buffer {
        uint8_t *data;
        size_t size;
        size_t allocated;
} Buffer;

void buffer_done(Buffer *b);
void buffer_put(Buffer *b, const void *data, size_t size);
void buffer_put_u8(Buffer *b, uint8_t value);
void buffer_put_u16(Buffer *b, uint16_t value);
void buffer_put_u32(Buffer *b, uint32_t value);
/* With its NUL. */
void buffer_put_string(Buffer *b, const char *s);
/* Drops the first `size` bytes. */
void buffer_consume(Buffer *b, size_t size);

/* Unaligned little-endian reads; the caller has checked the bounds. */
uint32_t read_u32(const uint8_t *p);
