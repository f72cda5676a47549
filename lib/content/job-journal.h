/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The content jobs that the journal has, newest first. Reads only what systemd wrote about their
 * units, from the newest entry back, and no further than it must.
 */

#include <systemd/sd-journal.h>

#include "content/job-record.h"

/* A unit that runs now. */
typedef struct JobRunning {
        char id[JOB_ID_MAX];
} JobRunning;

typedef struct JobQuery {
        const char *ref; /* only of this overlay; NULL: of all */
        /* Only of the game and of these overlays, which a server stacks; NULL-terminated, NULL:
         * all. */
        char *const *stacked;
        const char *owner;  /* only of overlays below this name; NULL: of all, and of the game */
        const char *id;     /* only those whose id begins with this; NULL: all */
        unsigned kinds;     /* 1 << JobKind, or-ed; 0: all */
        unsigned results;   /* 1 << JobResult, or-ed; 0: all */
        uint64_t since;     /* begun since, CLOCK_REALTIME in µs; 0: no limit */
        size_t max;         /* at most so many */
        bool newest_only;   /* the newest job of each overlay … */
        size_t looked_at;   /* … among so many jobs at most; 0: no limit */
        bool without_users; /* who asked for them is not wanted, which saves a second look */
        uint64_t *visited;  /* out: how many entries were looked at; may be NULL */
        /* The jobs that ran at a time, as systemd says: one without an end that began before and is
         * not among them never ended. */
        const JobRunning *running;
        size_t n_running;
        uint64_t running_at; /* CLOCK_REALTIME in µs */
} JobQuery;

typedef struct JobList {
        Job *items;
        size_t n_items;
        bool is_cut; /* looked_at was reached: older jobs are unknown */
} JobList;

/* The part of the query that a job's unit decides. */
bool job_query_takes(const JobQuery *query, JobKind kind, const char *ref) _must_check_;

/* Returns 0, also without any job, or -errno; -EACCES: the caller may not read the journal. */
int job_journal_read(const JobQuery *query, JobList *ret) _must_check_;

void job_list_clear(JobList *list);
