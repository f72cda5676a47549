/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Server-sent events as text: "id: …", "event: …", "data: …" and an empty line, and nothing in them
 * that could be taken for another line. A blank line is nowhere but at the end of an event.
 */

#include <stddef.h>
#include <stdint.h>

#include "journal/entry.h"

/* An event; id NULL: it has none. data is one line of JSON. From malloc, *ret_size without NUL. */
int event_format(const char *id, const char *event, const char *data, char **ret, size_t *ret_size)
        _must_check_;

/* The event "line" of an entry; its id is the entry's cursor. */
int log_event_line(
        JournalEntry *entry, const char *cursor, uint64_t now, char **ret, size_t *ret_size)
        _must_check_;

/* The event "gap": lines are missing here. n_lost: of all programs, UINT64_MAX: unknown. */
int log_event_gap(uint64_t n_lost, char **ret, size_t *ret_size) _must_check_;
