/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One unit's new entries, for a program that does nothing else: reads, then waits. */

#include "journal/journal.h"

#include <poll.h>
#include <string.h>

#include "base/utf8.h"
#include "journal/match.h"
#include "journal/tail.h"

struct JournalFollower {
        JournalTail *tail;
        char *unit;
        JournalPosition start;
};

int journal_follower_new(const char *unit, JournalFollower **ret) {
        _cleanup_(journal_follower_freep) JournalFollower *follower = NULL;
        int r;

        follower = calloc(1, sizeof(*follower));
        if (!follower)
                return -ENOMEM;
        follower->unit = strdup(unit);
        if (!follower->unit)
                return -ENOMEM;
        r = journal_tail_new(&follower->tail);
        if (r < 0)
                return r;
        follower->start = *journal_tail_position(follower->tail);

        *ret = TAKE_PTR(follower);
        return 0;
}

const JournalPosition *journal_follower_start(const JournalFollower *follower) {
        return &follower->start;
}

/* The entries of the unit among those that pass. */
typedef struct Sieve {
        const char *unit;
        JournalHandler handler;
        void *userdata;
        int n_passed;
} Sieve;

static int pass_if_of_unit(sd_journal *journal, void *userdata) {
        Sieve *sieve = userdata;
        int r;

        r = journal_entry_is_of_unit(journal, sieve->unit);
        if (r <= 0)
                return r;
        sieve->n_passed++;
        return sieve->handler(journal, sieve->userdata);
}

static int wait_for_change(JournalTail *tail) {
        struct pollfd fd = { .fd = journal_tail_fd(tail), .events = POLLIN };
        int r;

        r = poll(&fd, 1, JOURNAL_LOOK_AGAIN_MSEC);
        if (r < 0)
                return errno == EINTR ? 0 : -errno;
        return r == 0 ? 0 : journal_tail_process(tail);
}

int journal_follower_step(
        JournalFollower *follower, JournalHandler handler, void *userdata, uint64_t *ret_lost) {
        Sieve sieve = { follower->unit, handler, userdata, 0 };
        int64_t n;
        int r;

        /* First what the open files hold, vacuumed or not, then what became of the directory. */
        n = journal_tail_pass(follower->tail, SIZE_MAX, pass_if_of_unit, &sieve, ret_lost);
        /* Hand out the passed entries before waiting for more. */
        if (n < 0 || sieve.n_passed > 0)
                return n < 0 ? (int) n : sieve.n_passed;
        r = wait_for_change(follower->tail);
        return r < 0 ? r : 0;
}

JournalFollower *journal_follower_free(JournalFollower *follower) {
        if (!follower)
                return NULL;
        journal_tail_free(follower->tail);
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
        text = utf8_make_valid((const char *) data + prefix, size - prefix);
        if (!text)
                return -ENOMEM;

        *ret = text;
        return 0;
}
