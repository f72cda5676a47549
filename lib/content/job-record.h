/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One run of a content job, as systemd wrote it to the journal: when the unit began and ended, and
 * why. The invocation's id is the job's id. Nothing else records a job, so one that the journal no
 * longer has is forgotten.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "content/job-name.h"
#include "journal/match.h"

typedef enum JobResult {
        JOB_RUNNING,
        JOB_DONE,
        JOB_FAILED,
        JOB_CANCELLED,
        JOB_TIMED_OUT,
        _JOB_RESULT_MAX,
} JobResult;

enum {
        JOB_ID_MAX = 33,       /* bytes of an id, with the NUL */
        JOB_ID_SHORT = 8,      /* digits of an id that are shown to people */
        JOB_ID_PREFIX_MIN = 4, /* digits that are accepted from them */
        JOB_WORD_MAX = 32,
        JOB_USER_MAX = 64,
        JOB_REASON_MAX = 256,
};

/* When an entry was written, in µs. */
typedef struct EntryTime {
        uint64_t realtime;
        uint64_t monotonic; /* of the boot in which it was written */
} EntryTime;

typedef struct Job {
        char id[JOB_ID_MAX]; /* 32 hexadecimal digits */
        JobKind kind;
        char ref[JOB_REF_MAX + 1]; /* of the overlay; "": the kind has none */
        JobResult result;
        bool is_skipped;       /* its condition did not hold, so it is not a job */
        bool is_final;         /* the journal has systemd's last entry about it */
        uint64_t begun, ended; /* CLOCK_REALTIME in µs; 0: not known, or not yet */
        uint64_t begun_monotonic, ended_monotonic; /* the same on CLOCK_MONOTONIC of that boot */
        char user[JOB_USER_MAX]; /* who asked for it by l4d2ctl or the web app; "": not known */
        bool is_user_sure;       /* root or left4me named them, not only the entry's writer */
        /* Why it failed, in systemd's words; "" and 0 without them: */
        char unit_result[JOB_WORD_MAX]; /* "exit-code", "signal", "oom-kill", … */
        char command[JOB_WORD_MAX];     /* "ExecStart" or the other part that failed first, … */
        int32_t exit_code, exit_status; /* … and how, as UnitState has it */
} Job;

/* Whether a text has the first digits of an id, or all: JOB_ID_PREFIX_MIN of them at least. */
bool job_id_prefix_is_valid(const char *text);

/* Whether a text can name a job: the first digits of an id, or "install" for the newest job of the
 * game, an installation or a check for an update. */
bool job_handle_is_valid(const char *text);

/* "running", "done", "failed", "cancelled", "timed-out": for options, JSON and URLs. */
const char *job_result_to_string(JobResult result);

/* Returns -EINVAL for anything else. */
int job_result_from_string(const char *text, JobResult *ret) _must_check_;

/* The same for people, in the current language. */
const char *job_result_text(JobResult result);

/* How long it took, or has run so far, in µs, however the clock was set meanwhile; 0 for one whose
 * end the host did not live to see. */
uint64_t job_duration(const Job *job);

/* Why it did not end well, a part of a sentence in the current language; "" when there is nothing
 * to say. */
void job_describe(const Job *job, char ret[static JOB_REASON_MAX]);

/* Jobs whose entries are met from the newest backward, and whose begin was not met yet. */
typedef struct JobCollector {
        Job *items;
        size_t n_items;
} JobCollector;

/*
 * Takes an entry, older than those before it. Returns 1 when it is a job's begin: then *ret is the
 * whole job, JOB_RUNNING when nothing of its end was met. Returns 0 for any other entry, also of a
 * start that was skipped, -ENOMEM.
 * Believes only PID 1; get() gives the entry's fields.
 */
int job_collector_take(JobCollector *collector, JournalGet get, void *entry, EntryTime at, Job *ret)
        _must_check_;

void job_collector_clear(JobCollector *collector);
