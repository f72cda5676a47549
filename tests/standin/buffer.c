/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buffer_done(Buffer *b) {
        free(b->data);
        *b = (Buffer) {};
}

static void buffer_reserve(Buffer *b, size_t size) {
        uint8_t *p;
        size_t n;

        if (b->allocated - b->size >= size)
                return;

        n = (b->size + size) * 2;
        p = realloc(b->data, n);
        if (!p) {
                fputs("standin: out of memory\n", stderr);
                abort();
        }

        b->data = p;
        b->allocated = n;
}

void buffer_put(Buffer *b, const void *data, size_t size) {
        if (size == 0)
                return;

        buffer_reserve(b, size);
        memcpy(b->data + b->size, data, size);
        b->size += size;
}

void buffer_put_u8(Buffer *b, uint8_t value) {
        buffer_put(b, &value, sizeof(value));
}

void buffer_put_u16(Buffer *b, uint16_t value) {
        buffer_put(b, &value, sizeof(value));
}

void buffer_put_u32(Buffer *b, uint32_t value) {
        buffer_put(b, &value, sizeof(value));
}

void buffer_put_string(Buffer *b, const char *s) {
        buffer_put(b, s, strlen(s) + 1);
}

void buffer_consume(Buffer *b, size_t size) {
        if (size == 0)
                return;

        memmove(b->data, b->data + size, b->size - size);
        b->size -= size;
}

uint32_t read_u32(const uint8_t *p) {
        uint32_t value;

        memcpy(&value, p, sizeof(value));
        return value;
}
