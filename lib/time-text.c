/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "time-text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

static uint64_t now(clockid_t clock) {
        struct timespec ts;

        (void) clock_gettime(clock, &ts);
        return (uint64_t) ts.tv_sec * USEC_PER_SEC + (uint64_t) ts.tv_nsec / 1000;
}

uint64_t now_realtime(void) {
        return now(CLOCK_REALTIME);
}

uint64_t now_monotonic(void) {
        return now(CLOCK_MONOTONIC);
}

static const struct {
        const char *name;
        uint64_t seconds;
} units[] = {
        { "w", 7 * 86400 }, { "d", 86400 }, { "day", 86400 }, { "days", 86400 }, { "h", 3600 },
        { "min", 60 },      { "m", 60 },    { "s", 1 },       { "sec", 1 },
};

/* One number with its unit at *s, which moves on; no unit: seconds. */
static int parse_span_part(const char **s, uint64_t *ret_seconds) {
        const char *p = *s + strspn(*s, " ");
        uint64_t number = 0, factor = 1;
        size_t digits = strspn(p, "0123456789"), letters;

        if (digits == 0 || digits > 9)
                return -EINVAL;
        number = strtoull(p, NULL, 10);
        p += digits;
        p += strspn(p, " ");

        letters = strspn(p, "abcdefghijklmnopqrstuvwxyz");
        if (letters > 0) {
                factor = 0;
                for (size_t i = 0; i < ELEMENTSOF(units); i++)
                        if (strlen(units[i].name) == letters &&
                            strncmp(units[i].name, p, letters) == 0)
                                factor = units[i].seconds;
                if (factor == 0)
                        return -EINVAL;
        }

        *s = p + letters;
        *ret_seconds = number * factor;
        return 0;
}

static int parse_span(const char *text, size_t length, uint64_t *ret_usec) {
        char copy[64];
        const char *s = copy;
        uint64_t total = 0;

        if (length >= sizeof(copy))
                return -EINVAL;
        memcpy(copy, text, length);
        copy[length] = '\0';

        do {
                uint64_t seconds;
                int r = parse_span_part(&s, &seconds);

                if (r < 0)
                        return r;
                total += seconds;
                s += strspn(s, " ");
        } while (*s != '\0');

        *ret_usec = total * USEC_PER_SEC;
        return 0;
}

/* now minus a span; before the epoch there was nothing. */
static int parse_relative(const char *text, size_t length, uint64_t now_usec, uint64_t *ret) {
        uint64_t span;
        int r;

        r = parse_span(text, length, &span);
        if (r < 0)
                return r;
        *ret = span < now_usec ? now_usec - span : 0;
        return 0;
}

static int from_calendar(struct tm *tm, uint64_t *ret) {
        struct tm given = *tm;
        time_t t;

        tm->tm_isdst = -1;
        t = mktime(tm);
        /* mktime() makes March 2 of February 30. */
        if (t < 0 || tm->tm_mday != given.tm_mday || tm->tm_mon != given.tm_mon)
                return -EINVAL;
        *ret = (uint64_t) t * USEC_PER_SEC;
        return 0;
}

static int parse_calendar(const char *text, uint64_t now_usec, uint64_t *ret) {
        static const char *const formats[] = {
                "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M",
                "%Y-%m-%d",          "%H:%M:%S",          "%H:%M",
        };
        time_t today = (time_t) (now_usec / USEC_PER_SEC);

        for (size_t i = 0; i < ELEMENTSOF(formats); i++) {
                struct tm tm;
                const char *end;

                if (!localtime_r(&today, &tm))
                        return -EINVAL;
                tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
                end = strptime(text, formats[i], &tm);
                if (end && *end == '\0')
                        return from_calendar(&tm, ret);
        }
        return -EINVAL;
}

static int start_of_day(uint64_t now_usec, int days_back, uint64_t *ret) {
        time_t t = (time_t) (now_usec / USEC_PER_SEC);
        struct tm tm;

        if (!localtime_r(&t, &tm))
                return -EINVAL;
        tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
        tm.tm_mday -= days_back;
        tm.tm_isdst = -1;
        t = mktime(&tm);
        if (t < 0)
                return -EINVAL;
        *ret = (uint64_t) t * USEC_PER_SEC;
        return 0;
}

int time_parse(const char *text, uint64_t now_usec, uint64_t *ret) {
        static const char ago[] = " ago";
        size_t length = strlen(text);

        if (strcmp(text, "now") == 0) {
                *ret = now_usec;
                return 0;
        }
        if (strcmp(text, "today") == 0)
                return start_of_day(now_usec, 0, ret);
        if (strcmp(text, "yesterday") == 0)
                return start_of_day(now_usec, 1, ret);

        if (text[0] == '@') {
                size_t digits = strspn(text + 1, "0123456789");

                if (digits == 0 || digits > 12 || text[1 + digits] != '\0')
                        return -EINVAL;
                *ret = strtoull(text + 1, NULL, 10) * USEC_PER_SEC;
                return 0;
        }
        if (text[0] == '-')
                return parse_relative(text + 1, length - 1, now_usec, ret);
        if (length > strlen(ago) && strcmp(text + length - strlen(ago), ago) == 0)
                return parse_relative(text, length - strlen(ago), now_usec, ret);
        return parse_calendar(text, now_usec, ret);
}

const char *time_format(uint64_t time, char buffer[static TIME_TEXT_MAX]) {
        time_t t = (time_t) (time / USEC_PER_SEC);
        struct tm tm;

        if (time == 0 || !localtime_r(&t, &tm) ||
            strftime(buffer, TIME_TEXT_MAX, "%a %Y-%m-%d %H:%M:%S %Z", &tm) == 0)
                return "n/a";
        return buffer;
}

const char *span_format(uint64_t usec, char buffer[static TIME_TEXT_MAX]) {
        uint64_t seconds = usec / USEC_PER_SEC;

        if (seconds < 60)
                (void) snprintf(buffer, TIME_TEXT_MAX, "%" PRIu64 "s", seconds);
        else if (seconds < 3600)
                (void) snprintf(
                        buffer, TIME_TEXT_MAX, "%" PRIu64 "min %" PRIu64 "s", seconds / 60,
                        seconds % 60);
        else if (seconds < 86400)
                (void) snprintf(
                        buffer, TIME_TEXT_MAX, "%" PRIu64 "h %" PRIu64 "min", seconds / 3600,
                        seconds / 60 % 60);
        else
                (void) snprintf(
                        buffer, TIME_TEXT_MAX, "%" PRIu64 "d %" PRIu64 "h", seconds / 86400,
                        seconds / 3600 % 24);
        return buffer;
}
