/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/language-tag.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

typedef struct Part {
        const char *text;
        int size; /* 0: it is missing */
} Part;

static int count(const char *text, int (*is)(int)) {
        int n = 0;

        while (is((unsigned char) text[n]))
                n++;
        return n;
}

/* "_Hant" */
static const char *take_script(const char *p, Part *ret) {
        if (*p != '_' || !isupper((unsigned char) p[1]) || count(p + 2, islower) != 3)
                return p;
        *ret = (Part) { p + 1, 4 };
        return p + 5;
}

/* "_BR" or "_419" */
static const char *take_region(const char *p, Part *ret) {
        int size;

        if (*p != '_')
                return p;
        size = count(p + 1, isupper);
        if (size != 2)
                size = count(p + 1, isdigit) == 3 ? 3 : 0;
        *ret = (Part) { p + 1, size };
        return size > 0 ? p + 1 + size : p;
}

/* "@latin" is a script, "@valencia" a variant. */
static const char *take_modifier(const char *p, Part *script, Part *variant) {
        static const char *const scripts[][2] = {
                { "arabic", "Arab" },
                { "cyrillic", "Cyrl" },
                { "devanagari", "Deva" },
                { "latin", "Latn" },
        };
        int size;

        if (*p != '@')
                return p;
        for (size_t i = 0; i < ELEMENTSOF(scripts); i++)
                if (script->size == 0 && strcmp(p + 1, scripts[i][0]) == 0) {
                        *script = (Part) { scripts[i][1], 4 };
                        return p + strlen(p);
                }
        size = count(p + 1, isalnum);
        if (size < 5 || size > 8)
                return p;
        *variant = (Part) { p + 1, size };
        return p + 1 + size;
}

bool language_tag(const char *locale, char ret[static LANGUAGE_TAG_MAX]) {
        Part language = { locale, count(locale, islower) }, script = {}, region = {}, variant = {};
        const Part *parts[] = { &language, &script, &region, &variant };
        const char *p = locale + language.size;
        size_t n = 0;

        if (language.size < 2 || language.size > 3)
                return false;
        p = take_script(p, &script);
        p = take_region(p, &region);
        p = take_modifier(p, &script, &variant);
        if (*p != '\0')
                return false;

        for (size_t i = 0; i < ELEMENTSOF(parts); i++)
                if (parts[i]->size > 0)
                        n += (size_t) snprintf(
                                ret + n, LANGUAGE_TAG_MAX - n, "%s%.*s", i > 0 ? "-" : "",
                                parts[i]->size, parts[i]->text);
        return true;
}
