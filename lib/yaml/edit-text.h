/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Positions of things in a YAML text, in bytes, and copying around them, for yaml/edit.c and the
 * files of its edits. An edit only ever goes forward.
 */

#include "yaml/edit.h"

typedef struct TextRange {
        size_t start, end; /* bytes; end excluded */
} TextRange;

void edit_copy_to(YamlEdit *edit, size_t offset);
void edit_skip_to(YamlEdit *edit, size_t offset);
void edit_write_range(YamlEdit *edit, TextRange range);

/* Copies up to the line of start and leaves out all lines to the one of end. */
void edit_remove_lines(YamlEdit *edit, size_t start, size_t end);

/* Copies up to a node's start; one that is nothing at all gets a blank before it. */
void edit_open_node(YamlEdit *edit, const YamlNode *node);

size_t edit_offset(YamlEdit *edit, YamlMark mark);
size_t edit_line_end(const YamlEdit *edit, size_t offset);

/* Where the lines of nothing but a comment begin that stand right above the line that begins at
 * `line`; the same when there are none. */
size_t edit_comments_start(const YamlEdit *edit, size_t line);

/* After the node's last character, without comments and blank lines that libyaml counts in. */
size_t edit_node_end(YamlEdit *edit, const YamlNode *node);

bool edit_is_block(const YamlNode *node);

/* NULL for an empty collection. */
const YamlNode *edit_last_child(const YamlNode *collection);

/* The blanks before a key, before an element's dash, and a key's colon. -EOPNOTSUPP when they are
 * not where everybody writes them. */
int edit_find_indent(YamlEdit *edit, const YamlNode *key, TextRange *ret) _must_check_;
int edit_find_dash(YamlEdit *edit, const YamlNode *element, TextRange *ret) _must_check_;
int edit_find_colon(YamlEdit *edit, const YamlNode *key, size_t *ret) _must_check_;
