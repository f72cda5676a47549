/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* SHA-256 (FIPS 180-4), for tokens, and to recognise a file as the one that was read: a hundred
 * lines rather than a library of cryptography. */

#include <stddef.h>
#include <stdint.h>

enum { SHA256_SIZE = 32, SHA256_TEXT_MAX = 65 };

void sha256(const void *data, size_t size, uint8_t ret[static SHA256_SIZE]);

/* The same as 64 hexadecimal digits and a NUL. */
void sha256_text(const void *data, size_t size, char ret[static SHA256_TEXT_MAX]);

/* size bytes as 2 * size hexadecimal digits and a NUL. */
void hex_encode(const uint8_t *data, size_t size, char *ret);
