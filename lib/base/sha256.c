/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/sha256.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/sha256-blocks.h"

void sha256(const void *data, size_t size, uint8_t ret[static SHA256_SIZE]) {
        SHA2_CTX context;

        SHA256Init(&context);
        SHA256Update(&context, data, size);
        SHA256Final(ret, &context);
}

void hex_encode(const uint8_t *data, size_t size, char *ret) {
        static const char digits[] = "0123456789abcdef";

        for (size_t i = 0; i < size; i++) {
                ret[i * 2] = digits[data[i] >> 4];
                ret[i * 2 + 1] = digits[data[i] & 15];
        }
        ret[size * 2] = '\0';
}

void sha256_text(const void *data, size_t size, char ret[static SHA256_TEXT_MAX]) {
        (void) SHA256Data(data, size, ret);
}

/* As SHA256Update(); the context has whole blocks so far. */
static void add(SHA2_CTX *context, const uint8_t *data, size_t size, bool is_fast) {
        size_t n = is_fast ? size / SHA256_BLOCK : 0, done = n * SHA256_BLOCK;

        if (n > 0)
                sha256_blocks(context->state.st32, data, n);
        context->bitcount[0] += done * 8;
        SHA256Update(context, data + done, size - done);
}

/* The checksum of the next max bytes. 1: there were some; 0: none. */
static int next_digest(int fd, uint64_t max, uint8_t ret[static SHA256_SIZE]) {
        enum { SIZE = 256 * 1024 };
        _cleanup_free_ uint8_t *data = malloc(SIZE);
        bool is_fast = sha256_has_instructions();
        uint64_t size = 0;
        SHA2_CTX context;
        ssize_t n = 0;

        if (!data)
                return -ENOMEM;
        SHA256Init(&context);
        while (size < max && (n = read_full(fd, data, SIZE)) > 0) {
                add(&context, data, (size_t) n, is_fast);
                size += (uint64_t) n;
        }
        if (n < 0)
                return (int) n;
        SHA256Final(ret, &context);
        return size > 0;
}

int sha256_of_file(int fd, char ret[static SHA256_TEXT_MAX]) {
        uint8_t digest[SHA256_SIZE];
        int r = next_digest(fd, UINT64_MAX, digest);

        if (r >= 0)
                hex_encode(digest, sizeof(digest), ret);
        return r < 0 ? r : 0;
}

int sha256_of_parts(int fd, char ret[static SHA256_TEXT_MAX]) {
        uint8_t digest[SHA256_SIZE];
        SHA2_CTX context;
        int r;

        SHA256Init(&context);
        while ((r = next_digest(fd, SHA256_PART, digest)) > 0)
                SHA256Update(&context, digest, sizeof(digest));
        if (r < 0)
                return r;
        SHA256Final(digest, &context);
        hex_encode(digest, sizeof(digest), ret);
        return 0;
}
