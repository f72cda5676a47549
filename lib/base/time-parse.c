/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Times as systemd.time(7) has them, and as our own commands print them. Left out are names of
 * time zones of other places.
 */

#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/time-text.h"

enum { TEXT_MAX = 64 };

/* --- spans ---------------------------------------------------------------------------------------
 */

static const struct {
        const char *name;
        uint64_t usec;
} units[] = {
        { "", USEC_PER_SEC },
        { "usec", 1 },
        { "us", 1 },
        { "µs", 1 }, /* micro sign */
        { "μs", 1 }, /* small mu */
        { "msec", 1000 },
        { "ms", 1000 },
        { "seconds", USEC_PER_SEC },
        { "second", USEC_PER_SEC },
        { "sec", USEC_PER_SEC },
        { "s", USEC_PER_SEC },
        { "minutes", 60 * USEC_PER_SEC },
        { "minute", 60 * USEC_PER_SEC },
        { "min", 60 * USEC_PER_SEC },
        { "m", 60 * USEC_PER_SEC },
        { "hours", 3600 * USEC_PER_SEC },
        { "hour", 3600 * USEC_PER_SEC },
        { "hr", 3600 * USEC_PER_SEC },
        { "h", 3600 * USEC_PER_SEC },
        { "days", 86400 * USEC_PER_SEC },
        { "day", 86400 * USEC_PER_SEC },
        { "d", 86400 * USEC_PER_SEC },
        { "weeks", 7 * 86400 * USEC_PER_SEC },
        { "week", 7 * 86400 * USEC_PER_SEC },
        { "w", 7 * 86400 * USEC_PER_SEC },
        /* as long as they are on average */
        { "months", 2629800 * USEC_PER_SEC },
        { "month", 2629800 * USEC_PER_SEC },
        { "M", 2629800 * USEC_PER_SEC },
        { "years", 31557600 * USEC_PER_SEC },
        { "year", 31557600 * USEC_PER_SEC },
        { "y", 31557600 * USEC_PER_SEC },
};

/* Digits at *s, which moves on. */
static int parse_whole(const char **s, uint64_t *ret) {
        uint64_t number = 0;

        if (**s < '0' || **s > '9')
                return -EINVAL;
        for (; **s >= '0' && **s <= '9'; (*s)++)
                if (__builtin_mul_overflow(number, 10, &number) ||
                    __builtin_add_overflow(number, (uint64_t) (**s - '0'), &number))
                        return -EINVAL;
        *ret = number;
        return 0;
}

/* ".25" at *s, which moves on, of so many microseconds; nothing there is 0. */
static int parse_fraction(const char **s, uint64_t usec, uint64_t *ret) {
        uint64_t value = 0;

        if (**s == '.') {
                (*s)++;
                if (**s < '0' || **s > '9')
                        return -EINVAL;
                for (; **s >= '0' && **s <= '9'; (*s)++) {
                        usec /= 10;
                        value += usec * (uint64_t) (**s - '0');
                }
        }
        *ret = value;
        return 0;
}

/* One number with its unit at *s, which moves on; no unit: seconds. */
static int parse_span_part(const char **s, uint64_t *ret_usec) {
        uint64_t number, usec = 0, fraction, whole;
        const char *p, *name;
        size_t length;
        int r;

        r = parse_whole(s, &number);
        if (r < 0)
                return r;
        p = *s;
        if (*p == '.')
                p += 1 + strspn(p + 1, "0123456789");
        name = p + strspn(p, " ");
        length = strcspn(name, " .0123456789");
        for (size_t i = 0; i < ELEMENTSOF(units) && usec == 0; i++)
                if (strlen(units[i].name) == length && strncmp(units[i].name, name, length) == 0)
                        usec = units[i].usec;
        if (usec == 0)
                return -EINVAL;

        r = parse_fraction(s, usec, &fraction);
        if (r < 0)
                return r;
        if (__builtin_mul_overflow(number, usec, &whole) ||
            __builtin_add_overflow(whole, fraction, &whole))
                return -EINVAL;
        *s = name + length;
        *ret_usec = whole;
        return 0;
}

static int parse_span(const char *text, size_t length, uint64_t *ret_usec) {
        char copy[TEXT_MAX];
        const char *s = copy;
        uint64_t total = 0;

        if (length >= sizeof(copy))
                return -EINVAL;
        memcpy(copy, text, length);
        copy[length] = '\0';

        do {
                uint64_t part;
                int r;

                s += strspn(s, " ");
                r = parse_span_part(&s, &part);
                if (r < 0)
                        return r;
                if (__builtin_add_overflow(total, part, &total))
                        return -EINVAL;
                s += strspn(s, " ");
        } while (*s != '\0');

        *ret_usec = total;
        return 0;
}

/* now minus a span; before the epoch there was nothing. */
static int parse_past(const char *text, size_t length, uint64_t now, uint64_t *ret) {
        uint64_t span;
        int r;

        r = parse_span(text, length, &span);
        if (r < 0)
                return r;
        *ret = span < now ? now - span : 0;
        return 0;
}

static int parse_future(const char *text, size_t length, uint64_t now, uint64_t *ret) {
        uint64_t span, time;
        int r;

        r = parse_span(text, length, &span);
        if (r < 0)
                return r;
        if (__builtin_add_overflow(now, span, &time))
                return -EINVAL;
        *ret = time;
        return 0;
}

/* --- where ---------------------------------------------------------------------------------------
 */

/* Which clock on the wall is meant. */
typedef struct Zone {
        bool is_fixed;
        long offset; /* of a fixed one: seconds east of UTC */
        int is_dst;  /* of the local one: 0, 1, or -1: whichever holds then */
} Zone;

/* "hh", "hhmm" or "hh:mm" and nothing behind it. */
static int parse_offset(const char *s, long *ret) {
        long hours, minutes = 0;

        for (size_t i = 0; i < 2; i++)
                if (s[i] < '0' || s[i] > '9')
                        return -EINVAL;
        hours = (s[0] - '0') * 10 + (s[1] - '0');
        s += 2;
        if (*s != '\0') {
                s += *s == ':';
                if (strlen(s) != 2 || strspn(s, "0123456789") != 2)
                        return -EINVAL;
                minutes = (s[0] - '0') * 10 + (s[1] - '0');
        }
        if (hours > 24 || minutes > 59)
                return -EINVAL;
        *ret = hours * 3600 + minutes * 60;
        return 0;
}

/* Whether it is the text's end, after something; then it is cut off, with the spaces before. */
static bool cut_end(char *text, const char *end, bool needs_space) {
        size_t length = strlen(text), n = strlen(end);

        if (length <= n || n == 0 || strcmp(text + length - n, end) != 0)
                return false;
        length -= n;
        if (needs_space && text[length - 1] != ' ')
                return false;
        while (length > 0 && text[length - 1] == ' ')
                length--;
        text[length] = '\0';
        return true;
}

/* Cuts the zone off. A time of day must be before an offset: 2025-03-30 ends in none. */
static void split_zone(char *text, Zone *ret) {
        char *colon = strchr(text, ':'), *sign = colon ? strpbrk(colon, "+-") : NULL;
        Zone zone = { .is_dst = -1 };
        long offset;

        if (cut_end(text, "UTC", true) || (colon && cut_end(text, "Z", false)))
                zone.is_fixed = true;
        else if (sign && parse_offset(sign + 1, &offset) >= 0) {
                zone.is_fixed = true;
                zone.offset = *sign == '-' ? -offset : offset;
                while (sign > text && sign[-1] == ' ')
                        sign--;
                *sign = '\0';
        } else
                for (int i = 0; i < 2; i++)
                        if (cut_end(text, tzname[i], true)) {
                                if (strcmp(tzname[0], tzname[1]) != 0)
                                        zone.is_dst = i;
                                break;
                        }
        *ret = zone;
}

static bool to_calendar(uint64_t usec, const Zone *zone, struct tm *ret) {
        time_t t = (time_t) (usec / USEC_PER_SEC);

        if (!zone->is_fixed)
                return localtime_r(&t, ret);
        t += zone->offset;
        return gmtime_r(&t, ret);
}

static int from_calendar(struct tm tm, const Zone *zone, int week_day, uint64_t *ret) {
        struct tm given = tm;
        time_t t;

        tm.tm_isdst = zone->is_dst;
        t = zone->is_fixed ? timegm(&tm) : mktime(&tm);
        /* They make March 2 of February 30. */
        if (tm.tm_mday != given.tm_mday || tm.tm_mon != given.tm_mon)
                return -EINVAL;
        if (!zone->is_fixed && zone->is_dst >= 0 && tm.tm_isdst != zone->is_dst)
                return -EINVAL;
        if (week_day >= 0 && tm.tm_wday != week_day)
                return -EINVAL;
        t -= zone->is_fixed ? zone->offset : 0;
        if (t < 0 || (uint64_t) t > UINT64_MAX / USEC_PER_SEC - 1)
                return -EINVAL;
        *ret = (uint64_t) t * USEC_PER_SEC;
        return 0;
}

/* --- dates ---------------------------------------------------------------------------------------
 */

/* "Mon " or "Monday " at the beginning; returns what follows, and -1 for none. */
static const char *skip_week_day(const char *text, int *ret) {
        static const char *const names[] = {
                "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
        };
        size_t length = strcspn(text, " ,");

        *ret = -1;
        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if ((length == 3 || length == strlen(names[i])) &&
                    strncasecmp(text, names[i], length) == 0 && text[length] != '\0') {
                        *ret = (int) i;
                        text += length + (text[length] == ',');
                        return text + strspn(text, " ");
                }
        return text;
}

/* As in lines of logs: the last such day. */
static int from_day_without_year(
        struct tm tm, const Zone *zone, int week_day, uint64_t now, uint64_t *ret) {
        static const uint64_t day = 86400 * USEC_PER_SEC;

        /* A February 29 may be eight years ago. */
        for (unsigned i = 0; i <= 8; i++, tm.tm_year--) {
                uint64_t time;

                if (from_calendar(tm, zone, week_day, &time) >= 0 && time <= now + day) {
                        *ret = time;
                        return 0;
                }
        }
        return -EINVAL;
}

static int parse_date(char *text, uint64_t now, uint64_t *ret) {
        static const struct {
                const char *format;
                bool has_seconds, has_no_year;
        } formats[] = {
                { "%y-%m-%d %H:%M:%S", true, false }, { "%Y-%m-%d %H:%M:%S", true, false },
                { "%y-%m-%dT%H:%M:%S", true, false }, { "%Y-%m-%dT%H:%M:%S", true, false },
                { "%y-%m-%d %H:%M", false, false },   { "%Y-%m-%d %H:%M", false, false },
                { "%y-%m-%dT%H:%M", false, false },   { "%Y-%m-%dT%H:%M", false, false },
                { "%y-%m-%d", false, false },         { "%Y-%m-%d", false, false },
                { "%H:%M:%S", true, false },          { "%H:%M", false, false },
                { "%b %d %H:%M:%S", true, true },
        };
        const char *date;
        int week_day;
        Zone zone;

        tzset();
        split_zone(text, &zone);
        date = skip_week_day(text, &week_day);

        for (size_t i = 0; i < ELEMENTSOF(formats); i++) {
                uint64_t time, fraction = 0;
                const char *end;
                struct tm tm;
                int r = 0;

                if (!to_calendar(now, &zone, &tm))
                        return -EINVAL;
                tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
                end = strptime(date, formats[i].format, &tm);
                if (end && formats[i].has_seconds)
                        r = parse_fraction(&end, USEC_PER_SEC, &fraction);
                if (!end || r < 0 || *end != '\0')
                        continue;
                r = formats[i].has_no_year ? from_day_without_year(tm, &zone, week_day, now, &time)
                                           : from_calendar(tm, &zone, week_day, &time);
                if (r >= 0)
                        *ret = time + fraction;
                return r;
        }
        return -EINVAL;
}

static int start_of_day(uint64_t now, int days, uint64_t *ret) {
        const Zone local = { .is_dst = -1 };
        time_t t;
        struct tm tm;

        if (!to_calendar(now, &local, &tm))
                return -EINVAL;
        tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
        tm.tm_mday += days;
        tm.tm_isdst = -1;
        t = mktime(&tm);
        if (t < 0)
                return -EINVAL;
        *ret = (uint64_t) t * USEC_PER_SEC;
        return 0;
}

static int parse_epoch(const char *text, uint64_t *ret) {
        uint64_t seconds, fraction, time;
        int r;

        r = parse_whole(&text, &seconds);
        if (r >= 0)
                r = parse_fraction(&text, USEC_PER_SEC, &fraction);
        if (r < 0 || *text != '\0' || __builtin_mul_overflow(seconds, USEC_PER_SEC, &time) ||
            __builtin_add_overflow(time, fraction, &time))
                return -EINVAL;
        *ret = time;
        return 0;
}

static bool ends_with(const char *text, size_t length, const char *end) {
        return length > strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

int time_parse(const char *text, uint64_t now, uint64_t *ret) {
        static const struct {
                const char *name;
                int days;
        } days[] = { { "yesterday", -1 }, { "today", 0 }, { "tomorrow", 1 } };
        static const char ago[] = " ago", left[] = " left";
        size_t length = strlen(text);
        char copy[TEXT_MAX];

        if (strcmp(text, "now") == 0) {
                *ret = now;
                return 0;
        }
        for (size_t i = 0; i < ELEMENTSOF(days); i++)
                if (strcmp(text, days[i].name) == 0)
                        return start_of_day(now, days[i].days, ret);

        if (length >= sizeof(copy))
                return -EINVAL;
        if (text[0] == '@')
                return parse_epoch(text + 1, ret);
        if (text[0] == '-')
                return parse_past(text + 1, length - 1, now, ret);
        if (text[0] == '+')
                return parse_future(text + 1, length - 1, now, ret);
        if (ends_with(text, length, ago))
                return parse_past(text, length - strlen(ago), now, ret);
        if (ends_with(text, length, left))
                return parse_future(text, length - strlen(left), now, ret);
        memcpy(copy, text, length + 1);
        return parse_date(copy, now, ret);
}
