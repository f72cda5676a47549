/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "systemd/calendar.h"

static const struct {
        const char *text, *normal;
} good[] = {
        { "daily", "*-*-* 00:00:00" },
        { "WEEKLY", "Mon *-*-* 00:00:00" },
        { "quarterly", "*-01,04,07,10-01 00:00:00" },
        { "daily UTC", "*-*-* 00:00:00 UTC" },
        { "04:00", "*-*-* 04:00:00" },
        { "4:5:6", "*-*-* 04:05:06" },
        { "Mon", "Mon *-*-* 00:00:00" },
        { "Mon 04:00", "Mon *-*-* 04:00:00" },
        { "mon..FRI 04:00", "Mon,Tue,Wed,Thu,Fri *-*-* 04:00:00" },
        { "Mon-Wed,Sunday *-*-* 04:00", "Mon,Tue,Wed,Sun *-*-* 04:00:00" },
        { "Sat, 04:00", "Sat *-*-* 04:00:00" },
        { "*-*-* 0/6:00", "*-*-* 00/6:00:00" },
        { "*-*-1..7 4:00", "*-*-01..07 04:00:00" },
        { "12-24 18:30", "*-12-24 18:30:00" },
        { "25-12-24", "2025-12-24 00:00:00" },
        { "*-02~03", "*-02~03 00:00:00" },
        { "*-*~1 04:00", "*-*~01 04:00:00" },
        { "*-*~28", "*-*~28 00:00:00" },
        { "*-*~1..28/27", "*-*~01..28/27 00:00:00" },
        { "*:0/5", "*-*-* *:00/5:00" },
        { "*:*:0/5", "*-*-* *:*:00/5" },
        { "04,16:00", "*-*-* 04,16:00:00" },
        { "2026..2028-1,6-1/10 4:00..30/15", "2026..2028-01,06-01/10 04:00..30/15:00" },
        { "04:00 Europe/Berlin", "*-*-* 04:00:00 Europe/Berlin" },
};

Test(calendar, reads_and_writes) {
        for (size_t i = 0; i < ELEMENTSOF(good); i++) {
                char text[CALENDAR_TEXT_MAX], again[CALENDAR_TEXT_MAX];
                Calendar calendar;
                size_t offset;

                cr_expect_eq(
                        calendar_parse(good[i].text, &calendar, &offset), 0, "%s", good[i].text);
                cr_expect_str_eq(calendar_format(&calendar, text), good[i].normal);
                cr_expect_eq(calendar_parse(text, &calendar, &offset), 0, "%s", text);
                cr_expect_str_eq(calendar_format(&calendar, again), text);
        }
}

Test(calendar, says_where_an_error_is) {
        static const struct {
                const char *text;
                int error;
                size_t offset;
        } bad[] = {
                { "", -EINVAL, 0 },
                { "often", -EINVAL, 0 },
                { "4", -EINVAL, 1 },
                { "04:", -EINVAL, 3 },
                { "04:00:00:00", -EINVAL, 8 },
                { "24:00", -ERANGE, 0 },
                { "04:60", -ERANGE, 3 },
                { "04:00 x", -ENOENT, 6 },
                { "04:00 Mars/Olympus", -ENOENT, 6 },
                { "04:00 ../../etc/passwd", -EINVAL, 5 },
                { "04:00 Europe/../../../etc/passwd", -ENOENT, 6 },
                { "04:00 Europe", -ENOENT, 6 },
                { "04:00 leapseconds", -ENOENT, 6 },
                { "Mon..", -EINVAL, 5 },
                { "Mon.", -EINVAL, 3 },
                { "Mon.-Tue", -EINVAL, 3 },
                { "Fri..Mon 04:00", -EINVAL, 5 },
                { "Mon..Tue..Wed", -EINVAL, 8 },
                { "Mox 04:00", -EINVAL, 0 },
                { "Monk 04:00", -EINVAL, 3 },
                { "*-13-01", -ERANGE, 2 },
                { "*-*-32", -ERANGE, 4 },
                { "*-*-0", -ERANGE, 4 },
                { "*-*~29", -ERANGE, 4 },
                { "*-*~1..31", -ERANGE, 4 },
                { "*-*~1/28", -ERANGE, 4 },
                { "1900-01-01", -ERANGE, 0 },
                { "*-*-* 0/0:00", -ERANGE, 8 },
                { "*-*-* 5..4:00", -ERANGE, 6 },
                { "*-*-* 99999:00", -ERANGE, 6 },
                { "*-*-*-* 04:00", -EINVAL, 5 },
                { "*-*-* 04:00%n", -EINVAL, 11 },
                { "*-*-* 04:00\nOnBootSec=1", -EINVAL, 11 },
                { "@1764460800", -EINVAL, 0 },
                { "04:00:00.5", -EINVAL, 8 },
                { "0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,1,2,3,4:00", -E2BIG, 48 },
        };

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                Calendar calendar;
                size_t offset = 0;

                cr_expect_eq(
                        calendar_parse(bad[i].text, &calendar, &offset), bad[i].error, "%s: %d",
                        bad[i].text, calendar_parse(bad[i].text, &calendar, &offset));
                cr_expect_eq(offset, bad[i].offset, "%s: %zu", bad[i].text, offset);
        }
}

/* All items as long as they get fit into the buffer. */
Test(calendar, the_longest_fits) {
        char text[CALENDAR_TEXT_MAX];
        Calendar calendar = { .is_set = true, .weekdays = 0x7f };

        for (CalendarField f = 0; f < _CALENDAR_FIELD_MAX; f++) {
                calendar.fields[f].n_items = CALENDAR_ITEMS_MAX;
                for (size_t i = 0; i < CALENDAR_ITEMS_MAX; i++)
                        calendar.fields[f].items[i] =
                                (CalendarItem) { .start = 2199, .stop = 2199, .repeat = 31 };
        }
        memset(calendar.zone, 'x', CALENDAR_ZONE_MAX);
        cr_assert_lt(strlen(calendar_format(&calendar, text)), CALENDAR_TEXT_MAX - 1);
}
