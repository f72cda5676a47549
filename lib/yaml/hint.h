/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Mistakes in YAML that people make and that the parser reports elsewhere, late or not at all. For
 * yaml/tree.c and the checks of values.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "yaml/tree.h"

/* A character that looks like a space, or like nothing, and isn't a space for YAML. */
bool yaml_is_odd_blank(uint32_t character);

/*
 * Whether the character at offset i, which is an odd blank, stands where YAML wants a space: in the
 * indentation, or right behind a key and its colon. line is where its line begins.
 */
bool yaml_stands_for_space(const char *text, size_t line, size_t i);

/* "port" of "port:27015", which lacks a space, at the start of a text without indentation: how long
 * the key is. 0: it is nothing of the kind. */
size_t yaml_key_without_space(const char *text, size_t size);

/*
 * The same for the given line of a text, or the one before it with a value in it: the mistake shows
 * only where the next key begins. Fills the place of the key; 0: there is none.
 */
size_t yaml_line_without_space(
        const YamlSource *source, unsigned line, YamlMark *ret, const char **ret_key);

/* A plain value with an odd number of double quotes. */
bool yaml_has_open_quote(const char *text);

/*
 * Adds an error when a comment begins behind the value that starts and ends at these offsets, which
 * cuts it within its quotes. 1: it did, 0: without a comment, -ENOMEM.
 */
int yaml_complain_cut(
        const YamlSource *source, const YamlNode *node, size_t start, size_t end, bool flow);
