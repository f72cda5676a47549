/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "journal/step.h"

#include "journal/files.h"

/* Deletions are read in bundles. */
enum { ATTEMPTS_MAX = 64 };

static _Thread_local const atomic_bool *stop_flag;

void journal_stop_steps_at(const atomic_bool *flag) {
        stop_flag = flag;
}

void journal_prepare_steps(sd_journal *journal) {
        /* Watches the directories. Without that, a vacuum ends the reading early. */
        (void) sd_journal_get_fd(journal);
}

static int step(sd_journal *journal, int (*go)(sd_journal *)) {
        int r;

        if (stop_flag && atomic_load(stop_flag))
                return -ECANCELED;
        r = go(journal);
        for (unsigned i = 0; r < 0 && journal_files_tolerate(r) && i < ATTEMPTS_MAX; i++) {
                if (sd_journal_process(journal) != SD_JOURNAL_INVALIDATE)
                        break;
                r = go(journal);
        }
        return r;
}

int journal_step_next(sd_journal *journal) {
        return step(journal, sd_journal_next);
}

int journal_step_previous(sd_journal *journal) {
        return step(journal, sd_journal_previous);
}
