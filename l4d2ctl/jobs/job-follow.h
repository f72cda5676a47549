/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Follows a content job until it ends: what its processes write into the journal, and its progress.
 * Ctrl-C ends the following only; the job goes on.
 */

#include "common/ctl.h"
#include "content/job-record.h"
#include "journal/journal.h"

typedef struct JobFollow JobFollow;

/* Begins to listen, before the job is started, so that nothing of it is missed. Returns an
 * ExitCode. */
int job_follow_new(Ctl *ctl, const char *unit, JobFollow **ret) _must_check_;

/* Starts the unit, which must not run, and waits until it has begun; *ret_id is the job's id then.
 * Returns an ExitCode and has said what went wrong. */
int job_follow_start(JobFollow *follow, char ret_id[static JOB_ID_MAX]) _must_check_;

/*
 * Follows this run to its end and says how it failed. older: how many lines from before to show
 * first; UINT64_MAX: all. Returns CTL_OK when it is done, the exit code of the first step of
 * left4me's that failed, or CTL_FAILURE.
 */
int job_follow_to_the_end(JobFollow *follow, const char *id, uint64_t older) _must_check_;

/* Waits for the begin of a job in the journal, where others look for it, but not long. */
void job_wait_for_begin(Ctl *ctl, const char *id);

/* Waits until the journal has the end of a job that has ended, which takes a moment. Returns an
 * ExitCode. */
int job_wait_for_end(Ctl *ctl, const char *id, Job *ret) _must_check_;

JobFollow *job_follow_free(JobFollow *follow);
DEFINE_CLEANUP(JobFollow *, job_follow_free)
