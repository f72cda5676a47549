/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "serverlog/feed.h"

#include <string.h>

#include "base/time-text.h"
#include "journal/cursor.h"
#include "journal/entry.h"
#include "journal/journal.h"
#include "journal/poll.h"
#include "serverlog/event.h"

/* The event of the journal's present entry. */
static int make_event(sd_journal *journal, char **ret, size_t *ret_size, uint64_t *ret_time) {
        _cleanup_free_ char *cursor = NULL;
        JournalEntry entry;
        int r;

        r = journal_entry_read(journal, &entry);
        if (r >= 0)
                r = sd_journal_get_cursor(journal, &cursor);
        if (r >= 0)
                r = log_event_line(&entry, cursor, now_realtime(), ret, ret_size);
        if (r >= 0)
                *ret_time = entry.realtime;
        return r;
}

static int append_to_ring(sd_journal *journal, void *userdata) {
        _cleanup_free_ char *text = NULL;
        LogFeed *feed = userdata;
        JournalPosition position;
        uint64_t time;
        size_t size;
        int r;

        r = make_event(journal, &text, &size, &time);
        if (r >= 0)
                r = sd_journal_get_seqnum(journal, &position.number, &position.sequence);
        return r < 0 ? r : log_ring_append(feed->ring, &position, time, text, size);
}

int feed_preload(LogFeed *feed, size_t lines, const JournalPosition *until) {
        const JournalQuery query = {
                .unit = feed->unit,
                .all_invocations = true,
                .lines = lines,
                .filter = journal_without_polls,
                .refused_max = JOURNAL_POLLS_MAX,
                .until = until,
        };
        int64_t n = journal_read_last(&query, append_to_ring, feed);

        return n < 0 ? (int) n : 0;
}

/* --- what only one viewer wants -----------------------------------------------------------------
 */

/* To a FILE. The newest count: what is too much is known only at the end, so it is cut there. */
static int append_to_backlog(sd_journal *journal, void *userdata) {
        _cleanup_free_ char *text = NULL;
        FILE *f = userdata;
        uint64_t time;
        size_t size;
        int r;

        r = make_event(journal, &text, &size, &time);
        if (r < 0)
                return r;
        return fwrite(text, 1, size, f) == size ? 0 : -ENOMEM;
}

/* Drops whole events from the start until it fits. */
static bool cut(char *text, size_t *size, size_t size_max) {
        const char *start;

        if (*size <= size_max)
                return false;
        start = strstr(text + (*size - size_max), "\n\n");
        start = start ? start + 2 : text + *size;
        *size -= (size_t) (start - text);
        memmove(text, start, *size + 1);
        return true;
}

static int prepend_gap(char **text, size_t *size) {
        _cleanup_free_ char *gap = NULL;
        size_t gap_size;
        char *whole;
        int r;

        r = log_event_gap(UINT64_MAX, &gap, &gap_size);
        if (r < 0)
                return r;
        whole = malloc(gap_size + *size + 1);
        if (!whole)
                return -ENOMEM;
        memcpy(whole, gap, gap_size);
        memcpy(whole + gap_size, *text, *size + 1);
        free(*text);
        *text = whole;
        *size += gap_size;
        return 0;
}

/* Everything after the cursor, as far as it is there and not too much. */
static int read_backlog(
        LogViewer *viewer, const JournalCursor *cursor, const JournalPosition *until,
        size_t size_max) {
        _cleanup_free_ char *text = NULL;
        _cleanup_fclose_ FILE *f = NULL;
        bool met = false;
        const JournalQuery query = {
                .unit = viewer->feed->unit,
                .all_invocations = true,
                .lines = RESUME_LINES_MAX,
                .filter = journal_without_polls,
                .refused_max = JOURNAL_POLLS_MAX,
                .since = viewer->since,
                .after = cursor,
                .met = &met,
                .until = until,
        };
        size_t size;
        int64_t n;
        int r = 0;

        f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        n = journal_read_last(&query, append_to_backlog, f);
        if (n < 0)
                return (int) n;
        /* From here on the text is ours: closing would give it back as it was. */
        if (fclose(TAKE_PTR(f)) != 0)
                return -ENOMEM;

        if (cut(text, &size, size_max) || !met)
                r = prepend_gap(&text, &size);
        if (r < 0)
                return r;
        viewer->backlog_size = size;
        viewer->backlog = TAKE_PTR(text);
        return 0;
}

static int place_viewer(
        LogViewer *viewer, const char *last_event_id, const JournalPosition *until,
        size_t *backlogs_bytes) {
        LogRing *ring = viewer->feed->ring;
        size_t left = BACKLOGS_BYTES_MAX - *backlogs_bytes;
        JournalCursor cursor;
        int r;

        if (!last_event_id || journal_cursor_parse(last_event_id, &cursor) < 0) {
                viewer->offset = log_ring_last(ring, LOG_BACKLOG);
                return 0;
        }
        if (log_ring_find(ring, &cursor, &viewer->offset))
                return 0;

        viewer->offset = log_ring_end(ring);
        r = read_backlog(
                viewer, &cursor, until, left < BACKLOG_BYTES_MAX ? left : BACKLOG_BYTES_MAX);
        if (r >= 0)
                *backlogs_bytes += viewer->backlog_size;
        return r;
}

int viewer_place(
        LogViewer *viewer, const char *last_event_id, const JournalPosition *until,
        size_t *backlogs_bytes) {
        uint64_t first = log_ring_since(viewer->feed->ring, viewer->since);
        int r;

        r = place_viewer(viewer, last_event_id, until, backlogs_bytes);
        /* The ring also has lines of an earlier server of this name. */
        if (r >= 0 && viewer->offset < first)
                viewer->offset = first;
        return r;
}
