/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Finds where the last watcher ended: its last event names the line that it came from, and a file
 * names a later place when nothing happened for a while. So no event is lost, and none written
 * twice, however the last watcher ended.
 */

/* Leaves out CODE_FILE and the like, which tell a reader nothing. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include "watch/watch.h"

#include <poll.h>
#include <string.h>
#include <systemd/sd-id128.h>

#include "base/file.h"
#include "base/log.h"
#include "base/time-text.h"
#include "journal/cursor.h"
#include "journal/files.h"
#include "journal/match.h"

enum {
        WAIT_MSEC = 50,
        WAITS_MAX = 200,
        EVENTS_MAX = 20000, /* that are looked at */
};

/* --- what the last watcher wrote ----------------------------------------------------------------
 */

static int has_entry(const char *match) {
        _cleanup_(sd_journal_closep) sd_journal *journal = NULL;
        int r;

        r = sd_journal_open_namespace(&journal, LIVE_NAMESPACE, SD_JOURNAL_LOCAL_ONLY);
        if (r >= 0)
                r = sd_journal_add_match(journal, match, 0);
        if (r >= 0)
                r = sd_journal_seek_tail(journal);
        return r < 0 ? r : sd_journal_previous(journal);
}

/*
 * journald may not have written the last events yet; its socket keeps them although their writer
 * was killed. It writes in order: when an entry of ours is there, so are they.
 */
static int wait_for_journal(void) {
        char match[sizeof("LEFT4ME_START=") + SD_ID128_STRING_MAX];
        sd_id128_t id;
        int r;

        r = sd_id128_randomize(&id);
        if (r < 0)
                return r;
        (void) snprintf(
                match, sizeof(match), "LEFT4ME_START=" SD_ID128_FORMAT_STR,
                SD_ID128_FORMAT_VAL(id));
        r = sd_journal_send("MESSAGE=Watching the servers", "PRIORITY=6", "%s", match, NULL);
        for (unsigned i = 0; r >= 0 && i < WAITS_MAX; i++) {
                r = has_entry(match);
                if (r != 0)
                        break;
                (void) poll(NULL, 0, WAIT_MSEC);
        }
        return r < 0 ? r : r > 0 ? 0 : -ETIMEDOUT;
}

static int get_cursor(sd_journal *journal, char **ret) {
        const char *value;
        size_t size;
        int r;

        *ret = NULL;
        r = journal_field_get(journal, "LEFT4ME_SOURCE_CURSOR", &value, &size);
        if (r <= 0)
                return r;
        *ret = strndup(value, size);
        return *ret ? 1 : -ENOMEM;
}

/* Several events may be about one line. 1: an older one may be, too. */
static int take_event(sd_journal *journal, Resume *resume) {
        _cleanup_free_ char *cursor = NULL;
        LiveEvent event;
        int r;

        r = get_cursor(journal, &cursor);
        if (r <= 0)
                return r < 0 ? r : 1;
        if (resume->cursor && strcmp(resume->cursor, cursor) != 0)
                return 0;
        r = live_event_take(journal, &event);
        if (r < 0)
                return r == -EBADMSG ? 1 : r;
        resume->kinds |= UINT32_C(1) << event.kind;
        live_event_clear(&event);
        if (!resume->cursor)
                resume->cursor = TAKE_PTR(cursor);
        return 1;
}

/* A file that is damaged hides its own events only. The last error is returned all the same. */
static int read_events(Resume *resume) {
        _cleanup_(sd_journal_closep) sd_journal *journal = NULL;
        int r, error = 0;

        r = live_journal_open(LIVE_EVENT_MESSAGE_ID, &journal);
        if (r >= 0)
                r = sd_journal_seek_tail(journal);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        for (unsigned i = 0; i < EVENTS_MAX; i++) {
                r = sd_journal_previous(journal);
                if (r > 0)
                        r = take_event(journal, resume);
                if (r < 0)
                        error = r;
                if (r == 0 || (r < 0 && !journal_files_tolerate(r)))
                        break;
        }
        return error;
}

/* --- the file -----------------------------------------------------------------------------------
 */

static int read_file(int store_fd, char **ret) {
        const FileLimits limits = { .size_max = JOURNAL_CURSOR_MAX };
        size_t size;

        return store_fd < 0 ? -ENOENT
                            : read_file_beneath(store_fd, CURSOR_FILE, &limits, ret, &size);
}

/* Whether a place is later than another. */
static bool is_later(const JournalCursor *a, const JournalCursor *b) {
        if (!sd_id128_is_null(a->sequence) && sd_id128_equal(a->sequence, b->sequence))
                return a->number > b->number;
        return a->realtime > b->realtime;
}

int watch_resume_find(Watch *w, char **ret_cursor) {
        _cleanup_free_ char *saved = NULL;
        JournalCursor event_place, saved_place;
        bool has_event, has_saved;
        const char *cursor;
        int r, error;

        r = wait_for_journal();
        if (r < 0)
                (void) log_error_errno(r, "Failed to wait for the journal of events");
        error = read_events(&w->resume);
        if (error < 0)
                (void) log_error_errno(error, "Failed to read the last events");
        r = read_file(w->store_fd, &saved);
        if (r < 0 && r != -ENOENT)
                (void) log_error_errno(r, "Failed to read %s", CURSOR_FILE);
        has_event = w->resume.cursor && journal_cursor_parse(w->resume.cursor, &event_place) >= 0;
        has_saved = saved && journal_cursor_parse(saved, &saved_place) >= 0;
        if (has_saved && (!has_event || is_later(&saved_place, &event_place)))
                cursor = saved;
        else
                cursor = has_event ? w->resume.cursor : NULL;
        /* The last watcher may have ended anywhere. */
        w->has_lost = error < 0 && !cursor;
        *ret_cursor = cursor ? strdup(cursor) : NULL;
        return cursor && !*ret_cursor ? -ENOMEM : 0;
}
