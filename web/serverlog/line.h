/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A line of a server's log as pages and events show it, see models/README.md. A game server's
 * output is untrusted text: base/visible-text.h makes it safe.
 */

#include <stdint.h>
#include <systemd/sd-json.h>

#include "journal/entry.h"

typedef struct LogLine {
        uint64_t usec;          /* CLOCK_REALTIME */
        int priority;           /* of syslog; -1: none */
        const char *identifier; /* the program that wrote it; NULL: unknown */
        size_t identifier_size;
        const char *message;
        size_t message_size;
        bool is_cut;      /* there was more of the message */
        const char *note; /* why it is expected, see journal/note.h: counts as debug; or NULL */
        const char *cursor;
} LogLine;

/* now: what "3min ago" counts from. */
int log_line_to_model(const LogLine *line, uint64_t now, sd_json_variant **ret) _must_check_;

/* The line says what the entry, which it borrows, does. */
void log_line_of_entry(JournalEntry *entry, const char *cursor, LogLine *ret);

/* A JournalHandler: appends the model of the present entry to an array. */
typedef struct LogLines {
        sd_json_variant *array; /* NULL at first; the caller's to free */
        uint64_t now;
        size_t n_lines;
} LogLines;
int log_lines_append(sd_journal *journal, void *userdata);

/* The same for a line that `l4d2ctl logs --json` printed. */
int log_lines_append_json(sd_json_variant *object, LogLines *lines) _must_check_;

/* The address of the server's stream that goes on where the lines end; from malloc. */
int log_events_href(const char *name, const LogLines *lines, char **ret) _must_check_;
