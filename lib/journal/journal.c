/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "journal/journal.h"

#include <string.h>

#include "journal/cursor.h"
#include "journal/files.h"
#include "journal/match.h"

/* --- the last lines --------------------------------------------------------------------------- */

/* A journal file that was opened, positioned at the oldest entry wanted. */
typedef struct Segment {
        sd_journal *journal;
        uint64_t n_entries; /* wanted, from the position on */
} Segment;

typedef struct Tail {
        const JournalQuery *query;
        Segment *segments; /* newest first */
        size_t n_segments;
        uint64_t n_entries, n_refused;
        sd_id128_t invocation; /* the last one, once known */
        bool complete;         /* nothing older is wanted */
        bool met;              /* query->after was found, or what came before it */
} Tail;

static void tail_clear(Tail *tail) {
        for (size_t i = 0; i < tail->n_segments; i++)
                sd_journal_close(tail->segments[i].journal);
        free(tail->segments);
        *tail = (Tail) {};
}

/* 1: the entry is later than what is asked for. */
static int is_too_late(sd_journal *journal, const JournalQuery *query) {
        const JournalPosition *until = query->until;
        uint64_t number, realtime;
        sd_id128_t sequence;
        int r;

        if (query->before > 0) {
                r = sd_journal_get_realtime_usec(journal, &realtime);
                if (r < 0 || realtime >= query->before)
                        return r < 0 ? r : 1;
        }
        if (query->older) {
                r = journal_cursor_follows(query->older, journal);
                if (r <= 0)
                        return r < 0 ? r : 1;
        }
        if (!until)
                return 0;
        r = sd_journal_get_seqnum(journal, &number, &sequence);
        if (r < 0)
                return r;
        return sd_id128_equal(sequence, until->sequence) && number > until->number;
}

static int passes_filter(sd_journal *journal, const JournalQuery *query) {
        return query->filter ? query->filter(journal, query->filter_userdata) : 1;
}

/* Both directions use this test, so reading forward finds the entries that were counted
 * backward. */
static int is_wanted(sd_journal *journal, const JournalQuery *query) {
        int r = is_too_late(journal, query);

        if (r != 0)
                return r < 0 ? r : 0;
        return passes_filter(journal, query);
}

/* 1: the entry, and with it all older ones, are not wanted. */
static int is_too_early(Tail *tail, sd_journal *journal) {
        sd_id128_t invocation;
        int r;

        if (tail->query->after) {
                r = journal_cursor_covers(tail->query->after, journal);
                tail->met = r > 0;
                if (r != 0)
                        return r;
        }

        if (tail->query->since > 0) {
                uint64_t realtime;

                r = sd_journal_get_realtime_usec(journal, &realtime);
                if (r < 0 || realtime < tail->query->since)
                        return r < 0 ? r : 1;
        }

        if (tail->query->all_invocations || tail->query->invocation)
                return 0;
        r = journal_entry_get_invocation(journal, tail->query->unit, &invocation);
        if (r < 0 || sd_id128_is_null(invocation))
                return r;
        if (sd_id128_is_null(tail->invocation))
                tail->invocation = invocation;
        return !sd_id128_equal(invocation, tail->invocation);
}

/* Whether the filter has refused so many that older ones are not worth the time. */
static bool has_refused_enough(Tail *tail) {
        return ++tail->n_refused == tail->query->refused_max;
}

/* Goes back through one file, counting what is wanted. */
static int walk_back(Tail *tail, Segment *segment) {
        sd_journal *journal = segment->journal;
        int r;

        while (tail->n_entries < tail->query->lines) {
                r = sd_journal_previous(journal);
                if (r <= 0)
                        return r;
                r = is_too_late(journal, tail->query);
                if (r < 0)
                        return r;
                if (r > 0)
                        continue;
                r = is_too_early(tail, journal);
                if (r < 0)
                        return r;
                if (r > 0) {
                        tail->complete = true;
                        return sd_journal_next(journal) < 0 ? -EIO : 0;
                }
                r = passes_filter(journal, tail->query);
                if (r < 0)
                        return r;
                if (r == 0 && has_refused_enough(tail))
                        break;
                if (r == 0)
                        continue;
                segment->n_entries++;
                tail->n_entries++;
        }

        tail->complete = true;
        return 0;
}

static int add_matches(sd_journal *journal, const JournalQuery *query) {
        int r;

        if (query->invocation)
                r = journal_add_invocation_matches(journal, query->invocation);
        else if (query->kernel)
                r = journal_add_kernel_matches(journal);
        else
                r = journal_add_unit_matches(journal, query->unit);
        if (r < 0 || !query->match)
                return r;
        r = sd_journal_add_conjunction(journal);
        return r < 0 ? r : sd_journal_add_match(journal, query->match, 0);
}

static int open_file(const char *path, const JournalQuery *query, sd_journal **ret) {
        _cleanup_(sd_journal_closep) sd_journal *journal = NULL;
        const char *paths[] = { path, NULL };
        int r;

        r = sd_journal_open_files(&journal, paths, 0);
        if (r < 0)
                return r;
        r = add_matches(journal, query);
        if (r < 0)
                return r;
        r = sd_journal_seek_tail(journal);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(journal);
        return 0;
}

static int add_segment(Tail *tail, const char *path) {
        Segment *segments;
        sd_journal *journal;
        int r;

        segments = reallocarray(tail->segments, tail->n_segments + 1, sizeof(*segments));
        if (!segments)
                return -ENOMEM;
        tail->segments = segments;

        r = open_file(path, tail->query, &journal);
        if (r < 0)
                return r;
        segments[tail->n_segments] = (Segment) { .journal = journal };
        return walk_back(tail, &segments[tail->n_segments++]);
}

/* Whether all files that are older have nothing to give: this one began before what is wanted. */
static bool is_oldest(const JournalQuery *query, const JournalFile *file) {
        return !query->after && file->realtime < query->since;
}

static int collect(const JournalFiles *files, void *userdata) {
        Tail *tail = userdata;

        for (size_t i = 0; i < files->n_items && !tail->complete; i++) {
                int r = add_segment(tail, files->items[i].path);

                if (r < 0 && !journal_files_tolerate(r))
                        return r;
                if (is_oldest(tail->query, &files->items[i]))
                        break;
        }
        return 0;
}

/* As a tail does: an entry that was vacuumed while it was looked at, or is damaged, is left out. */
static bool is_gone(int error) {
        return error == -EBADMSG || error == -EADDRNOTAVAIL;
}

/* The file's wanted entries from its position on; of a file that was vacuumed meanwhile those that
 * are still there. Returns how many. */
static int64_t pass_on_segment(
        const Tail *tail, const Segment *segment, JournalHandler handler, void *userdata) {
        int64_t passed = 0;
        int r = 1;

        for (uint64_t n = 0; n < segment->n_entries;) {
                if (r > 0)
                        r = is_wanted(segment->journal, tail->query);
                if (r > 0) {
                        n++;
                        r = handler(segment->journal, userdata);
                        passed += r >= 0;
                }
                if (r < 0 && !is_gone(r))
                        return r;
                r = sd_journal_next(segment->journal);
                if (r <= 0)
                        return r == 0 || journal_files_tolerate(r) ? passed : r;
        }
        return passed;
}

/* Oldest file first. */
static int64_t pass_on(const Tail *tail, JournalHandler handler, void *userdata) {
        int64_t passed = 0;

        for (size_t i = tail->n_segments; i > 0; i--) {
                int64_t n = pass_on_segment(tail, &tail->segments[i - 1], handler, userdata);

                if (n < 0)
                        return n;
                passed += n;
        }
        return passed;
}

int64_t journal_read_last(const JournalQuery *query, JournalHandler handler, void *userdata) {
        enum { ATTEMPTS_MAX = 8 };
        int64_t r = 0;

        for (unsigned attempt = 0; r == 0 && attempt < ATTEMPTS_MAX; attempt++) {
                _cleanup_(tail_clear) Tail tail = { .query = query };

                r = journal_files_read(collect, &tail);
                /* Better a list with some files missing after the last attempt than none. */
                if (r > 0 || (r == 0 && attempt + 1 == ATTEMPTS_MAX)) {
                        if (query->met)
                                *query->met = tail.met;
                        return pass_on(&tail, handler, userdata);
                }
        }
        return r;
}
