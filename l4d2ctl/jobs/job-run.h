/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Starts a content job for a verb: a build of an overlay, the installation of the game. */

#include "common/ctl.h"
#include "content/job-name.h"

/* CTL_CONFLICT when a job of this unit runs, which is then said. */
int job_check_idle(Ctl *ctl, JobKind kind, const char *ref) _must_check_;

typedef struct JobRun {
        JobKind kind;
        const char *ref;    /* the overlay; NULL for a kind that has none */
        const char *action; /* for the audit trail: "build", "install" */
        /* Called when no job of this unit runs, right before it is started: to write what the job
         * is to read. NULL: nothing. Returns an ExitCode. */
        int (*prepare)(Ctl *ctl, void *userdata);
        /* Called after prepare(), when the job has begun or will not: to release what keeps other
         * commands from starting one with the same unit meanwhile. NULL: nothing. */
        void (*release)(void *userdata);
        void *userdata;
        char *ret_id; /* JOB_ID_MAX bytes for the job's id; NULL: it is not needed */
} JobRun;

/*
 * Starts the job's unit, shows its log and progress until it ends, and says how it failed. With
 * --no-wait only says how to see it. Returns CTL_OK when the job is done (--no-wait: when it runs),
 * CTL_CONFLICT when one runs already, CTL_DENIED, the exit code of the first step of left4me's that
 * failed, or CTL_FAILURE. The caller has checked the user's rights; this writes the audit trail.
 */
int job_run(Ctl *ctl, const JobRun *run) _must_check_;
