/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Lines of a game's log about questions of left4me-watch (query/game-log.h), two every ten seconds
 * with `sv_rcon_log 1`. Readers of a log leave them out.
 */

#include <systemd/sd-journal.h>

#include "base/cleanup.h"

/* A filter for JournalQuery: 1 for all other entries, or -errno. */
int journal_without_polls(sd_journal *journal, void *userdata);
