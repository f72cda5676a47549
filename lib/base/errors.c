/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/errors.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "base/text-places.h"
#include "base/text.h"
#include "base/utf8.h"

enum {
        SOURCE_LINE_MAX = 400, /* bytes of a source line that is kept whole */
        WINDOW_BEFORE = 60,    /* characters kept before and after the column of a longer one */
        WINDOW_AFTER = 100,
};

/* The bytes of n characters, a bad byte being one, as columns are counted. */
static size_t skip_characters(const char *text, size_t size, size_t n) {
        size_t i = 0;

        for (; n > 0 && i < size; n--) {
                uint32_t character;
                size_t length = utf8_decode(text + i, size - i, &character);

                i += length > 0 ? length : 1;
        }
        return i;
}

/* The part of a long line around the error's column, between "…"; sets its caret. */
static char *copy_window(SpecError *error, const char *line, size_t length) {
        unsigned column = error->column > 0 ? error->column : 1;
        unsigned first = column > WINDOW_BEFORE ? column - WINDOW_BEFORE : 1;
        size_t start = skip_characters(line, length, first - 1);
        size_t n = skip_characters(line + start, length - start, column - first + WINDOW_AFTER);
        char *text;

        if (asprintf(
                    &text, "%s%.*s%s", start > 0 ? "…" : "", (int) n, line + start,
                    start + n < length ? "…" : "") < 0)
                return NULL;
        if (error->column > 0)
                error->caret = error->column - (first - 1) + (start > 0);
        return text;
}

/* Copies the error's line of a text, without its end; NULL when the text is shorter. */
static char *copy_line(SpecError *error, const char *text, size_t size) {
        unsigned line = error->line;
        const char *p = text, *end = text + size;

        for (unsigned i = 1; i < line; i++) {
                p = memchr(p, '\n', (size_t) (end - p));
                if (!p)
                        return NULL;
                p++;
        }

        const char *stop = memchr(p, '\n', (size_t) (end - p));
        size_t length = (size_t) ((stop ? stop : end) - p);

        if (length > 0 && p[length - 1] == '\r')
                length--;
        if (length > SOURCE_LINE_MAX)
                return copy_window(error, p, length);
        error->caret = error->column;
        return strndup(p, length);
}

static int fill_place(SpecError *error, const SpecPlace *place) {
        error->file = strdup(place->file);
        if (!error->file)
                return -ENOMEM;
        error->line = place->line;
        error->column = place->column;
        if (place->text && place->line > 0)
                error->source = copy_line(error, place->text, place->text_size);
        return 0;
}

static int fill_message(SpecError *error, const char *format, va_list ap) {
        va_list again;
        int r;

        va_copy(again, ap);
        r = text_arguments(format, again, &error->arguments);
        va_end(again);
        if (r < 0)
                return r;
        if (vasprintf(&error->message, _(format), ap) < 0) {
                error->message = NULL;
                return -ENOMEM;
        }
        error->code = strdup(format);
        return error->code ? 0 : -ENOMEM;
}

static void clear_error(SpecError *error) {
        free(error->file);
        free(error->message);
        free(error->code);
        error->arguments = strv_free(error->arguments);
        free(error->source);
}

static int append_error(SpecErrors *errors, const SpecError *error) {
        SpecError *items;

        if (errors->n_items >= SPEC_ERRORS_MAX)
                return -E2BIG;
        items = reallocarray(errors->items, errors->n_items + 1, sizeof(*items));
        if (!items)
                return -ENOMEM;
        errors->items = items;
        errors->items[errors->n_items++] = *error;
        return 0;
}

/* Adds the error, whose message r says was filled, or drops it. */
static void add_error(SpecErrors *errors, const SpecPlace *place, SpecError *error, int r) {
        if (r >= 0)
                r = fill_place(error, place);
        if (r >= 0)
                r = append_error(errors, error);
        if (r < 0) {
                clear_error(error);
                errors->n_dropped++;
        }
}

void spec_errors_add(SpecErrors *errors, const SpecPlace *place, const char *format, ...) {
        SpecError error = {};
        va_list ap;
        int r;

        va_start(ap, format);
        r = fill_message(&error, format, ap);
        va_end(ap);
        add_error(errors, place, &error, r);
}

void spec_errors_add_text(SpecErrors *errors, const SpecPlace *place, const char *text) {
        SpecError error = {};

        /* Its "%" would be a place of the code. */
        if (strchr(text, '%')) {
                spec_errors_add(errors, place, "%s", _(text));
                return;
        }
        error.code = strdup(text);
        error.arguments = calloc(1, sizeof(*error.arguments));
        error.message = strdup(_(text));
        add_error(
                errors, place, &error,
                error.code && error.arguments && error.message ? 0 : -ENOMEM);
}

bool spec_errors_any(const SpecErrors *errors) {
        return errors->n_items > 0 || errors->n_dropped > 0;
}

/*
 * The length of the UTF-8 character at s when a terminal may be sent it as it is, else 0: control
 * characters (C0, DEL, C1), invalid sequences and the bidirectional controls could rewrite what
 * the reader sees.
 */
static size_t printable_length(const char *s) {
        const unsigned char *u = (const unsigned char *) s;
        uint32_t c;

        if (u[0] < 0x80)
                return u[0] >= 0x20 && u[0] != 0x7f ? 1 : 0;
        size_t n = u[0] >= 0xf0 ? 4 : u[0] >= 0xe0 ? 3 : u[0] >= 0xc2 ? 2 : 0;

        if (n == 0 || u[0] > 0xf4)
                return 0;
        c = u[0] & (0xffU >> (n + 1));
        for (size_t i = 1; i < n; i++) {
                if ((u[i] & 0xc0) != 0x80)
                        return 0;
                c = (c << 6) | (u[i] & 0x3f);
        }
        if (c < 0xa0 || (n == 3 && c < 0x800) || (n == 4 && (c < 0x10000 || c > 0x10ffff)))
                return 0;
        if ((c >= 0xd800 && c <= 0xdfff) || (c >= 0x200b && c <= 0x200f) ||
            (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff)
                return 0;
        return n;
}

/* Prints text with everything a terminal might obey made visible; a tab becomes one blank. */
static void print_visible(const char *text, FILE *f) {
        while (*text) {
                size_t n = printable_length(text);

                if (n > 0) {
                        (void) fwrite(text, 1, n, f);
                        text += n;
                } else {
                        if (*text == '\t')
                                (void) fputc(' ', f);
                        else
                                (void) fprintf(f, "\\x%02x", (unsigned char) *text);
                        text++;
                }
        }
}

/* How many columns print_visible() uses for the first n characters of a line. */
static unsigned visible_width(const char *text, unsigned n) {
        unsigned width = 0;

        for (unsigned i = 0; i < n && *text; i++) {
                size_t length = printable_length(text);

                if (length > 0) {
                        width++;
                        text += length;
                        continue;
                }
                /* YAML counts an unprintable character as one too, however many bytes it has. */
                do
                        width += *text == '\t' ? 1 : 4;
                while (((unsigned char) *++text & 0xc0) == 0x80);
        }

        return width;
}

void spec_error_print_line(const SpecError *error, FILE *f) {
        print_visible(error->file, f);
        if (error->line > 0)
                (void) fprintf(f, ":%u", error->line);
        if (error->line > 0 && error->column > 0)
                (void) fprintf(f, ":%u", error->column);
        (void) fputs(": ", f);
        print_visible(error->message, f);
}

void spec_error_print(const SpecError *error, FILE *f) {
        print_visible(error->file, f);
        if (error->line > 0)
                (void) fprintf(f, ":%u", error->line);
        if (error->line > 0 && error->column > 0)
                (void) fprintf(f, ":%u", error->column);
        (void) fprintf(f, ": %s: ", _("error"));
        print_visible(error->message, f);
        (void) fputc('\n', f);

        if (!error->source)
                return;
        (void) fprintf(f, "%5u | ", error->line);
        print_visible(error->source, f);
        (void) fputc('\n', f);
        if (error->caret > 0)
                (void) fprintf(
                        f, "      | %*s^\n", (int) visible_width(error->source, error->caret - 1),
                        "");
}

void spec_errors_print(const SpecErrors *errors, FILE *f) {
        for (size_t i = 0; i < errors->n_items; i++)
                spec_error_print(&errors->items[i], f);
        if (errors->n_dropped > 0)
                (void) fprintf(
                        f,
                        text_count(
                                "… and %zu more error\n", "… and %zu more errors\n",
                                errors->n_dropped),
                        errors->n_dropped);
}

void spec_errors_clear(SpecErrors *errors) {
        for (size_t i = 0; i < errors->n_items; i++)
                clear_error(&errors->items[i]);
        free(errors->items);
        *errors = (SpecErrors) {};
}
