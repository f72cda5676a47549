/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "yaml/hint.h"

#include <string.h>

#include "base/utf8.h"
#include "yaml/scalar.h"

enum { EXAMPLE_MAX = 160 }; /* bytes of a line that a message repeats */

bool yaml_is_odd_blank(uint32_t c) {
        return c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200d) || c == 0x202f ||
               c == 0x205f || c == 0x2060 || c == 0x3000;
}

static bool is_key_character(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
}

bool yaml_stands_for_space(const char *text, size_t line, size_t i) {
        bool after_colon = i > line && text[i - 1] == ':';
        size_t p = line;

        while (p < i) {
                uint32_t c = 0;
                size_t n = utf8_decode(text + p, i - p, &c);

                if (n == 0 || (c != ' ' && c != '-' && !yaml_is_odd_blank(c)))
                        break;
                p += n;
        }
        if (p == i)
                return true;
        while (after_colon && p < i && is_key_character(text[p]))
                p++;
        return after_colon && p == i - 1;
}

size_t yaml_key_without_space(const char *text, size_t size) {
        size_t n = 0;

        while (n < size && is_key_character(text[n]))
                n++;
        if (n == 0 || n + 1 >= size || text[n] != ':' || strchr(" \t\n/", text[n + 1]))
                return 0;
        return n;
}

size_t yaml_line_without_space(
        const YamlSource *source, unsigned line, YamlMark *ret, const char **ret_key) {
        const char *begin = source->text, *end = source->text + source->size, *last = NULL;
        unsigned last_line = 0;
        size_t n;

        for (unsigned i = 1; i <= line && begin < end; i++) {
                const char *stop = memchr(begin, '\n', (size_t) (end - begin));
                const char *p = begin;

                if (!stop)
                        stop = end;
                while (p < stop && *p == ' ')
                        p++;
                n = yaml_key_without_space(p, (size_t) (stop - p));
                if (n > 0 || (i < line && p < stop && *p != '#')) {
                        last = n > 0 ? p : NULL;
                        last_line = i;
                        *ret = (YamlMark) { .line = i, .column = (unsigned) (p - begin) + 1 };
                }
                begin = stop + (stop < end);
        }
        if (!last || last_line > line)
                return 0;
        *ret_key = last;
        return yaml_key_without_space(last, (size_t) (end - last));
}

bool yaml_has_open_quote(const char *text) {
        bool open = false;

        for (const char *p = strchr(text, '"'); p; p = strchr(p + 1, '"'))
                open = !open;
        return open;
}

/* The whole line from the value on, quoted as it should be; from malloc, NULL without memory. */
static char *quote_line(const YamlSource *source, size_t start) {
        const char *from = source->text + start;
        const char *end = memchr(from, '\n', source->size - start);
        size_t size = 0, length = end ? (size_t) (end - from) : source->size - start;
        _cleanup_free_ char *line = NULL;
        char *quoted = NULL;
        FILE *f;

        while (length > 0 && (from[length - 1] == ' ' || from[length - 1] == '\t'))
                length--;
        line = strndup(from, length);
        f = line ? open_memstream(&quoted, &size) : NULL;
        if (!f)
                return NULL;
        yaml_write_scalar(f, line, (YamlScalarForm) { .style = YAML_STYLE_SINGLE_QUOTED });
        if (fclose(f) != 0) {
                free(quoted);
                return NULL;
        }
        return quoted;
}

static void complain_unquoted(const YamlSource *source, YamlMark mark) {
        yaml_error(
                source, mark,
                "'#' begins a comment here and cuts a value within its quotes: quote the whole "
                "value in '…'");
}

int yaml_complain_cut(
        const YamlSource *source, const YamlNode *node, size_t start, size_t end, bool flow) {
        _cleanup_free_ char *quoted = NULL;
        YamlMark mark = node->end;
        size_t blanks = 0;

        while (end + blanks < source->size && strchr(" \t", source->text[end + blanks]))
                blanks++;
        if (blanks == 0 || end + blanks >= source->size || source->text[end + blanks] != '#')
                return 0;

        mark.column += (unsigned) blanks;
        if (flow || node->start.line != node->end.line) {
                complain_unquoted(source, mark);
                return 1;
        }
        quoted = quote_line(source, start);
        if (!quoted)
                return -ENOMEM;
        if (strlen(quoted) > EXAMPLE_MAX)
                complain_unquoted(source, mark);
        else
                yaml_error(
                        source, mark,
                        "'#' begins a comment here and cuts a value within its quotes: quote the "
                        "whole value, as in %s",
                        quoted);
        return 1;
}
