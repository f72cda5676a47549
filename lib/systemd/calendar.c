/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "systemd/calendar.h"

#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/utf8.h"

#define ZONES "/usr/share/zoneinfo"

/* A text that is being read. */
typedef struct Reader {
        const char *at;
        Calendar *calendar;
} Reader;

/* --- words --------------------------------------------------------------------------------------
 */

/* The length of the word when the text starts with it, in capitals or small letters; 0: another. */
static size_t match_word(const char *text, const char *word) {
        size_t n = strlen(word);

        return ascii_strncasecmp(text, word, n) == 0 ? n : 0;
}

static const struct {
        const char *word, *expression;
} shorthands[] = {
        { "minutely", "*-*-* *:*:00" },
        { "hourly", "*-*-* *:00:00" },
        { "daily", "*-*-* 00:00:00" },
        { "monthly", "*-*-01 00:00:00" },
        { "weekly", "Mon *-*-* 00:00:00" },
        { "yearly", "*-01-01 00:00:00" },
        { "annually", "*-01-01 00:00:00" },
        { "quarterly", "*-01,04,07,10-01 00:00:00" },
        { "semiannually", "*-01,07-01 00:00:00" },
        { "semi-annually", "*-01,07-01 00:00:00" },
        { "biannually", "*-01,07-01 00:00:00" },
        { "bi-annually", "*-01,07-01 00:00:00" },
};

static const char *const weekdays[] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
                                        "Friday", "Saturday", "Sunday" };

enum { WEEKDAY_SHORT = 3 };

/* The number of the day that the text begins with, or -1. */
static int match_weekday(const char *text, size_t *ret_length) {
        char abbreviation[WEEKDAY_SHORT + 1] = {};

        for (size_t i = 0; i < ELEMENTSOF(weekdays); i++) {
                memcpy(abbreviation, weekdays[i], WEEKDAY_SHORT);
                *ret_length = match_word(text, weekdays[i]);
                if (*ret_length == 0)
                        *ret_length = match_word(text, abbreviation);
                if (*ret_length > 0)
                        return (int) i;
        }
        return -1;
}

static void skip_blanks(Reader *r) {
        r->at += strspn(r->at, " ");
}

static bool is_at_end(const Reader *r) {
        return *r->at == '\0' || *r->at == ' ';
}

/* "Mon", "Mon,Wed", "Mon..Fri", "Mon-Fri,Sun": a day, from which a range goes on when it is >= 0.
 */
static int read_weekday(Reader *r, int from) {
        size_t length;
        int day = match_weekday(r->at, &length);

        if (day < 0 || day < from)
                return -EINVAL;
        if (r->at[length] != '\0' && !strchr("-., ", r->at[length])) {
                r->at += length;
                return -EINVAL;
        }
        for (int i = from < 0 ? day : from; i <= day; i++)
                r->calendar->weekdays |= (uint8_t) (1 << i);
        r->at += length;
        return day;
}

static int read_weekdays(Reader *r) {
        size_t length;
        int from = -1, day;

        if (match_weekday(r->at, &length) < 0)
                return 0;
        for (;;) {
                day = read_weekday(r, from);
                if (day < 0)
                        return day;
                if (is_at_end(r))
                        break;
                if (*r->at != ',' && from >= 0)
                        return -EINVAL; /* a range from the end of a range */
                from = *r->at == ',' ? -1 : day;
                if (r->at[0] == '.' && r->at[1] != '.')
                        return -EINVAL;
                r->at += r->at[0] == '.' ? 2 : 1;
                if (is_at_end(r) && from < 0)
                        break;
        }
        skip_blanks(r);
        return 0;
}

/* --- numbers ------------------------------------------------------------------------------------
 */

static int read_number(Reader *r, int16_t *ret) {
        int value = 0;
        const char *begin = r->at;

        for (; *r->at >= '0' && *r->at <= '9'; r->at++) {
                value = 10 * value + (*r->at - '0');
                if (value > INT16_MAX) {
                        r->at = begin;
                        return -ERANGE;
                }
        }
        if (r->at == begin)
                return -EINVAL;
        *ret = (int16_t) value;
        return 0;
}

static int read_item(Reader *r, CalendarItem *ret) {
        CalendarItem item = { .stop = -1 };
        int error;

        error = read_number(r, &item.start);
        if (error >= 0 && strncmp(r->at, "..", 2) == 0) {
                r->at += 2;
                error = read_number(r, &item.stop);
        }
        if (error >= 0 && *r->at == '/') {
                r->at++;
                error = read_number(r, &item.repeat);
                if (error >= 0 && item.repeat == 0) {
                        r->at--;
                        error = -ERANGE;
                }
        }
        if (error < 0)
                return error;
        *ret = item;
        return 0;
}

/* "*" or items with commas between them. */
static int read_chain(Reader *r, CalendarChain *ret) {
        CalendarChain chain = {};
        int error;

        if (*r->at == '*') {
                r->at++;
                *ret = chain;
                return 0;
        }
        for (;;) {
                if (chain.n_items == CALENDAR_ITEMS_MAX)
                        return -E2BIG;
                error = read_item(r, &chain.items[chain.n_items]);
                if (error < 0)
                        return error;
                chain.n_items++;
                if (*r->at != ',')
                        break;
                r->at++;
        }
        *ret = chain;
        return 0;
}

/* --- limits -------------------------------------------------------------------------------------
 */

static const struct {
        int16_t min, max;
} limits[_CALENDAR_FIELD_MAX] = {
        [CALENDAR_YEAR] = { 1970, 2199 }, [CALENDAR_MONTH] = { 1, 12 },
        [CALENDAR_DAY] = { 1, 31 },       [CALENDAR_HOUR] = { 0, 23 },
        [CALENDAR_MINUTE] = { 0, 59 },    [CALENDAR_SECOND] = { 0, 59 },
};

/* "70" is 1970, "25" is 2025. */
static int16_t full_year(int16_t year) {
        if (year < 0 || year >= 100)
                return year;
        return (int16_t) (year < 70 ? year + 2000 : year + 1900);
}

/* Days from the end are those that each month has. */
static int16_t max_of(const Calendar *calendar, CalendarField field) {
        bool from_end = field == CALENDAR_DAY && calendar->end_of_month;

        return (int16_t) (limits[field].max - (from_end ? 3 : 0));
}

static bool is_within(const CalendarItem *item, int16_t min, int16_t max) {
        if (item->start < min || item->start > max || min + item->repeat > max)
                return false;
        return item->stop < 0 || (item->stop >= item->start && item->stop <= max);
}

/* Reads one field, and says where a number in it is out of range. */
static int read_field(Reader *r, CalendarField field, CalendarChain *ret) {
        const char *begin = r->at;
        CalendarChain chain;
        int error;

        error = read_chain(r, &chain);
        if (error < 0)
                return error;
        for (size_t i = 0; i < chain.n_items; i++) {
                CalendarItem *item = &chain.items[i];

                if (field == CALENDAR_YEAR) {
                        item->start = full_year(item->start);
                        item->stop = full_year(item->stop);
                }
                if (!is_within(item, limits[field].min, max_of(r->calendar, field))) {
                        r->at = begin;
                        return -ERANGE;
                }
        }
        *ret = chain;
        return 0;
}

/* --- date and time ------------------------------------------------------------------------------
 */

/* '-' or, before the day, '~'. */
static int read_dash(Reader *r, bool before_day) {
        if (*r->at == '~' && before_day)
                r->calendar->end_of_month = true;
        else if (*r->at != '-')
                return -EINVAL;
        r->at++;
        return 0;
}

/* How many dashes are in the next word: 2 "Y-M-D", 1 "M-D", 0 a time. */
static unsigned count_dashes(const Reader *r) {
        unsigned n = 0;

        for (const char *p = r->at; *p != '\0' && *p != ' '; p++)
                n += *p == '-' || *p == '~';
        return n;
}

static int read_date(Reader *r) {
        unsigned n = count_dashes(r);
        CalendarField field = n > 1 ? CALENDAR_YEAR : CALENDAR_MONTH;
        int error = 0;

        if (n == 0)
                return 0;
        for (; error >= 0 && field <= CALENDAR_DAY; field++) {
                error = read_field(r, field, &r->calendar->fields[field]);
                if (error >= 0 && field < CALENDAR_DAY)
                        error = read_dash(r, field == CALENDAR_MONTH);
        }
        if (error < 0)
                return error;
        if (!is_at_end(r))
                return -EINVAL;
        skip_blanks(r);
        return 0;
}

static void set_zero(CalendarChain *chain) {
        *chain = (CalendarChain) { .items = { { .stop = -1 } }, .n_items = 1 };
}

static int read_colon(Reader *r) {
        if (*r->at != ':')
                return -EINVAL;
        r->at++;
        return 0;
}

/* "H:M" or "H:M:S"; nothing is midnight. */
static int read_time(Reader *r) {
        CalendarChain *fields = r->calendar->fields;
        CalendarField field = CALENDAR_HOUR;
        int error = 0;

        for (; error >= 0 && *r->at != '\0' && field <= CALENDAR_SECOND; field++) {
                error = field > CALENDAR_HOUR ? read_colon(r) : 0;
                if (error >= 0)
                        error = read_field(r, field, &fields[field]);
        }
        /* An hour alone, or text behind the time. */
        if (error >= 0 && (*r->at != '\0' || field == CALENDAR_MINUTE))
                error = -EINVAL;
        for (; error >= 0 && field <= CALENDAR_SECOND; field++)
                set_zero(&fields[field]);
        return error;
}

/* --- the whole ----------------------------------------------------------------------------------
 */

/* A path below the directory of time zones. */
static bool is_zone_name(const char *name) {
        return name[0] != '/' && name[0] != '\0' && !strstr(name, "..") &&
               name[strspn(
                       name,
                       "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/")] ==
                       '\0';
}

static bool zone_exists(const char *name) {
        char path[sizeof(ZONES "/") + CALENDAR_ZONE_MAX], magic[4];
        _cleanup_close_ int fd = -EBADF;
        struct stat st;

        if (strlen(name) > CALENDAR_ZONE_MAX || !is_zone_name(name))
                return false;
        (void) snprintf(path, sizeof(path), ZONES "/%s", name);
        fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        /* Tables of zones are files there too. */
        return fd >= 0 && fstat(fd, &st) >= 0 && S_ISREG(st.st_mode) &&
               read(fd, magic, sizeof(magic)) == sizeof(magic) &&
               memcmp(magic, "TZif", sizeof(magic)) == 0;
}

/*
 * The last word is a time zone when it begins with a letter and is not the only word: days of the
 * week come first. Cuts it off.
 */
static int take_zone(char *text, Calendar *calendar, size_t *reterr_offset) {
        char *blank = strrchr(text, ' ');
        const char *word = blank ? blank + 1 : NULL;

        if (!word || ascii_lower(word[0]) < 'a' || ascii_lower(word[0]) > 'z')
                return 0;
        *reterr_offset = (size_t) (word - text);
        if (match_word(word, "UTC") == strlen(word))
                (void) snprintf(calendar->zone, sizeof(calendar->zone), "UTC");
        else if (zone_exists(word))
                (void) snprintf(calendar->zone, sizeof(calendar->zone), "%s", word);
        else
                return -ENOENT;
        *blank = '\0';
        return 0;
}

static const char *find_shorthand(const char *text) {
        for (size_t i = 0; i < ELEMENTSOF(shorthands); i++)
                if (text[0] != '\0' && match_word(text, shorthands[i].word) == strlen(text))
                        return shorthands[i].expression;
        return NULL;
}

static int read_all(const char *text, Calendar *calendar, size_t *reterr_offset) {
        const char *expression = find_shorthand(text);
        Reader r = { .at = expression ?: text, .calendar = calendar };
        int error;

        error = read_weekdays(&r);
        if (error >= 0)
                error = read_date(&r);
        if (error >= 0)
                error = read_time(&r);
        if (error >= 0 && r.at == text)
                error = -EINVAL; /* empty */
        if (error < 0)
                *reterr_offset = (size_t) (r.at - text);
        return error;
}

int calendar_parse(const char *text, Calendar *ret, size_t *reterr_offset) {
        _cleanup_free_ char *copy = strdup(text);
        Calendar calendar = { .is_set = true };
        int error;

        if (!copy)
                return -ENOMEM;
        error = take_zone(copy, &calendar, reterr_offset);
        if (error >= 0)
                error = read_all(copy, &calendar, reterr_offset);
        if (error < 0)
                return error;
        *ret = calendar;
        return 0;
}

/* --- writing ------------------------------------------------------------------------------------
 */

/* Text that grows in a buffer, which has room for all there is. */
typedef struct Writer {
        char *text;
        size_t size;
} Writer;

static void put(Writer *w, const char *format, ...) _printf_(2, 3);

static void put(Writer *w, const char *format, ...) {
        va_list ap;
        int n;

        va_start(ap, format);
        n = vsnprintf(w->text + w->size, CALENDAR_TEXT_MAX - w->size, format, ap);
        va_end(ap);
        if (n > 0)
                w->size += (size_t) n;
        if (w->size >= CALENDAR_TEXT_MAX)
                w->size = CALENDAR_TEXT_MAX - 1;
}

static void put_chain(Writer *w, const CalendarChain *chain) {
        if (chain->n_items == 0)
                put(w, "*");
        for (size_t i = 0; i < chain->n_items; i++) {
                const CalendarItem *item = &chain->items[i];

                put(w, "%s%02d", i > 0 ? "," : "", item->start);
                if (item->stop >= 0)
                        put(w, "..%02d", item->stop);
                if (item->repeat > 0)
                        put(w, "/%d", item->repeat);
        }
}

static void put_weekdays(Writer *w, uint8_t days) {
        const char *separator = "";

        for (size_t i = 0; i < ELEMENTSOF(weekdays); i++)
                if (days >> i & 1) {
                        put(w, "%s%.*s", separator, WEEKDAY_SHORT, weekdays[i]);
                        separator = ",";
                }
        if (days != 0)
                put(w, " ");
}

const char *calendar_format(const Calendar *calendar, char buffer[static CALENDAR_TEXT_MAX]) {
        Writer w = { .text = buffer };

        put_weekdays(&w, calendar->weekdays);
        for (CalendarField field = CALENDAR_YEAR; field < _CALENDAR_FIELD_MAX; field++) {
                static const char *const before[_CALENDAR_FIELD_MAX] = {
                        "", "-", "-", " ", ":", ":"
                };
                bool from_end = field == CALENDAR_DAY && calendar->end_of_month;

                put(&w, "%s", from_end ? "~" : before[field]);
                put_chain(&w, &calendar->fields[field]);
        }
        if (calendar->zone[0] != '\0')
                put(&w, " %s", calendar->zone);
        return buffer;
}
