/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Text from a game server, made harmless: valid UTF-8 in which nothing is invisible. Control
 * characters and those that change the order or the place of others (bidirectional overrides, line
 * separators, zero width) become \x1b or \u202e, as people write them; line feed and tab stay;
 * invalid bytes become U+FFFD.
 */

#include <stdbool.h>
#include <stddef.h>

/* How many bytes visible_text() needs at most for so many, with the NUL. */
#define VISIBLE_TEXT_MAX(size) (6 * (size) + 1)

/* Returns the length of what is in the buffer, which is NUL-terminated. */
size_t visible_text(const char *text, size_t size, char *buffer);

/*
 * The same for a line that a program wrote for a terminal: colours (ESC [ … m) are left out. The
 * buffer must not be the text.
 */
size_t visible_line(const char *text, size_t size, char *buffer);

/*
 * Whether a NUL-terminated text is one line that visible_text() would leave alone. Joiners, which
 * Persian and emoji are written with, are accepted.
 */
bool text_is_visible(const char *text);
