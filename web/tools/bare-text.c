/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tools/bare-text.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct Scan {
        const char *tag, *tag_end; /* the last HTML tag */
        bool is_in_message, is_found;
        BareTextFunction function;
        void *userdata;
} Scan;

static bool begins(const char *text, const char *prefix) {
        return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_letter(char ch) {
        return isalpha((unsigned char) ch);
}

/* Behind a Mustache tag; the end of the text when it is not closed, which the compiler refuses. */
static const char *skip_mustache(Scan *scan, const char *p) {
        const char *end = strstr(p, "}}");

        if (begins(p, "{{#_}}"))
                scan->is_in_message = true;
        else if (begins(p, "{{/_}}"))
                scan->is_in_message = false;
        if (!end)
                return p + strlen(p);
        return end + 2 + (end[2] == '}');
}

static bool has(const char *begin, const char *end, const char *part) {
        return memmem(begin, (size_t) (end - begin), part, strlen(part));
}

static bool is_data(const Scan *scan) {
        static const char *const names[] = { "code",  "pre",      "time",   "bdi",
                                             "title", "textarea", "script", "style" };

        if (!scan->tag)
                return false;
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                if (begins(scan->tag + 1, names[i]) && !is_letter(scan->tag[1 + strlen(names[i])]))
                        return true;
        return has(scan->tag, scan->tag_end, " translate=\"no\"") ||
               has(scan->tag, scan->tag_end, " lang=");
}

/* The value of an attribute that begins behind its '"'; returns where it ends. */
static const char *scan_value(Scan *scan, const char *p, const char **ret_letter) {
        *ret_letter = NULL;
        while (*p && *p != '"')
                if (begins(p, "{{"))
                        p = skip_mustache(scan, p);
                else {
                        if (is_letter(*p) && !scan->is_in_message && !*ret_letter)
                                *ret_letter = p;
                        p++;
                }
        return p;
}

static bool is_read(const char *equals) {
        static const char *const names[] = { " title", " aria-label", " placeholder", " alt" };

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                if (begins(equals - strlen(names[i]), names[i]))
                        return true;
        return false;
}

static const char *scan_tag(Scan *scan, const char *p) {
        const char *found = NULL, *begin = p;

        while (*p && *p != '>')
                if (begins(p, "{{"))
                        p = skip_mustache(scan, p);
                else if (p > begin + strlen(" aria-label") && begins(p, "=\"")) {
                        const char *letter;
                        bool is_text = is_read(p);

                        p = scan_value(scan, p + 2, &letter);
                        if (is_text && letter && !found)
                                found = letter;
                        p += *p == '"';
                } else if (*p == '"' || *p == '\'') {
                        const char *end = strchr(p + 1, *p);

                        p = end ? end + 1 : p + strlen(p);
                } else
                        p++;
        scan->tag = begin;
        scan->tag_end = p;
        scan->is_found = false;
        if (found && !is_data(scan))
                scan->function(found, scan->userdata);
        return *p ? p + 1 : p;
}

void bare_text_find(const char *text, BareTextFunction function, void *userdata) {
        Scan scan = { .function = function, .userdata = userdata };

        for (const char *p = text; *p;)
                if (begins(p, "{{"))
                        p = skip_mustache(&scan, p);
                else if (*p == '<')
                        p = scan_tag(&scan, p);
                else {
                        if (is_letter(*p) && !scan.is_in_message && !scan.is_found &&
                            !is_data(&scan)) {
                                scan.is_found = true;
                                function(p, userdata);
                        }
                        p++;
                }
}
