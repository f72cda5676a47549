/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http/form.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"

static int digit(char c) {
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return -1;
}

/* Control characters that no field of ours has; NUL would hide what follows. */
static bool is_refused(char c) {
        return ((unsigned char) c < 0x20 && c != '\t' && c != '\n') || c == 0x7f;
}

/* Decodes *p up to one of the ends into *out, which may be the same place; both are moved on. */
static int decode(const char **p, const char *end, char delimiter, char **out) {
        const char *s = *p;
        char *o = *out;
        bool after_cr = false;

        while (s < end && *s != '&' && *s != delimiter) {
                char c = *s++;

                if (c == '+')
                        c = ' ';
                else if (c == '%') {
                        int high = end - s >= 2 ? digit(s[0]) : -1;
                        int low = high >= 0 ? digit(s[1]) : -1;

                        if (low < 0)
                                return -EINVAL;
                        c = (char) (high * 16 + low);
                        s += 2;
                }

                /* Browsers end lines with CR LF, whatever was typed. */
                if (c == '\n' && after_cr) {
                        after_cr = false;
                        continue;
                }
                after_cr = c == '\r';
                if (after_cr)
                        c = '\n';
                if (is_refused(c))
                        return -EINVAL;
                *o++ = c;
        }

        *o++ = '\0';
        *p = s;
        *out = o;
        return 0;
}

static size_t count_fields(const char *text, size_t size) {
        size_t n = 1;

        for (size_t i = 0; i < size; i++)
                n += text[i] == '&';
        return n;
}

static int parse_fields(const char *text, size_t size, Form *form) {
        const char *p = text, *end = text + size;
        char *out = form->text;

        while (p < end) {
                FormField *field = &form->fields[form->n_fields];
                int r;

                field->name = out;
                r = decode(&p, end, '=', &out);
                if (r < 0)
                        return r;
                field->value = out;
                if (p < end && *p == '=') {
                        p++;
                        r = decode(&p, end, '&', &out);
                        if (r < 0)
                                return r;
                } else
                        *out++ = '\0';
                if (!utf8_is_valid(field->name) || !utf8_is_valid(field->value))
                        return -EINVAL;
                form->n_fields++;
                if (p < end)
                        p++;
        }
        return 0;
}

int form_parse(const char *text, size_t size, Form *ret) {
        _cleanup_(form_clear) Form form = {};
        size_t n;
        int r;

        if (size == 0) {
                *ret = (Form) {};
                return 0;
        }
        n = count_fields(text, size);
        if (n > FORM_FIELDS_MAX)
                return -E2BIG;

        /* Decoding never grows a text; each field has two NULs where it had at most one '='
         * and one '&'. */
        form.fields = calloc(n, sizeof(FormField));
        form.text = malloc(size + 2 * n + 1);
        if (!form.fields || !form.text)
                return -ENOMEM;
        r = parse_fields(text, size, &form);
        if (r < 0)
                return r;

        *ret = form;
        form = (Form) {};
        return 0;
}

const char *form_get(const Form *form, const char *name) {
        for (size_t i = 0; i < form->n_fields; i++)
                if (strcmp(form->fields[i].name, name) == 0)
                        return form->fields[i].value;
        return NULL;
}

void form_print_escaped(const char *text, FILE *f) {
        for (const char *p = text; *p; p++)
                if (isalnum((unsigned char) *p) || strchr("-_./", *p))
                        (void) fputc(*p, f);
                else
                        (void) fprintf(f, "%%%02X", (unsigned char) *p);
}

void form_clear(Form *form) {
        free(form->fields);
        free(form->text);
        *form = (Form) {};
}
