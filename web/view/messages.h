/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The texts of a template that a translation replaces: what stands between {{#_}} and {{/_}}. A
 * message is the text of such a block with each run of white space as one space; it can hold HTML
 * and Mustache tags, with sections that end in it. Blocks don't nest.
 *
 * A translation is a template itself, and who translates must not be able to put other HTML, other
 * values or a way out of an attribute into a page. So it needs the same tags as the message.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/cleanup.h"

enum { MESSAGE_SIZE_MAX = 4096 }; /* with its NUL */

/* The translation of a message, or NULL: the message stays as it is. line: where the block begins.
 */
typedef const char *(*MessageFunction)(const char *message, unsigned line, void *userdata);

/*
 * Writes the template to f, with each message replaced by what the function returns, and the white
 * space around it kept. f may be NULL. Returns -EINVAL and *ret_line for a block that is not
 * closed, empty, or larger than MESSAGE_SIZE_MAX.
 */
int messages_replace(
        const char *text, size_t size, MessageFunction function, void *userdata, FILE *f,
        unsigned *ret_line) _must_check_;

/*
 * NULL when the translation can stand for the message, else what is wrong with it: HTML tags with
 * their attributes, Mustache tags and places like {name} are to be the same ones, in any order;
 * elements and sections are to nest; a quotation mark '"' is to be in it only where the message has
 * one outside of its tags.
 */
const char *translation_fault(const char *message, const char *translation);
