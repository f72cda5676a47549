/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Follows the system journal, and passes the lines that servers printed. The journal itself says
 * which unit, and which run of it, a line is from: a server can't print a line of another one.
 */

#include "watch/watch.h"

#include <inttypes.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/file.h"
#include "base/log.h"
#include "base/time-text.h"
#include "journal/match.h"

/* Read at once, before other things have their turn. */
enum { ENTRIES_AT_ONCE = 256 };

/* Lines of a run that are read again after a start of the watcher. */
enum { RUN_LINES_MAX = 20000 };

enum { CURSOR_MODE = 0600 };

/* How often the place is remembered, how long the list of servers is waited for, and how far back a
 * run is read whose begin is not known. */
#define CURSOR_INTERVAL USEC_PER_SEC
#define SETTLE_TIME     (10 * USEC_PER_SEC)
#define RUN_TIME        (24 * 3600 * USEC_PER_SEC)

/* Copies a field of the present entry; false: it has none, or a longer one. */
static bool get_text(sd_journal *journal, const char *field, char *ret, size_t ret_size) {
        const char *value;
        size_t size;

        if (journal_field_get(journal, field, &value, &size) <= 0 || size >= ret_size)
                return false;
        memcpy(ret, value, size);
        ret[size] = '\0';
        return true;
}

/* Whether a process of a server printed it: other transports have fields that it could choose. */
static bool is_printed(sd_journal *journal) {
        const char *value;
        size_t size;

        return journal_field_get(journal, "_TRANSPORT", &value, &size) > 0 &&
               size == strlen("stdout") && memcmp(value, "stdout", size) == 0;
}

/* --- earlier lines of a run ---------------------------------------------------------------------
 */

typedef struct Earlier {
        Watched *watched;
        const JournalPosition *before;
} Earlier;

static int take_earlier(sd_journal *journal, void *userdata) {
        const Earlier *earlier = userdata;
        JournalPosition here;
        const char *text;
        uint64_t at;
        size_t size;
        int r;

        r = sd_journal_get_seqnum(journal, &here.number, &here.sequence);
        if (r < 0)
                return r;
        if (sd_id128_equal(here.sequence, earlier->before->sequence) &&
            here.number >= earlier->before->number)
                return 0;
        r = sd_journal_get_realtime_usec(journal, &at);
        if (r >= 0 && is_printed(journal) &&
            journal_field_get(journal, "MESSAGE", &text, &size) > 0)
                watched_take_line(earlier->watched, text, size, at, NULL);
        return r;
}

static uint64_t begin_of_run(const Watched *watched, const char *invocation_id) {
        const UnitState *unit = &watched->unit;

        if (unit->invocation_id && strcmp(unit->invocation_id, invocation_id) == 0 &&
            unit->inactive_exit > 0)
                return unit->inactive_exit;
        return now_realtime() - RUN_TIME;
}

void watched_log_begin(Watched *watched, const char *invocation_id, const JournalPosition *before) {
        const JournalQuery query = {
                .unit = watched->units.server,
                .invocation = invocation_id,
                .lines = RUN_LINES_MAX,
                .since = begin_of_run(watched, invocation_id),
                .until = before,
        };
        Earlier earlier = { watched, before };
        int64_t n;

        watched->log = (RunLog) {};
        (void) snprintf(
                watched->log.invocation_id, sizeof(watched->log.invocation_id), "%s",
                invocation_id);
        n = journal_read_last(&query, take_earlier, &earlier);
        if (n < 0)
                (void) log_error_errno((int) n, "Failed to read the log of '%s'", watched->name);
}

/* --- new lines ----------------------------------------------------------------------------------
 */

static int take_line(Watch *w, Watched *watched, sd_journal *journal) {
        char invocation[LIVE_INVOCATION_MAX + 1];
        _cleanup_free_ char *cursor = NULL;
        const char *text;
        uint64_t at;
        size_t size;
        int r;

        if (!get_text(journal, "_SYSTEMD_INVOCATION_ID", invocation, sizeof(invocation)))
                return 0;
        if (strcmp(invocation, watched->log.invocation_id) != 0)
                watched_log_begin(watched, invocation, journal_tail_position(w->tail));
        r = sd_journal_get_realtime_usec(journal, &at);
        if (r >= 0)
                r = sd_journal_get_cursor(journal, &cursor);
        if (r >= 0)
                r = journal_field_get(journal, "MESSAGE", &text, &size);
        if (r > 0)
                watched_take_line(watched, text, size, at, cursor);
        return r < 0 ? r : 0;
}

/* For a start after a time without events. */
static void remember_place(Watch *w, sd_journal *journal) {
        uint64_t now = now_monotonic();
        char *cursor;

        if (w->cursor && now - w->cursor_at < CURSOR_INTERVAL)
                return;
        if (sd_journal_get_cursor(journal, &cursor) < 0)
                return;
        free(w->cursor);
        w->cursor = cursor;
        w->cursor_at = now;
}

static int on_entry(sd_journal *journal, void *userdata) {
        char unit[UNIT_NAME_MAX], name[INSTANCE_NAME_MAX + 1];
        Watch *w = userdata;
        Watched *watched;

        remember_place(w, journal);
        if (!get_text(journal, "_SYSTEMD_UNIT", unit, sizeof(unit)) ||
            !instance_of_server_unit(unit, name) || !is_printed(journal))
                return 0;
        watched = watch_add(w, name);
        return watched ? take_line(w, watched, journal) : 0;
}

/* Lines are missing, of any program: each server that runs may have lost some. */
static void say_gap(Watch *w, uint64_t n_lost) {
        log_warning("The journal lost lines before they were read: events may be missing");
        for (size_t i = 0; i < w->n_items; i++) {
                LiveEvent event = { .kind = LIVE_GAP };

                if (!w->items[i]->is_running)
                        continue;
                if (n_lost > 0 && asprintf(&event.text, "%" PRIu64, n_lost) < 0)
                        event.text = NULL;
                watched_event(w->items[i], &event, NULL);
        }
}

static int on_work(sd_event_source *source, void *userdata) {
        Watch *w = userdata;
        uint64_t n_lost = 0;
        int64_t n;

        if (!w->is_settled)
                return 0;
        n = journal_tail_pass(w->tail, ENTRIES_AT_ONCE, on_entry, w, &n_lost);
        if (n < 0)
                (void) log_error_errno((int) n, "Failed to read the journal");
        if (n_lost > 0 || w->has_lost)
                say_gap(w, n_lost);
        w->has_lost = false;
        return n == ENTRIES_AT_ONCE ? sd_event_source_set_enabled(source, SD_EVENT_ONESHOT) : 0;
}

static int on_changes(
        sd_event_source *source _unused_, int fd _unused_, uint32_t events _unused_,
        void *userdata) {
        Watch *w = userdata;
        int r = journal_tail_process(w->tail);

        if (r < 0)
                (void) log_error_errno(r, "Failed to follow the journal");
        return sd_event_source_set_enabled(w->tail_work, SD_EVENT_ONESHOT);
}

/* --- beginning and ending -----------------------------------------------------------------------
 */

/* The servers that run are known now, or systemd does not answer: lines can be passed. */
void watch_log_settled(Watch *w) {
        if (w->is_settled)
                return;
        w->is_settled = true;
        (void) sd_event_source_set_enabled(w->tail_work, SD_EVENT_ONESHOT);
}

static int on_settled(sd_event_source *source _unused_, uint64_t now _unused_, void *userdata) {
        watch_log_settled(userdata);
        return 0;
}

static int open_tail(Watch *w) {
        _cleanup_free_ char *cursor = NULL;
        int r;

        r = watch_resume_find(w, &cursor);
        if (r < 0)
                (void) log_error_errno(r, "Failed to find the place of the last watcher");
        if (!cursor)
                return journal_tail_new(&w->tail);
        r = journal_tail_new_at(cursor, &w->tail);
        if (r == -EINVAL)
                return journal_tail_new(&w->tail);
        w->has_lost = r == 0;
        return r;
}

int watch_log_open(Watch *w) {
        int r;

        r = open_tail(w);
        if (r < 0)
                return r;
        r = sd_event_add_defer(w->event, &w->tail_work, on_work, w);
        if (r >= 0)
                r = sd_event_source_set_enabled(w->tail_work, SD_EVENT_OFF);
        /* Servers are asked first, however much they print. */
        if (r >= 0)
                r = sd_event_source_set_priority(w->tail_work, SD_EVENT_PRIORITY_IDLE);
        if (r >= 0)
                r = sd_event_add_io(
                        w->event, &w->tail_changes, journal_tail_fd(w->tail), EPOLLIN, on_changes,
                        w);
        if (r >= 0)
                r = sd_event_add_time_relative(
                        w->event, &w->settle_timer, CLOCK_MONOTONIC, SETTLE_TIME, 0, on_settled, w);
        return r;
}

void watch_log_close(Watch *w) {
        w->settle_timer = sd_event_source_disable_unref(w->settle_timer);
        w->tail_changes = sd_event_source_disable_unref(w->tail_changes);
        w->tail_work = sd_event_source_disable_unref(w->tail_work);
        w->tail = journal_tail_free(w->tail);
        free(TAKE_PTR(w->cursor));
        free(TAKE_PTR(w->resume.cursor));
}

int watch_log_save(Watch *w) {
        if (w->store_fd < 0 || !w->cursor)
                return 0;
        return write_file_atomic(
                w->store_fd, CURSOR_FILE, w->cursor, strlen(w->cursor), CURSOR_MODE);
}
