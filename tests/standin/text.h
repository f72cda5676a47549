/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

/* Small text helpers: what the stand-in reports must be unambiguous, whatever it was given. */

/* Appends `size` bytes of `s` as the inside of a C string literal: printable ASCII stays. */
void text_escape(Buffer *b, const char *s, size_t size);

/* Undoes C escapes in place (\n \t \r \e \\ \" \xNN, NNN octal is not known). Returns the length,
 * which may include NUL bytes. */
size_t text_unescape(char *s);

/* The words from `first` on, joined by spaces, ended by a NUL that does not count. */
void text_join(Buffer *b, int first, int argc, char **argv);

/* Decimal number from 0 to max, nothing else. Returns 0 or -EINVAL. */
int parse_number(const char *s, uint32_t max, uint32_t *ret);

/* "EPERM" for -EPERM, "ok" for 0. */
const char *result_name(int r);
