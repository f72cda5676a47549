/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "query/piece.h"

#include <string.h>

enum { DIGITS_MAX = 18 };

static bool is_blank(char c) {
        return c == ' ' || c == '\t' || c == '\r';
}

void piece_skip(Piece *piece, size_t n) {
        piece->text += n;
        piece->size -= n;
}

void piece_skip_blanks(Piece *piece) {
        while (piece->size > 0 && is_blank(*piece->text))
                piece_skip(piece, 1);
}

bool piece_skip_prefix(Piece *piece, const char *prefix) {
        if (!piece_starts_with(*piece, prefix))
                return false;
        piece_skip(piece, strlen(prefix));
        return true;
}

bool piece_drop_suffix(Piece *piece, const char *suffix) {
        size_t size = strlen(suffix);

        if (piece->size < size || memcmp(piece->text + piece->size - size, suffix, size) != 0)
                return false;
        piece->size -= size;
        return true;
}

Piece piece_take_line(Piece *text) {
        const char *end = memchr(text->text, '\n', text->size);
        Piece line = { text->text, end ? (size_t) (end - text->text) : text->size };

        piece_skip(text, end ? line.size + 1 : line.size);
        return line;
}

Piece piece_take_word(Piece *line) {
        Piece word;

        piece_skip_blanks(line);
        word = (Piece) { line->text, 0 };
        while (line->size > 0 && !is_blank(*line->text)) {
                piece_skip(line, 1);
                word.size++;
        }
        return word;
}

bool piece_take_number(Piece *piece, uint64_t *ret) {
        uint64_t value = 0;
        size_t n = 0;

        for (; n < piece->size && piece->text[n] >= '0' && piece->text[n] <= '9'; n++) {
                if (n == DIGITS_MAX)
                        return false;
                value = 10 * value + (uint64_t) (piece->text[n] - '0');
        }
        if (n == 0)
                return false;

        piece_skip(piece, n);
        *ret = value;
        return true;
}

bool piece_starts_with(Piece piece, const char *prefix) {
        return piece.size >= strlen(prefix) && memcmp(piece.text, prefix, strlen(prefix)) == 0;
}

bool piece_equals(Piece piece, const char *text) {
        return piece.size == strlen(text) && piece_starts_with(piece, text);
}

bool piece_contains(Piece piece, const char *text) {
        return memmem(piece.text, piece.size, text, strlen(text)) != NULL;
}

void piece_copy(Piece piece, char *ret, size_t max) {
        while (piece.size > 0 && is_blank(piece.text[piece.size - 1]))
                piece.size--;
        if (piece.size > max)
                piece.size = max;
        if (piece.size > 0)
                memcpy(ret, piece.text, piece.size);
        ret[piece.size] = '\0';
}
