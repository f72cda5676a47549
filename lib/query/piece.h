/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A piece of a text that belongs to the caller, for the parsers of this room. Not NUL-terminated;
 * functions that take something shorten the piece from its beginning.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Piece {
        const char *text;
        size_t size;
} Piece;

/* n: at most the piece's size. */
void piece_skip(Piece *piece, size_t n);
void piece_skip_blanks(Piece *piece);
/* Leaves out the prefix, if the piece starts with it. */
bool piece_skip_prefix(Piece *piece, const char *prefix);
/* Leaves out the suffix, if the piece ends with it. */
bool piece_drop_suffix(Piece *piece, const char *suffix);

/* Without its line feed; empty at the end of the text, or when the line is. */
Piece piece_take_line(Piece *text);
/* The next word of a line, empty at its end. */
Piece piece_take_word(Piece *line);
/* The digits at the beginning; false: none, or more than 18, and the piece is as before. */
bool piece_take_number(Piece *piece, uint64_t *ret);

bool piece_starts_with(Piece piece, const char *prefix);
bool piece_equals(Piece piece, const char *text);
bool piece_contains(Piece piece, const char *text);

/* Copies up to max bytes and a NUL, without blanks at the end. */
void piece_copy(Piece piece, char *ret, size_t max);
