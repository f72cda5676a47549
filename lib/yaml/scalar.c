/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "yaml/scalar.h"

#include <strings.h>

#include "base/utf8.h"
#include "yaml/overlay-entry.h"

/* Words that some reader of YAML 1.1 or 1.2 takes for a boolean, nothing or a merge. */
static bool is_special_word(const char *text) {
        static const char *const words[] = {
                "~", "null", "true", "false", "yes",   "no",    "on", "off",
                "y", "n",    ".inf", ".nan",  "+.inf", "-.inf", "<<", "=",
        };

        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (strcasecmp(text, words[i]) == 0)
                        return true;
        return false;
}

/* Numbers in all their forms, dates and times; generously, for quotes do no harm. */
static bool looks_like_number(const char *text) {
        return strchr("0123456789+-.", text[0]) &&
               text[strspn(text, "0123456789abcdefABCDEFxXoO_.,:+-TtZz ")] == '\0';
}

/* Whether plain text stays one scalar with these very characters. */
static bool is_plain(const char *text, bool flow) {
        size_t length = strlen(text);

        if (length == 0 || !utf8_is_printable(text))
                return false;
        if (strchr(" ?:,[]{}#&*!|>'\"%@`", text[0]) || strchr(" :", text[length - 1]))
                return false;
        if (text[0] == '-' && (text[1] == '\0' || text[1] == ' '))
                return false;
        if (strncmp(text, "---", 3) == 0 || strncmp(text, "...", 3) == 0)
                return false;
        if (strstr(text, ": ") || strstr(text, " #"))
                return false;
        return !flow || !strpbrk(text, ",?:[]{}");
}

/* Characters the file itself may not hold, though a value may: see refused_character(). */
static bool needs_escape(uint32_t c) {
        return utf8_is_control(c) || c == 0xfeff || c == 0x2028 || c == 0x2029 ||
               (c & 0xfffe) == 0xfffe;
}

static bool has_escapes(const char *text) {
        size_t size = strlen(text), n;
        uint32_t c;

        for (; size > 0; text += n, size -= n) {
                n = utf8_decode(text, size, &c);
                if (n == 0 || needs_escape(c))
                        return true;
        }
        return false;
}

static void write_single_quoted(FILE *f, const char *text) {
        (void) fputc('\'', f);
        for (; *text; text++)
                (void) fputs(*text == '\'' ? "''" : (const char[]) { *text, '\0' }, f);
        (void) fputc('\'', f);
}

static void write_escape(FILE *f, uint32_t c) {
        if (c == '\n')
                (void) fputs("\\n", f);
        else if (c == '\t')
                (void) fputs("\\t", f);
        else if (c < 0x100)
                (void) fprintf(f, "\\x%02X", c);
        else if (c < 0x10000)
                (void) fprintf(f, "\\u%04X", c);
        else
                (void) fprintf(f, "\\U%08X", c);
}

static void write_double_quoted(FILE *f, const char *text) {
        size_t size = strlen(text), n;
        uint32_t c;

        (void) fputc('"', f);
        for (; size > 0; text += n, size -= n) {
                n = utf8_decode(text, size, &c);
                if (n == 0)
                        break; /* the caller checked */
                if (needs_escape(c))
                        write_escape(f, c);
                else {
                        if (c == '"' || c == '\\')
                                (void) fputc('\\', f);
                        (void) fwrite(text, 1, n, f);
                }
        }
        (void) fputc('"', f);
}

/* "REF:exec" */
static void write_entry(FILE *f, const char *text, size_t length) {
        const YamlScalarForm form = { .style = YAML_STYLE_PLAIN, .flow = true };
        char ref[256];

        (void) snprintf(ref, sizeof(ref), "%.*s", (int) length, text);
        (void) fputs("{ref: ", f);
        yaml_write_scalar(f, ref, form);
        (void) fputs(", exec: true}", f);
}

void yaml_write_scalar(FILE *f, const char *text, YamlScalarForm form) {
        size_t length = form.entry ? overlay_entry_ref_length(text) : 0;

        /* A ref that is too long is invalid and refused in any form. */
        if (length > 0 && length < 256) {
                write_entry(f, text, length);
                return;
        }

        bool escapes = has_escapes(text), plain = is_plain(text, form.flow) && !escapes;
        bool single = form.style == YAML_STYLE_SINGLE_QUOTED ||
                      (form.style != YAML_STYLE_DOUBLE_QUOTED && strpbrk(text, "\"\\"));

        if (plain && !form.bare)
                plain = form.style == YAML_STYLE_PLAIN && !is_special_word(text) &&
                        !looks_like_number(text);

        if (plain)
                (void) fputs(text, f);
        else if (single && !escapes)
                write_single_quoted(f, text);
        else
                write_double_quoted(f, text);
}
