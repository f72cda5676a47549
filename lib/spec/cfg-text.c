/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/cfg-text.h"

#include <string.h>

#include "base/utf8.h"

/* One command of a line. */
typedef struct Command {
        const char *start, *end; /* without the ';' or comment behind it */
        const char *next;        /* where the rest of the line begins; NULL: it was the last */
} Command;

bool cfg_text_is_quotable(const char *text) {
        for (const char *p = text; *p; p++)
                if (*p < ' ' || *p >= 0x7f || *p == '"' || *p == '\\')
                        return false;
        return true;
}

/* The engine counts every byte up to the blank as one. */
static bool is_blank(char c) {
        return (unsigned char) c <= ' ';
}

/* Characters that end a word without quotes, beside blanks: the engine treats each as a word. */
static bool ends_word(char c) {
        static const char marks[] = { '"', '{', '}', '(', ')', '\'', ':' };

        return is_blank(c) || memchr(marks, c, sizeof(marks));
}

static Command read_command(const char *p, const char *end) {
        Command command = { .start = p, .end = end };
        bool quoted = false;

        for (; p < end; p++) {
                if (*p == '"')
                        quoted = !quoted;
                else if (!quoted && *p == ';') {
                        command.end = p;
                        command.next = p + 1;
                        break;
                } else if (!quoted && p[0] == '/' && end - p > 1 && p[1] == '/') {
                        command.end = p;
                        break;
                }
        }
        return command;
}

/* Takes the command's first word off; returns whether it is this one. */
static bool take_word(Command *command, const char *word) {
        const char *p = command->start, *start;
        bool quoted;

        while (p < command->end && is_blank(*p))
                p++;
        quoted = p < command->end && *p == '"';
        start = p += quoted;
        while (p < command->end && (quoted ? *p != '"' : !ends_word(*p)))
                p++;

        command->start = p + (quoted && p < command->end);
        return strlen(word) == (size_t) (p - start) &&
               ascii_strncasecmp(start, word, strlen(word)) == 0;
}

bool cfg_line_runs(const char *line, size_t size, const char *command) {
        for (const char *p = line, *end = line + size; p;) {
                Command one = read_command(p, end);

                p = one.next;
                if (take_word(&one, command))
                        return true;
        }
        return false;
}

static bool contains(const Command *command, const char *word) {
        size_t length = strlen(word);

        for (const char *p = command->start; (size_t) (command->end - p) >= length; p++)
                if (ascii_strncasecmp(p, word, length) == 0)
                        return true;
        return false;
}

bool cfg_line_mentions(const char *line, size_t size, const char *word) {
        for (const char *p = line, *end = line + size; p;) {
                Command one = read_command(p, end);

                if (contains(&one, word))
                        return true;
                p = one.next;
        }
        return false;
}

/* All that is behind the command's name, as the engine gives it to a variable. */
static const char *trim_argument(const Command *command, size_t *ret_size) {
        const char *start = command->start, *end = command->end;

        while (start < end && is_blank(*start))
                start++;
        while (start < end && is_blank(end[-1]))
                end--;
        if (start == end)
                return NULL;
        if (*start == '"') {
                const char *quote;

                start++;
                quote = memchr(start, '"', (size_t) (end - start));
                end = quote ? quote : end;
        }

        *ret_size = (size_t) (end - start);
        return start;
}

const char *cfg_line_argument(
        const char *line, size_t size, const char *command, size_t *ret_size) {
        const char *found = NULL;

        for (const char *p = line, *end = line + size; p;) {
                Command one = read_command(p, end);
                const char *argument;

                p = one.next;
                if (!take_word(&one, command))
                        continue;
                argument = trim_argument(&one, ret_size);
                found = argument ? argument : found;
        }
        return found;
}
