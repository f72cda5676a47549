/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The bytes of a file that a parser reads here and there: an open file, or memory. Each read is
 * checked against the size, so a parser can pass on numbers that it found in the file. A file that
 * another process shortens meanwhile gives an error, never a signal as a mapping would.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

typedef struct ByteSource {
        int fd; /* negative: memory */
        const uint8_t *data;
        uint64_t size;
} ByteSource;

/* The descriptor stays the caller's. -EBADFD: not a regular file. */
int byte_source_of_file(int fd, ByteSource *ret) _must_check_;

static inline ByteSource byte_source_of_memory(const void *data, size_t size) {
        return (ByteSource) { .fd = -EBADF, .data = data, .size = size };
}

/* Reads exactly size bytes. -EBADMSG: the file has fewer. */
int byte_source_read(const ByteSource *source, uint64_t offset, void *buffer, size_t size)
        _must_check_;

/* Reads as many of size bytes as the file has there, and returns their number. */
ssize_t byte_source_read_some(const ByteSource *source, uint64_t offset, void *buffer, size_t size)
        _must_check_;
