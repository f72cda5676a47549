/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "journal/cursor.h"

#include <string.h>

/* A hexadecimal number of at most 64 bits, and nothing else. */
static bool parse_number(const char *text, size_t length, uint64_t *ret) {
        uint64_t number = 0;

        if (length == 0 || length > 16)
                return false;
        for (size_t i = 0; i < length; i++) {
                char c = text[i];

                if (c >= '0' && c <= '9')
                        number = number << 4 | (uint64_t) (c - '0');
                else if (c >= 'a' && c <= 'f')
                        number = number << 4 | (uint64_t) (c - 'a' + 10);
                else
                        return false;
        }
        *ret = number;
        return true;
}

static bool parse_id(const char *text, size_t length, sd_id128_t *ret) {
        char copy[SD_ID128_STRING_MAX];

        if (length != sizeof(copy) - 1)
                return false;
        memcpy(copy, text, length);
        copy[length] = '\0';
        return sd_id128_from_string(copy, ret) >= 0;
}

/* "s=…": one letter, what it stands for. Letters that are not known are for newer systemds. */
static bool parse_part(const char *part, size_t length, JournalCursor *cursor) {
        const char *value = part + 2;
        uint64_t unused;

        if (length < 3 || part[1] != '=')
                return false;
        length -= 2;
        switch (part[0]) {
        case 's':
                return parse_id(value, length, &cursor->sequence);
        case 'i':
                return parse_number(value, length, &cursor->number);
        case 'b':
                return parse_id(value, length, &cursor->boot);
        case 'm':
                return parse_number(value, length, &cursor->monotonic);
        case 't':
                return parse_number(value, length, &cursor->realtime);
        case 'x':
                return parse_number(value, length, &unused);
        default:
                return true;
        }
}

int journal_cursor_parse(const char *text, JournalCursor *ret) {
        JournalCursor cursor = {};

        if (strlen(text) >= JOURNAL_CURSOR_MAX)
                return -EINVAL;
        for (const char *part = text;;) {
                size_t length = strcspn(part, ";");

                if (!parse_part(part, length, &cursor))
                        return -EINVAL;
                if (part[length] == '\0')
                        break;
                part += length + 1;
        }
        if (sd_id128_is_null(cursor.sequence) && cursor.realtime == 0)
                return -EINVAL;

        *ret = cursor;
        return 0;
}

static int order(uint64_t a, uint64_t b, int *ret) {
        *ret = a < b ? -1 : a > b;
        return 0;
}

/* How the journal's present entry stands to the cursor's: *ret is negative for an earlier one. */
static int compare(const JournalCursor *cursor, sd_journal *journal, int *ret) {
        uint64_t number, monotonic, realtime;
        sd_id128_t sequence, boot;
        int r;

        r = sd_journal_get_seqnum(journal, &number, &sequence);
        if (r < 0)
                return r;
        if (!sd_id128_is_null(cursor->sequence) && sd_id128_equal(sequence, cursor->sequence))
                return order(number, cursor->number, ret);

        r = sd_journal_get_monotonic_usec(journal, &monotonic, &boot);
        if (r < 0)
                return r;
        if (!sd_id128_is_null(cursor->boot) && sd_id128_equal(boot, cursor->boot))
                return order(monotonic, cursor->monotonic, ret);

        r = sd_journal_get_realtime_usec(journal, &realtime);
        return r < 0 ? r : order(realtime, cursor->realtime, ret);
}

int journal_cursor_covers(const JournalCursor *cursor, sd_journal *journal) {
        int compared, r;

        r = compare(cursor, journal, &compared);
        return r < 0 ? r : compared <= 0;
}

int journal_cursor_follows(const JournalCursor *cursor, sd_journal *journal) {
        int compared, r;

        r = compare(cursor, journal, &compared);
        return r < 0 ? r : compared < 0;
}
