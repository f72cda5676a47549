/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* SHA-256 (FIPS 180-4), by which a file is recognised as the one that was read. */

#include <stddef.h>
#include <stdint.h>

enum { SHA256_SIZE = 32, SHA256_TEXT_SIZE = 2 * SHA256_SIZE + 1 };

/* The sum as lower-case hexadecimal digits, NUL-terminated. */
void sha256_format(const void *data, size_t size, char ret[static SHA256_TEXT_SIZE]);
