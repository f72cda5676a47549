/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The files of the system journal, in order, for journal.c, which opens the newest one first and
 * stops when it has the lines. Opening a journal file costs more than reading a hundred lines from
 * it: with sd_journal_open(), which opens them all, these lines take 1.6 times as long in a journal
 * of nine files (docs/benchmarks.md, "Logs"). The order is in the names that journald gives its
 * files.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

typedef struct JournalFile {
        char *path;
        bool active;       /* system.journal: journald appends to it */
        char sequence[33]; /* id of the sequence the numbers belong to, "" when not in the name */
        uint64_t number;   /* sequence number of the first entry */
        uint64_t realtime; /* time of the first entry, or when the file was set aside, µs */
} JournalFile;

typedef struct JournalFiles {
        JournalFile *items; /* newest first */
        size_t n_items;
} JournalFiles;

/*
 * Takes from a file's name everything but the path. Returns false for a file that can't hold lines
 * of a system service: one of users, of a journal namespace, or not a journal at all.
 */
bool journal_file_parse_name(const char *name, JournalFile *ret);

/*
 * Reads from the beginning of an archived file the facts that its name doesn't hold. Returns
 * -EBADMSG for a file that is not a journal, and then changes nothing.
 */
int journal_file_read_header(int fd, JournalFile *file) _must_check_;

/* For qsort(): newest first. */
int journal_file_compare(const void *a, const void *b);

/* Lists the system journal of this machine, on disk and in /run. Missing directories do not count
 * as errors. Returns -EACCES when there is a journal that the caller may not read. */
int journal_files_list(JournalFiles *ret) _must_check_;

void journal_files_clear(JournalFiles *files);

/* Whether journald has begun a new file between two lists: a file may have been missed or met
 * twice. */
bool journal_files_rotated(const JournalFiles *before, const JournalFiles *after);

/*
 * Calls read with a list of the files. 1: the files were the same ones afterwards; 0: a rotation
 * came in between, so one may have been missed or met twice; or the error of read, or of the list.
 */
int journal_files_read(int (*read)(const JournalFiles *files, void *userdata), void *userdata)
        _must_check_;

/* Whether this error of sd-journal is about one file, which hides its own lines only: damaged, or
 * vacuumed since it was listed. */
bool journal_files_tolerate(int error);
