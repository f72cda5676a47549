/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trial/strace-line.h"

#include <string.h>

bool strace_text_equal(const StraceText *text, const char *word) {
        size_t length = strlen(word);

        return text->size == length && memcmp(text->text, word, length) == 0;
}

bool strace_text_starts_with(const StraceText *text, const char *prefix) {
        size_t length = strlen(prefix);

        return text->size >= length && memcmp(text->text, prefix, length) == 0;
}

/* The offset behind the string that begins with the quote at i. */
static size_t skip_string(const StraceText *t, size_t i) {
        for (i++; i < t->size && t->text[i] != '"'; i++)
                if (t->text[i] == '\\')
                        i++;
        return i < t->size ? i + 1 : t->size;
}

/* Whether the '<' at i begins what strace says of the descriptor before it. */
static bool is_annotation(const StraceText *t, size_t i) {
        static const char cwd[] = "AT_FDCWD";
        const size_t length = sizeof(cwd) - 1;

        if (i == 0 || i + 1 >= t->size || t->text[i + 1] == '<')
                return false;
        if (t->text[i - 1] >= '0' && t->text[i - 1] <= '9')
                return true;
        return i >= length && memcmp(t->text + i - length, cwd, length) == 0;
}

/* The offset of the '>' of the annotation that begins at i. strace escapes it in paths, but writes
 * "->" between the two ends of a connection. */
static size_t find_annotation_end(const StraceText *t, size_t i) {
        bool is_path = i + 1 < t->size && t->text[i + 1] == '/';

        for (i++; i < t->size; i++)
                if (t->text[i] == '>' && (is_path || t->text[i - 1] != '-'))
                        break;
        return i;
}

/* The offset behind the character, string or annotation at i. */
static size_t skip_token(const StraceText *t, size_t i) {
        size_t end;

        if (t->text[i] == '"')
                return skip_string(t, i);
        if (t->text[i] != '<' || !is_annotation(t, i))
                return i + 1;
        end = find_annotation_end(t, i);
        return end < t->size ? end + 1 : t->size;
}

/* The offset of the first c outside of any bracket, t->size when there is none. */
static size_t find_outside(const StraceText *t, size_t i, char c) {
        size_t depth = 0;

        for (; i < t->size; i = skip_token(t, i)) {
                if (depth == 0 && t->text[i] == c)
                        break;
                if (strchr("([{", t->text[i]) && t->text[i] != '\0')
                        depth++;
                else if (depth > 0 && strchr(")]}", t->text[i]) && t->text[i] != '\0')
                        depth--;
        }
        return i < t->size ? i : t->size;
}

static bool is_name_character(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
}

static bool parse_name(const StraceText *line, char name[static STRACE_NAME_MAX], size_t *ret_end) {
        size_t n = 0;

        while (n < line->size && n < STRACE_NAME_MAX && is_name_character(line->text[n]))
                n++;
        if (n == 0 || n == STRACE_NAME_MAX || n == line->size || line->text[n] != '(')
                return false;
        memcpy(name, line->text, n);
        name[n] = '\0';
        *ret_end = n;
        return true;
}

/* The number is good enough to tell a result from a failure; what is beyond 63 bits is cut. */
static int64_t parse_result_number(const StraceText *t) {
        int64_t value = 0;

        for (size_t i = 0; i < t->size && t->text[i] >= '0' && t->text[i] <= '9'; i++) {
                if (value > INT64_MAX / 10 - 1)
                        return INT64_MAX;
                value = value * 10 + (t->text[i] - '0');
        }
        return value;
}

/* "-1 ENOENT (No such file or directory)" */
static bool parse_failure(const StraceText *t, char error[static STRACE_ERROR_MAX]) {
        const size_t start = 3;
        size_t n = 0;

        if (!strace_text_starts_with(t, "-1 E"))
                return strace_text_equal(t, "-1");
        while (start + n < t->size && n < STRACE_ERROR_MAX - 1 &&
               is_name_character(t->text[start + n]))
                n++;
        memcpy(error, t->text + start, n);
        error[n] = '\0';
        return true;
}

static bool parse_result(const StraceText *rest, StraceCall *call) {
        StraceText t = *rest;

        while (t.size > 0 && *t.text == ' ')
                t = (StraceText) { t.text + 1, t.size - 1 };
        if (!strace_text_starts_with(&t, "= "))
                return false;
        t = (StraceText) { t.text + 2, t.size - 2 };
        if (t.size == 0)
                return false;

        call->has_result = !strace_text_starts_with(&t, "?");
        if (strace_text_starts_with(&t, "-1")) {
                call->result = -1;
                return parse_failure(&t, call->error);
        }
        call->result = parse_result_number(&t);
        return true;
}

bool strace_call_parse(const char *text, size_t size, StraceCall *ret) {
        const StraceText line = { text, size };
        StraceCall call = {};
        StraceText rest;
        size_t start, end;

        if (!parse_name(&line, call.name, &start))
                return false;
        start++;
        end = find_outside(&line, start, ')');
        if (end >= size)
                return false;
        rest = (StraceText) { text + end + 1, size - end - 1 };
        if (!parse_result(&rest, &call))
                return false;

        call.arguments = (StraceText) { text + start, end - start };
        *ret = call;
        return true;
}

static StraceText trim(const char *text, size_t size) {
        while (size > 0 && *text == ' ') {
                text++;
                size--;
        }
        while (size > 0 && text[size - 1] == ' ')
                size--;
        return (StraceText) { text, size };
}

bool strace_argument(const StraceCall *call, size_t n, StraceText *ret) {
        const StraceText *all = &call->arguments;
        size_t start = 0;

        for (;;) {
                size_t end = find_outside(all, start, ',');

                if (n == 0) {
                        *ret = trim(all->text + start, end - start);
                        return ret->size > 0;
                }
                if (end >= all->size)
                        return false;
                start = end + 1;
                n--;
        }
}

/* Decodes the octal escape that follows a backslash, of one to three digits. */
static size_t decode_octal(const StraceText *t, size_t i, unsigned *ret) {
        unsigned value = 0;
        size_t n = 0;

        while (n < 3 && i + n < t->size && t->text[i + n] >= '0' && t->text[i + n] <= '7')
                value = value * 8 + (unsigned) (t->text[i + n++] - '0');
        *ret = value;
        return n;
}

/* Decodes the escape behind the backslash before i; 0: it is not one. */
static size_t decode_escape(const StraceText *t, size_t i, unsigned *ret) {
        static const char letters[] = "abtnvfr\\\"", bytes[] = "\a\b\t\n\v\f\r\\\"";
        const char *letter;

        if (i >= t->size || t->text[i] == '\0')
                return 0;
        letter = strchr(letters, t->text[i]);
        if (!letter)
                return decode_octal(t, i, ret);
        *ret = (unsigned char) bytes[letter - letters];
        return 1;
}

bool strace_string(const StraceText *argument, char *buffer, size_t size) {
        const char *quote = memchr(argument->text, '"', argument->size);
        size_t i, n = 0;

        if (!quote || size == 0)
                return false;
        for (i = (size_t) (quote - argument->text) + 1;
             i < argument->size && argument->text[i] != '"';) {
                unsigned byte = (unsigned char) argument->text[i];
                size_t length = 1;

                if (byte == '\\') {
                        length = decode_escape(argument, ++i, &byte);
                        if (length == 0)
                                return false;
                }
                if (byte == 0 || byte > UINT8_MAX || n + 1 >= size)
                        return false;
                buffer[n++] = (char) byte;
                i += length;
        }
        if (i >= argument->size)
                return false;
        /* "..." behind the quote: strace cut it. */
        if (i + 1 < argument->size && argument->text[i + 1] == '.')
                return false;
        buffer[n] = '\0';
        return true;
}

bool strace_annotation(const StraceText *argument, StraceText *ret) {
        for (size_t i = 0; i < argument->size; i++) {
                size_t end;

                if (argument->text[i] == '"')
                        return false;
                if (argument->text[i] != '<' || !is_annotation(argument, i))
                        continue;
                end = find_annotation_end(argument, i);
                if (end >= argument->size)
                        return false;
                *ret = (StraceText) { argument->text + i + 1, end - i - 1 };
                return true;
        }
        return false;
}

bool strace_number_after(const StraceText *argument, const char *key, uint32_t *ret) {
        const char *found = memmem(argument->text, argument->size, key, strlen(key));
        const char *end = argument->text + argument->size;
        uint64_t value = 0;
        size_t n = 0;

        if (!found)
                return false;
        for (const char *p = found + strlen(key); p < end && *p >= '0' && *p <= '9'; p++, n++) {
                value = value * 10 + (unsigned) (*p - '0');
                if (value > UINT32_MAX)
                        return false;
        }
        if (n == 0)
                return false;
        *ret = (uint32_t) value;
        return true;
}
