/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * UTF-8 as the spec files need it: strict decoding, and the way between byte offsets, which a
 * program cuts at, and lines and columns in characters, which a human counts.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The length of the character at the start of text, 1 to 4, or 0 when it is not valid UTF-8
 * (overlong forms and surrogates are not). size is at least 1. */
size_t utf8_decode(const char *text, size_t size, uint32_t *ret_character);

/* Unlike tolower() and strcasecmp(), in any locale: in a Turkish one I and i are different letters.
 */
char ascii_lower(char c);

/* As strcasecmp() and strncasecmp(), by ascii_lower(). */
int ascii_strcasecmp(const char *a, const char *b);
int ascii_strncasecmp(const char *a, const char *b, size_t n);

/* A copy from malloc in small letters; NULL without memory. */
char *ascii_lower_copy(const char *text);

/* The same for one form of a character of any script, by which two of them are compared. */
uint32_t utf8_fold(uint32_t character);

/*
 * Whether bytes of whatever kind have the text in them, in capitals or small letters of any script.
 * Letters whose other form is several (as with German ß) are only themselves.
 */
bool utf8_contains_folded(const char *bytes, size_t size, const char *text);

/* Control characters of C0 (tab and line feed too), DEL and C1. */
bool utf8_is_control(uint32_t character);

/* No invalid bytes in a NUL-terminated text. */
bool utf8_is_valid(const char *text);

/* A copy from malloc in which each invalid byte, and each NUL, is U+FFFD; NULL without memory. */
char *utf8_make_valid(const char *text, size_t size);

/* No invalid bytes and no control characters in a NUL-terminated text. */
bool utf8_is_printable(const char *text);

/* The characters of a NUL-terminated text; an invalid byte counts as one. */
size_t utf8_length(const char *text);

/* The byte offset of the character number n (from 0), at most size. The text must be valid. */
size_t utf8_offset(const char *text, size_t size, size_t n);

/* Line and column, both from 1, of a byte offset. An invalid byte counts as one character. */
void utf8_position(const char *text, size_t offset, unsigned *ret_line, unsigned *ret_column);
