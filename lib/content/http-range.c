/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "content/http-range.h"

#include <string.h>
#include <strings.h>

/* Reads digits and moves the text behind them. */
static int take_number(const char **text, uint64_t *ret) {
        uint64_t number = 0;
        const char *p = *text;

        if (*p < '0' || *p > '9')
                return -EINVAL;
        for (; *p >= '0' && *p <= '9'; p++)
                if (__builtin_mul_overflow(number, 10, &number) ||
                    __builtin_add_overflow(number, (uint64_t) (*p - '0'), &number))
                        return -EINVAL;
        /* The largest number stands for an unknown one. */
        if (number == HTTP_SIZE_UNKNOWN)
                return -EINVAL;
        *text = p;
        *ret = number;
        return 0;
}

static int take_character(const char **text, char character) {
        if (**text != character)
                return -EINVAL;
        (*text)++;
        return 0;
}

static int take_range(const char **text, HttpRange *range) {
        if (take_character(text, '*') >= 0)
                return 0;
        if (take_number(text, &range->first) < 0 || take_character(text, '-') < 0 ||
            take_number(text, &range->last) < 0)
                return -EINVAL;
        return range->first <= range->last ? 0 : -EINVAL;
}

int http_range_parse(const char *text, HttpRange *ret) {
        static const char unit[] = "bytes ";
        HttpRange range = { HTTP_SIZE_UNKNOWN, HTTP_SIZE_UNKNOWN, HTTP_SIZE_UNKNOWN };

        if (strncasecmp(text, unit, strlen(unit)) != 0)
                return -EINVAL;
        text += strlen(unit);
        text += strspn(text, " ");
        if (take_range(&text, &range) < 0 || take_character(&text, '/') < 0)
                return -EINVAL;
        if (take_character(&text, '*') < 0 && take_number(&text, &range.size) < 0)
                return -EINVAL;
        if (text[strspn(text, " ")] != '\0')
                return -EINVAL;
        if (range.last != HTTP_SIZE_UNKNOWN && range.last >= range.size)
                return -EINVAL;
        *ret = range;
        return 0;
}
