/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Goes through a journal whose files may be vacuumed meanwhile. journald deletes such a file and
 * frees its blocks, so a reader that has it open finds zeros: sd-journal returns -EBADMSG, and
 * again at each further step. Only when it has seen that the file is gone, it goes on with the
 * others.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <systemd/sd-journal.h>

#include "base/cleanup.h"

/* Before the first step, and before the place to begin is looked for. */
void journal_prepare_steps(sd_journal *journal);

/* From now on a step of this thread returns -ECANCELED once the flag is set, which another thread
 * does. NULL: never. */
void journal_stop_steps_at(const atomic_bool *flag);

/* As sd_journal_next() and sd_journal_previous(). An error is one of a file that is still there. */
int journal_step_next(sd_journal *journal) _must_check_;
int journal_step_previous(sd_journal *journal) _must_check_;
