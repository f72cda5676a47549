/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "journal/tail.h"

#include "journal/cursor.h"

struct JournalTail {
        sd_journal *journal;
        int fd;
        JournalPosition last;
        bool files_changed; /* files came or went since the end was last reached */
};

/* Goes to the last entry there is. An empty journal is fine. */
static int go_to_end(JournalTail *tail) {
        JournalPosition *last = &tail->last;
        int r;

        r = sd_journal_seek_tail(tail->journal);
        if (r < 0)
                return r;
        r = sd_journal_previous(tail->journal);
        if (r <= 0)
                return r;
        return sd_journal_get_seqnum(tail->journal, &last->number, &last->sequence);
}

static int open_tail(JournalTail **ret) {
        _cleanup_(journal_tail_freep) JournalTail *tail = calloc(1, sizeof(*tail));
        int r;

        if (!tail)
                return -ENOMEM;
        r = sd_journal_open(&tail->journal, SD_JOURNAL_LOCAL_ONLY);
        if (r < 0)
                return r;
        /* Watches the directories, from before a place is looked for. */
        tail->fd = sd_journal_get_fd(tail->journal);
        if (tail->fd < 0)
                return tail->fd;

        *ret = TAKE_PTR(tail);
        return 0;
}

int journal_tail_new(JournalTail **ret) {
        _cleanup_(journal_tail_freep) JournalTail *tail = NULL;
        int r;

        r = open_tail(&tail);
        if (r >= 0)
                r = go_to_end(tail);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(tail);
        return 0;
}

/* 1: the next entry is the cursor's; 0: it is a later one, or there is none. */
static int go_to_cursor(sd_journal *journal, const char *cursor) {
        int r, found = 0;

        r = sd_journal_seek_cursor(journal, cursor);
        if (r >= 0)
                r = sd_journal_next(journal);
        if (r > 0)
                r = found = sd_journal_test_cursor(journal, cursor);
        /* Back before it. */
        if (r >= 0)
                r = sd_journal_seek_cursor(journal, cursor);
        return r < 0 ? r : found;
}

int journal_tail_new_at(const char *cursor, JournalTail **ret) {
        _cleanup_(journal_tail_freep) JournalTail *tail = NULL;
        JournalCursor place;
        int r;

        r = journal_cursor_parse(cursor, &place);
        if (r >= 0)
                r = open_tail(&tail);
        if (r >= 0)
                r = go_to_cursor(tail->journal, cursor);
        if (r < 0)
                return r;

        if (place.number > 0)
                tail->last = (JournalPosition) { place.sequence, place.number - 1 };
        tail->files_changed = true;
        *ret = TAKE_PTR(tail);
        return r;
}

const JournalPosition *journal_tail_position(const JournalTail *tail) {
        return &tail->last;
}

int journal_tail_fd(const JournalTail *tail) {
        return tail->fd;
}

int journal_tail_process(JournalTail *tail) {
        int r = sd_journal_process(tail->journal);

        if (r == SD_JOURNAL_INVALIDATE)
                tail->files_changed = true;
        return r < 0 ? r : 0;
}

/* Counts the missing entries between the last one read and the current one. */
static int count_lost(JournalTail *tail, uint64_t *ret_lost) {
        JournalPosition now;
        int r;

        r = sd_journal_get_seqnum(tail->journal, &now.number, &now.sequence);
        if (r < 0)
                return r;
        /* Only a file that went can take entries with it; otherwise a gap is one of journald's. */
        if (tail->files_changed && sd_id128_equal(now.sequence, tail->last.sequence) &&
            now.number > tail->last.number + 1)
                *ret_lost += now.number - tail->last.number - 1;

        tail->last = now;
        return 0;
}

int64_t journal_tail_pass(
        JournalTail *tail, size_t at_most, JournalHandler handler, void *userdata,
        uint64_t *ret_lost) {
        size_t passed = 0;
        int r;

        for (; passed < at_most; passed++) {
                r = sd_journal_next(tail->journal);
                if (r < 0)
                        return r;
                if (r == 0) {
                        tail->files_changed = false;
                        break;
                }

                r = count_lost(tail, ret_lost);
                if (r >= 0)
                        r = handler(tail->journal, userdata);
                /* Vacuumed while it was looked at, or damaged: the next one. */
                if (r < 0 && r != -EBADMSG && r != -EADDRNOTAVAIL)
                        return r;
        }
        return (int64_t) passed;
}

JournalTail *journal_tail_free(JournalTail *tail) {
        if (!tail)
                return NULL;
        if (tail->journal)
                sd_journal_close(tail->journal);
        free(tail);
        return NULL;
}
