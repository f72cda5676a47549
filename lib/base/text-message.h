/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Messages from one program to another, that the reader can say in its user's language: `l4d2ctl
 * --errors=json` writes them. Each is a line of JSON:
 *
 *     {"priority":3,"code":"Unknown verb '%s'","arguments":["x"],"text":"Unknown verb 'x'"}
 *
 * code is the message in English with its places, arguments are what stands there, text is the
 * whole in the language of the writer. "plural" is the code for other numbers than one, "number"
 * the one that chooses. "error" is an errno whose words follow after a colon.
 * "file", "line" and "column", from 1, are the place of an error in a file; "source" is that line,
 * "caret" the column in it.
 *
 * An argument can be a text itself, such as a reason: the reader translates it too, if the writer
 * wrote English. The reader shows text where code and arguments don't match. No byte that comes in
 * a line gets to printf.
 */

#include <systemd/sd-json.h>

#include "base/errors.h"
#include "base/log.h"

/* Writes a message that a sink got (log_set_sink()) as a line. */
void text_message_write(const LogMessage *message, FILE *f);

/* Sets "code" and "arguments" of an object. */
int text_message_set_code(sd_json_variant **object, const char *code, char *const *arguments)
        _must_check_;

/* Writes errors of a file, a line each. */
void text_message_write_errors(const SpecErrors *errors, FILE *f);

typedef struct TextMessage {
        int priority; /* LOG_ERR and so on */
        char *text;   /* in the current language (base/text.h) */
        char *file;   /* NULL: not about a file */
        unsigned line, column;
        char *source; /* NULL: none */
        unsigned caret;
} TextMessage;

/* Reads a line without its end. -EBADMSG: not such a message, for example output of another
 * program. */
int text_message_read(const char *line, TextMessage *ret) _must_check_;

void text_message_done(TextMessage *message);

/* Makes the text of a code and its arguments in the current language, as a reader. -EINVAL: they
 * don't match. */
int text_message_say(const char *code, char *const *arguments, char **ret) _must_check_;

/* Makes the text of an object's code and arguments in the current language. -EBADMSG, -EINVAL: it
 * has none, or they don't match. */
int text_message_translate(sd_json_variant *object, char **ret) _must_check_;
