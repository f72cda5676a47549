/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Calendar expressions of systemd.time(7), "Mon..Fri *-*-* 04:00", as numbers: read and checked as
 * systemd does, and written in one form. This refuses three things that systemd accepts: fractions
 * of seconds, "@SECONDS", and the abbreviations of the local time zone. It looks at no other file
 * than the time zone's, and not at the clock.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

enum {
        CALENDAR_ITEMS_MAX = 24, /* of one field */
        CALENDAR_ZONE_MAX = 63,
        CALENDAR_TEXT_MAX = 3072, /* bytes that calendar_format() needs at most, with the NUL */
};

/* "START", "START..STOP", "START/REPEAT", "START..STOP/REPEAT" */
typedef struct CalendarItem {
        int16_t start, stop; /* stop: -1: none */
        int16_t repeat;      /* 0: none */
} CalendarItem;

typedef enum CalendarField {
        CALENDAR_YEAR,
        CALENDAR_MONTH,
        CALENDAR_DAY,
        CALENDAR_HOUR,
        CALENDAR_MINUTE,
        CALENDAR_SECOND,
        _CALENDAR_FIELD_MAX,
} CalendarField;

typedef struct CalendarChain {
        CalendarItem items[CALENDAR_ITEMS_MAX];
        uint8_t n_items; /* 0: "*" */
} CalendarChain;

typedef struct Calendar {
        bool is_set;
        uint8_t weekdays;  /* bit 0: Monday; 0: every day */
        bool end_of_month; /* days count from the end, "~" */
        CalendarChain fields[_CALENDAR_FIELD_MAX];
        char zone[CALENDAR_ZONE_MAX + 1]; /* "": the host's */
} Calendar;

/*
 * Returns 0, or an error with the offset in the text where it is: -EINVAL: not understood there,
 * -ERANGE: a number there is out of range, -E2BIG: too many numbers, -ENOENT: an unknown time zone.
 */
int calendar_parse(const char *text, Calendar *ret, size_t *reterr_offset) _must_check_;

/* The same expression again, from letters, digits and any of " *-~.,:/_+". Returns the buffer. */
const char *calendar_format(const Calendar *calendar, char buffer[static CALENDAR_TEXT_MAX]);
