/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* SHA-256 by libmd, for data of any type: for tokens, and to recognise a file as the one that was
 * read. dpkg needs libmd, so every Debian host has it. Large files by the processor's own
 * instructions, where it has them. */

#include <sha2.h>
#include <stddef.h>
#include <stdint.h>

enum { SHA256_SIZE = SHA256_DIGEST_LENGTH, SHA256_TEXT_MAX = SHA256_DIGEST_STRING_LENGTH };

void sha256(const void *data, size_t size, uint8_t ret[static SHA256_SIZE]);

/* The same as 64 hexadecimal digits and a NUL. */
void sha256_text(const void *data, size_t size, char ret[static SHA256_TEXT_MAX]);

/* The same of all that can be read from a descriptor. 0, -ENOMEM or -errno. */
int sha256_of_file(int fd, char ret[static SHA256_TEXT_MAX]);

/* The same of the checksums of its parts, one after the other as bytes: browsers compute the
 * checksum of data in memory ten times as fast as any other. */
enum { SHA256_PART = 8 * 1024 * 1024 };
int sha256_of_parts(int fd, char ret[static SHA256_TEXT_MAX]);

/* size bytes as 2 * size hexadecimal digits and a NUL. */
void hex_encode(const uint8_t *data, size_t size, char *ret);
