/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Entries of a server's log that look like a fault and are expected. systemd warns at each start
 * with PrivatePIDs= that it supervises a process which is not its child; no setting turns that
 * warning off. Such an entry is shown with its explanation and counts as LOG_DEBUG. Only messages
 * of PID 1 about a server's unit qualify: a server that prints the same text is not believed.
 */

#include "journal/match.h"

/* Returns the explanation of an entry, one line, a literal; get() gives the entry's fields. NULL
 * when the entry is not an expected one or its fields can't be read. */
const char *journal_note(JournalGet get, void *entry);

/* The same for the journal's present entry. */
const char *journal_note_here(sd_journal *journal);
