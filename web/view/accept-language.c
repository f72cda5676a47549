/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/accept-language.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum { QUALITY_MAX = 1000, RANGE_SIZE_MAX = 35 };

typedef struct Range {
        const char *text;
        size_t size;
        unsigned quality; /* in thousandths */
} Range;

static const char *skip_blanks(const char *p) {
        return p + strspn(p, " \t");
}

/* Behind ";q=0.123", without which the quality is 1; NULL: malformed. */
static const char *read_quality(const char *p, unsigned *ret) {
        unsigned scale = 100;

        *ret = QUALITY_MAX;
        p = skip_blanks(p);
        if (*p != ';')
                return p;
        p = skip_blanks(p + 1);
        if ((*p != 'q' && *p != 'Q') || p[1] != '=' || (p[2] != '0' && p[2] != '1'))
                return NULL;
        *ret = p[2] == '1' ? QUALITY_MAX : 0;
        p += 3;
        if (*p == '.')
                for (p++; isdigit((unsigned char) *p); p++, scale /= 10)
                        *ret += scale * (unsigned) (*p - '0');
        return *ret > QUALITY_MAX ? NULL : skip_blanks(p);
}

static bool read_range(const char *p, Range *ret) {
        ret->text = p = skip_blanks(p);
        while (isalnum((unsigned char) *p) || *p == '-' || *p == '*')
                p++;
        ret->size = (size_t) (p - ret->text);
        if (ret->size == 0 || ret->size > RANGE_SIZE_MAX)
                return false;
        p = read_quality(p, &ret->quality);
        return p && (*p == ',' || *p == '\0');
}

/* The tag, or one that begins with it and a dash. */
static bool is_tag(const char *tag, const char *text, size_t size, bool is_beginning) {
        return strncasecmp(tag, text, size) == 0 && tag[size] == (is_beginning ? '-' : '\0');
}

static size_t find(const Range *range, const char *const *tags, size_t n) {
        for (size_t size = range->size; size > 0; size--) {
                if (size < range->size && range->text[size] != '-')
                        continue;
                for (size_t i = 0; i < n; i++)
                        if (is_tag(tags[i], range->text, size, false))
                                return i;
        }
        for (size_t i = 0; i < n; i++)
                if (is_tag(tags[i], range->text, range->size, true))
                        return i;
        return range->size == 1 && *range->text == '*' ? 0 : n;
}

size_t accept_language_choose(const char *header, const char *const *tags, size_t n) {
        unsigned best = 0;
        size_t chosen = 0;

        for (unsigned i = 0; header && i < ACCEPT_LANGUAGE_RANGES_MAX; i++) {
                Range range;

                if (read_range(header, &range) && range.quality > best) {
                        size_t found = find(&range, tags, n);

                        if (found < n) {
                                best = range.quality;
                                chosen = found;
                        }
                }
                header = strchr(header, ',');
                if (header)
                        header++;
        }
        return chosen;
}
