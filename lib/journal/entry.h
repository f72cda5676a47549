/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Takes the parts of a log line out of the journal in one pass over the entry's fields. A reader
 * that visits every entry and skips most of them pays several times less than by asking for one
 * field after another.
 */

#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-journal.h>

#include "journal/match.h"

enum {
        JOURNAL_VALUE_MAX = 128,    /* bytes of a short field; what is longer is cut */
        JOURNAL_MESSAGE_MAX = 4096, /* bytes of MESSAGE; the same */
        JOURNAL_FIELDS_MAX = 16,
};

typedef struct JournalValue {
        char text[JOURNAL_VALUE_MAX];
        size_t size; /* 0: the entry has no such field */
} JournalValue;

typedef struct JournalEntry {
        JournalValue fields[JOURNAL_FIELDS_MAX]; /* see journal_entry_get() */
        char message[JOURNAL_MESSAGE_MAX];
        size_t message_size, message_whole; /* taken; and of the journal's */
        uint64_t realtime;
} JournalEntry;

/* Reads the journal's present entry. */
int journal_entry_read(sd_journal *journal, JournalEntry *ret) _must_check_;

/*
 * One of: _SYSTEMD_UNIT UNIT OBJECT_SYSTEMD_UNIT COREDUMP_UNIT _PID _UID PRIORITY MESSAGE_ID
 * SYSLOG_IDENTIFIER _COMM _SYSTEMD_SLICE MESSAGE. A JournalGet: 1, or 0 when the entry has none.
 */
int journal_entry_get(void *entry, const char *field, const char **ret_value, size_t *ret_size);

/* The same for a decimal number. Returns false when the field is missing or not a number. */
bool journal_entry_get_number(JournalEntry *entry, const char *field, uint64_t *ret);
