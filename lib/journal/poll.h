/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Lines of a game's log about questions of left4me-watch (query/game-log.h), two every ten seconds
 * with `sv_rcon_log 1`. Readers of a log leave them out.
 */

#include <systemd/sd-journal.h>

#include "base/cleanup.h"

/*
 * For refused_max of JournalQuery, where a person or the web app waits: a server that no player
 * joins for weeks, or one that a stranger has taken over, can have millions of lines about
 * questions and nothing else. To look at one takes about 15 µs.
 */
enum { JOURNAL_POLLS_MAX = 20000 };

/* A filter for JournalQuery: 1 for all other entries, or -errno. */
int journal_without_polls(sd_journal *journal, void *userdata);
