/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The follower reads every entry of the journal and picks the unit's own. That makes gaps visible:
 * sequence numbers count all entries, so after one that was read the next must follow, whoever it
 * belongs to.
 */

#include "journal.h"

#include <poll.h>
#include <string.h>

#include "journal-match.h"

enum {
        /* journald announces new entries only every 250 ms. They can be read at once: look often.
         */
        LOOK_AGAIN_MSEC = 10,
};

struct JournalFollower {
        sd_journal *journal;
        char *unit;
        int fd;
        JournalPosition start, last;
        bool files_changed; /* files came or went since the end was last reached */
};

/* Goes to the last entry there is. An empty journal is fine. */
static int go_to_end(JournalFollower *follower) {
        JournalPosition *last = &follower->last;
        int r;

        r = sd_journal_seek_tail(follower->journal);
        if (r < 0)
                return r;
        r = sd_journal_previous(follower->journal);
        if (r <= 0)
                return r;
        return sd_journal_get_seqnum(follower->journal, &last->number, &last->sequence);
}

int journal_follower_new(const char *unit, JournalFollower **ret) {
        _cleanup_(journal_follower_freep) JournalFollower *follower = NULL;
        int r;

        follower = calloc(1, sizeof(*follower));
        if (!follower)
                return -ENOMEM;
        follower->unit = strdup(unit);
        if (!follower->unit)
                return -ENOMEM;

        r = sd_journal_open(&follower->journal, SD_JOURNAL_LOCAL_ONLY);
        if (r < 0)
                return r;
        /* Watches the directories, from before the end is looked for. */
        follower->fd = sd_journal_get_fd(follower->journal);
        if (follower->fd < 0)
                return follower->fd;
        r = go_to_end(follower);
        if (r < 0)
                return r;
        follower->start = follower->last;

        *ret = TAKE_PTR(follower);
        return 0;
}

const JournalPosition *journal_follower_start(const JournalFollower *follower) {
        return &follower->start;
}

/* How many entries are missing between the last one read and the present one. */
static int count_lost(JournalFollower *follower, uint64_t *ret_lost) {
        JournalPosition now;
        int r;

        r = sd_journal_get_seqnum(follower->journal, &now.number, &now.sequence);
        if (r < 0)
                return r;
        /* Only a file that went can take entries with it; otherwise a gap is one of journald's. */
        if (follower->files_changed && sd_id128_equal(now.sequence, follower->last.sequence) &&
            now.number > follower->last.number + 1)
                *ret_lost += now.number - follower->last.number - 1;

        follower->last = now;
        return 0;
}

static int pass_new(
        JournalFollower *follower, JournalHandler handler, void *userdata, uint64_t *ret_lost) {
        int passed = 0, r;

        for (;;) {
                r = sd_journal_next(follower->journal);
                if (r < 0)
                        return r;
                if (r == 0) {
                        follower->files_changed = false;
                        return passed;
                }

                r = count_lost(follower, ret_lost);
                if (r >= 0)
                        r = journal_entry_is_of_unit(follower->journal, follower->unit);
                if (r > 0) {
                        r = handler(follower->journal, userdata);
                        passed++;
                }
                /* Vacuumed while it was looked at, or damaged: the next one. */
                if (r < 0 && r != -EBADMSG && r != -EADDRNOTAVAIL)
                        return r;
        }
}

static int wait_for_change(JournalFollower *follower) {
        struct pollfd fd = { .fd = follower->fd, .events = POLLIN };
        int r;

        r = poll(&fd, 1, LOOK_AGAIN_MSEC);
        if (r < 0)
                return errno == EINTR ? 0 : -errno;
        if (r == 0)
                return 0;

        r = sd_journal_process(follower->journal);
        if (r == SD_JOURNAL_INVALIDATE)
                follower->files_changed = true;
        return r < 0 ? r : 0;
}

int journal_follower_step(
        JournalFollower *follower, JournalHandler handler, void *userdata, uint64_t *ret_lost) {
        int passed, r;

        /* First what the open files hold, vacuumed or not, then what became of the directory. */
        passed = pass_new(follower, handler, userdata, ret_lost);
        if (passed < 0)
                return passed;
        r = wait_for_change(follower);
        return r < 0 ? r : passed;
}

JournalFollower *journal_follower_free(JournalFollower *follower) {
        if (!follower)
                return NULL;
        if (follower->journal)
                sd_journal_close(follower->journal);
        free(follower->unit);
        free(follower);
        return NULL;
}

int journal_get_text(sd_journal *journal, const char *field, char **ret) {
        const void *data;
        size_t size, prefix = strlen(field) + 1;
        char *text;
        int r;

        r = sd_journal_get_data(journal, field, &data, &size);
        if (r < 0)
                return r;
        text = strndup((const char *) data + prefix, size - prefix);
        if (!text)
                return -ENOMEM;

        *ret = text;
        return 0;
}
