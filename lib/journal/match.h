/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which entries belong to a unit, both as matches for sd-journal, which looks them up by its
 * indices, and as a test of one entry, for a reader that must see every entry anyway. One table
 * serves both.
 *
 * Any process can write fields that do not begin with '_', so every rule also has one that journald
 * adds. systemd-coredump gives up root before it writes: for a crash of a system user it becomes
 * systemd-coredump, for another the user of the crash, which may run anything. It is known by its
 * slice, in which only systemd starts something: system-systemd\x2dcoredump.slice in the journal.
 */

#include <stdbool.h>
#include <systemd/sd-journal.h>

#include "base/cleanup.h"

int journal_add_unit_matches(sd_journal *journal, const char *unit) _must_check_;

/* Matches only what systemd-coredump says about the unit; followed by a disjunction. */
int journal_add_core_matches(sd_journal *journal, const char *unit) _must_check_;

/*
 * The same rules for a caller that has the fields of an entry already. get() gives a field's value
 * and returns 1, returns 0 without the field, or -errno. The handler gets every unit that the entry
 * belongs to, not terminated.
 */
typedef int (*JournalGet)(
        void *userdata, const char *field, const char **ret_value, size_t *ret_size);
/* A JournalGet of an sd_journal's present entry; valid until the next call. */
int journal_field_get(void *journal, const char *field, const char **ret_value, size_t *ret_size)
        _must_check_;

typedef int (*JournalUnitHandler)(const char *unit, size_t size, void *userdata);
int journal_for_units(JournalGet get, void *entry, JournalUnitHandler handler, void *userdata)
        _must_check_;

/* Matches what the processes of one run of a unit wrote, and what systemd said about it. */
int journal_add_invocation_matches(sd_journal *journal, const char *invocation) _must_check_;

/* Matches the kernel's messages, in its log or from its audit subsystem. */
int journal_add_kernel_matches(sd_journal *journal) _must_check_;

/* Whether the present entry belongs to the unit: 1, 0, or -errno. */
int journal_entry_is_of_unit(sd_journal *journal, const char *unit) _must_check_;

/*
 * The invocation of the unit the present entry belongs to; SD_ID128_NULL when it names none, as
 * systemd's messages about a start that was refused.
 */
int journal_entry_get_invocation(sd_journal *journal, const char *unit, sd_id128_t *ret)
        _must_check_;
