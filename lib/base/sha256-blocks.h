/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Whole blocks of SHA-256 by the processor's own instructions, ten times as fast as libmd. For
 * base/sha256.c alone, which leaves all else to libmd: the beginning, the rest and the padding.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SHA256_BLOCK = 64 };

bool sha256_has_instructions(void);

/* Adds n blocks to the state; only where sha256_has_instructions(). */
void sha256_blocks(uint32_t state[static 8], const uint8_t *data, size_t n);
