/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/unit-writer.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "base/utf8.h"

/* How systemd reads the place where a value stands, and so what has to be done to it there. */
typedef struct Place {
        const char *doubled;     /* characters written twice */
        const char *backslashed; /* characters written behind a backslash */
        bool controls;           /* control characters are written as \xNN, else refused */
} Place;

static const Place place_comment = { .controls = true };
static const Place place_text = { .doubled = "%" };
static const Place place_bind = { .doubled = "%", .backslashed = " \"':\\" };
static const Place place_assignment = { .doubled = "%", .backslashed = "\"\\", .controls = true };
static const Place place_argument = { .doubled = "%$", .backslashed = "\"\\", .controls = true };

void unit_writer_done(UnitWriter *w) {
        free(w->text);
        *w = (UnitWriter) {};
}

int unit_writer_finish(const UnitWriter *w, const char **ret_text, size_t *ret_size) {
        if (w->error < 0)
                return w->error;

        *ret_text = w->text ? w->text : "";
        *ret_size = w->size;
        return 0;
}

static void fail(UnitWriter *w, int error) {
        if (w->error == 0)
                w->error = error;
}

static bool reserve(UnitWriter *w, size_t more) {
        size_t needed = w->size + more + 1, allocated = w->allocated ? w->allocated : 1024;
        char *text;

        if (needed <= w->allocated)
                return true;
        while (allocated < needed)
                allocated *= 2;

        text = realloc(w->text, allocated);
        if (!text) {
                fail(w, -ENOMEM);
                return false;
        }

        w->text = text;
        w->allocated = allocated;
        return true;
}

static void append(UnitWriter *w, const char *data, size_t size) {
        if (w->error < 0)
                return;
        if (w->size - w->line_start + size > UNIT_LINE_MAX) {
                fail(w, -E2BIG);
                return;
        }
        if (!reserve(w, size))
                return;

        memcpy(w->text + w->size, data, size);
        w->size += size;
        w->text[w->size] = '\0';
}

static void append_string(UnitWriter *w, const char *s) {
        append(w, s, strlen(s));
}

/* One character as systemd accepts it: beyond being UTF-8, no noncharacter. 0 if not. */
static size_t decode(const char *s, uint32_t *ret) {
        uint32_t c = 0;
        size_t length = utf8_decode(s, strnlen(s, 4), &c);

        if ((c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE)
                return 0;

        *ret = c;
        return length;
}

static void append_hex(UnitWriter *w, const char *s, size_t size) {
        for (size_t i = 0; i < size; i++) {
                char hex[sizeof("\\xNN")];

                (void) snprintf(hex, sizeof(hex), "\\x%02x", (unsigned char) s[i]);
                append_string(w, hex);
        }
}

static bool contains(const char *set, uint32_t c) {
        return set && c != 0 && c < 0x80 && strchr(set, (int) c);
}

static void append_character(
        UnitWriter *w, const char *s, size_t size, uint32_t c, const Place *place) {
        if (utf8_is_control(c)) {
                if (place->controls)
                        append_hex(w, s, size);
                else
                        fail(w, -EINVAL);
                return;
        }

        if (contains(place->doubled, c))
                append(w, s, size);
        else if (contains(place->backslashed, c))
                append(w, "\\", 1);
        append(w, s, size);
}

static bool is_alphanumeric(char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* How many characters from here on stand for themselves in every place. */
static size_t plain_length(const char *s) {
        size_t n = 0;

        while (is_alphanumeric(s[n]) || s[n] == '/' || s[n] == '.' || s[n] == '-')
                n++;
        return n;
}

static void append_value(UnitWriter *w, const char *value, const Place *place) {
        while (*value && w->error == 0) {
                size_t size = plain_length(value);
                uint32_t c;

                if (size > 0) {
                        append(w, value, size);
                        value += size;
                        continue;
                }

                size = decode(value, &c);
                if (size == 0) {
                        fail(w, -EILSEQ);
                        return;
                }

                append_character(w, value, size, c, place);
                value += size;
        }
}

/* Made only of letters, digits and the given characters, and not empty. */
static bool consists_of(const char *s, const char *others) {
        if (!s || !s[0])
                return false;
        while (is_alphanumeric(*s) || (*s && strchr(others, *s)))
                s++;
        return *s == '\0';
}

/*
 * No matter how a value was escaped, a line must not end in what systemd strips (a blank) or takes
 * as continuation (an odd number of backslashes).
 */
static void end_line(UnitWriter *w) {
        size_t backslashes = 0;

        if (w->error < 0)
                return;

        for (size_t i = w->size; i > w->line_start && w->text[i - 1] == '\\'; i--)
                backslashes++;
        if (backslashes % 2 != 0 || (w->size > w->line_start && w->text[w->size - 1] == ' ')) {
                fail(w, -EINVAL);
                return;
        }

        w->line_start = w->size; /* the newline is not part of the line's length */
        append(w, "\n", 1);
        w->line_start = w->size;
}

static void begin_directive(UnitWriter *w, const char *key) {
        if (!w->in_section || !consists_of(key, ""))
                fail(w, -EINVAL);

        append_string(w, key);
        append(w, "=", 1);
}

void unit_writer_comment(UnitWriter *w, const char *text) {
        append_string(w, "# ");
        append_value(w, text, &place_comment);
        end_line(w);
}

void unit_writer_blank_line(UnitWriter *w) {
        end_line(w);
}

void unit_writer_section(UnitWriter *w, const char *name) {
        if (!consists_of(name, "-"))
                fail(w, -EINVAL);
        if (w->size > 0)
                end_line(w);

        append(w, "[", 1);
        append_string(w, name);
        append(w, "]", 1);
        end_line(w);
        w->in_section = true;
}

void unit_writer_reset(UnitWriter *w, const char *key) {
        begin_directive(w, key);
        end_line(w);
}

void unit_writer_unsigned(UnitWriter *w, const char *key, uint64_t value) {
        char number[sizeof("18446744073709551615")];

        (void) snprintf(number, sizeof(number), "%" PRIu64, value);
        unit_writer_word(w, key, number);
}

void unit_writer_signed(UnitWriter *w, const char *key, int64_t value) {
        char number[sizeof("-9223372036854775808")];

        (void) snprintf(number, sizeof(number), "%" PRIi64, value);
        unit_writer_word(w, key, number);
}

void unit_writer_size(UnitWriter *w, const char *key, uint64_t bytes) {
        static const char *const suffixes[] = { "", "K", "M", "G", "T", "P", "E" };
        char number[sizeof("18446744073709551615K")];
        size_t i = 0;

        while (bytes > 0 && bytes % 1024 == 0 && i + 1 < ELEMENTSOF(suffixes)) {
                bytes /= 1024;
                i++;
        }

        (void) snprintf(number, sizeof(number), "%" PRIu64 "%s", bytes, suffixes[i]);
        unit_writer_word(w, key, number);
}

void unit_writer_cpus(UnitWriter *w, const char *key, const CpuSet *cpus) {
        _cleanup_free_ char *list = NULL;
        int r = cpu_set_is_empty(cpus) ? -EINVAL : cpu_set_format(cpus, &list);

        if (r < 0) {
                fail(w, r);
                return;
        }

        begin_directive(w, key);
        append_string(w, list);
        end_line(w);
}

void unit_writer_port(UnitWriter *w, const char *key, const char *protocol, uint16_t port) {
        char value[32];

        if (port == 0 || !consists_of(protocol, "") || strlen(protocol) > 16) {
                fail(w, -EINVAL);
                return;
        }

        (void) snprintf(value, sizeof(value), "%s:%" PRIu16, protocol, port);
        unit_writer_word(w, key, value);
}

/* others: accepted beside letters and digits. */
static void write_word(UnitWriter *w, const char *key, const char *word, const char *others) {
        if (!consists_of(word, others)) {
                fail(w, -EINVAL);
                return;
        }

        begin_directive(w, key);
        append_string(w, word);
        end_line(w);
}

void unit_writer_network(UnitWriter *w, const char *key, const IpNetwork *network) {
        char text[IP_NETWORK_TEXT_MAX];

        write_word(w, key, ip_network_format(network, text), ".:/");
}

void unit_writer_word(UnitWriter *w, const char *key, const char *word) {
        write_word(w, key, word, "-_.:@");
}

void unit_writer_text(UnitWriter *w, const char *key, const char *text) {
        if (text[0] == '\0' || text[0] == ' ')
                fail(w, -EINVAL);

        begin_directive(w, key);
        append_value(w, text, &place_text);
        end_line(w);
}

/* Absolute, and without anything that systemd would simplify or refuse. */
static bool path_is_normalized(const char *path) {
        if (path[0] != '/' || strlen(path) >= PATH_MAX)
                return false;
        if (path[1] == '\0')
                return true;

        for (const char *p = path; *p == '/';) {
                size_t length = strcspn(++p, "/");

                if (length == 0 || length > NAME_MAX || (length == 1 && p[0] == '.') ||
                    (length == 2 && p[0] == '.' && p[1] == '.'))
                        return false;
                p += length;
        }
        return true;
}

void unit_writer_path(UnitWriter *w, const char *key, const char *path) {
        if (!path_is_normalized(path))
                fail(w, -EINVAL);

        begin_directive(w, key);
        append_value(w, path, &place_text);
        end_line(w);
}

void unit_writer_bind(UnitWriter *w, const char *key, const char *source, const char *destination) {
        if (!path_is_normalized(source) || !path_is_normalized(destination))
                fail(w, -EINVAL);

        begin_directive(w, key);
        append(w, "-", 1);
        append_value(w, source, &place_bind);
        append(w, ":", 1);
        append_value(w, destination, &place_bind);
        /* A blank at the end of the line would be stripped, escaped or not: end it otherwise, with
         * what is the default anyway. */
        if (destination[0] && destination[strlen(destination) - 1] == ' ')
                append_string(w, ":rbind");
        end_line(w);
}

/* Words of harmless characters stay as they are, because a human reads the file. */
static bool needs_quotes(const char *word) {
        return !consists_of(word, "-_.,:/@=+");
}

void unit_writer_environment(UnitWriter *w, const char *name, const char *value) {
        const char *quote = needs_quotes(value) ? "\"" : "";

        if (!consists_of(name, "_") || (name[0] >= '0' && name[0] <= '9'))
                fail(w, -EINVAL);

        begin_directive(w, "Environment");
        append_string(w, quote);
        append_string(w, name);
        append(w, "=", 1);
        append_value(w, value, &place_assignment);
        append_string(w, quote);
        end_line(w);
}

static void append_argument(UnitWriter *w, const char *argument) {
        const char *quote = needs_quotes(argument) ? "\"" : "";

        append_string(w, quote);
        append_value(w, argument, &place_argument);
        append_string(w, quote);
}

void unit_writer_command(UnitWriter *w, const char *key, const char *const *argv) {
        if (!argv[0] || !path_is_normalized(argv[0]) || strchr(argv[0], '$')) {
                fail(w, -EINVAL);
                return;
        }

        begin_directive(w, key);
        for (const char *const *argument = argv; *argument; argument++) {
                if (argument > argv)
                        append(w, " ", 1);
                append_argument(w, *argument);
        }
        end_line(w);
}
