/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "console/live-log.h"

#include <inttypes.h>
#include <poll.h>
#include <string.h>

#include "base/text.h"
#include "base/visible-text.h"
#include "journal/entry.h"
#include "journal/journal.h"
#include "journal/tail.h"
#include "query/game-log.h"

enum { ENTRIES_AT_ONCE = 2000, LINES_AT_ONCE = 300 };

struct LiveLog {
        JournalTail *tail;
        char *unit;
        FILE *f; /* of this call */
        int n_lines;
        JournalEntry entry;
        char visible[VISIBLE_TEXT_MAX(JOURNAL_MESSAGE_MAX)];
};

static int ignore_entry(sd_journal *journal _unused_, void *userdata _unused_) {
        return 0;
}

/* The journal opens for everyone, and has no entries for those who may not read them. */
static int check_right(const char *unit) {
        const JournalQuery query = { .unit = unit, .lines = 1, .all_invocations = true };
        int64_t n = journal_read_last(&query, ignore_entry, NULL);

        return n < 0 ? (int) n : 0;
}

int live_log_new(const char *unit, LiveLog **ret) {
        _cleanup_(live_log_freep) LiveLog *log = NULL;
        int r;

        r = check_right(unit);
        if (r < 0)
                return r;
        log = calloc(1, sizeof(*log));
        if (!log)
                return -ENOMEM;
        log->unit = strdup(unit);
        if (!log->unit)
                return -ENOMEM;
        r = journal_tail_new(&log->tail);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(log);
        return 0;
}

/* `rcon from "127.0.0.1:40000": command "status"` */
bool live_log_is_command(const char *line, size_t size) {
        GameLogLine parsed;

        return game_log_parse(line, size, &parsed) > 0 && parsed.kind == GAME_LOG_RCON &&
               strncmp(parsed.address, "127.0.0.1:", strlen("127.0.0.1:")) == 0;
}

static int write_entry(sd_journal *journal, void *userdata) {
        LiveLog *log = userdata;
        size_t size;
        int r;

        r = journal_entry_is_of_unit(journal, log->unit);
        if (r <= 0)
                return r;
        r = journal_entry_read(journal, &log->entry);
        if (r < 0)
                return r;
        if (live_log_is_command(log->entry.message, log->entry.message_size))
                return 0;
        size = visible_line(log->entry.message, log->entry.message_size, log->visible);
        (void) fwrite(log->visible, 1, size, log->f);
        (void) fputc('\n', log->f);
        log->n_lines++;
        return 0;
}

/* Files that came and went. */
static int look_at_directory(LiveLog *log) {
        struct pollfd fd = { .fd = journal_tail_fd(log->tail), .events = POLLIN };

        return poll(&fd, 1, 0) > 0 ? journal_tail_process(log->tail) : 0;
}

int live_log_write(LiveLog *log, FILE *f) {
        uint64_t n_lost = 0;
        int64_t n;
        int r;

        log->f = f;
        log->n_lines = 0;
        do {
                n = journal_tail_pass(log->tail, ENTRIES_AT_ONCE, write_entry, log, &n_lost);
                if (n < 0)
                        return (int) n;
        } while (n == ENTRIES_AT_ONCE && log->n_lines < LINES_AT_ONCE);
        if (n_lost > 0) {
                (void) fprintf(
                        f,
                        _("-- %" PRIu64 " entries of the journal were removed before they could be "
                          "read --\n"),
                        n_lost);
                log->n_lines++;
        }
        r = n == 0 ? look_at_directory(log) : 0;
        return r < 0 ? r : log->n_lines;
}

LiveLog *live_log_free(LiveLog *log) {
        if (!log)
                return NULL;
        journal_tail_free(log->tail);
        free(log->unit);
        free(log);
        return NULL;
}
