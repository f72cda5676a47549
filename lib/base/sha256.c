/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/sha256.h"

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
