/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Content jobs for the verbs that show and cancel them: the journal's, and what systemd knows about
 * those that run. Users see the jobs of overlays below their name, admins all. All functions return
 * an ExitCode and have said what went wrong.
 */

#include <systemd/sd-json.h>

#include "common/ctl.h"
#include "content/job-journal.h"
#include "content/job-unit.h"

#define JOB_OVERLAY_PREFIX '@' /* not in any id, unit or name of an overlay */

/* The jobs that run now. */
typedef struct JobsRunning {
        JobRunning *ids;
        JobUnit *units; /* of the same places */
        size_t n_items;
        uint64_t at; /* when systemd was asked, CLOCK_REALTIME in µs */
} JobsRunning;

int jobs_running_load(Ctl *ctl, JobsRunning *ret) _must_check_;
void jobs_running_clear(JobsRunning *running);

/* NULL: the job does not run. */
const JobUnit *jobs_running_find(const JobsRunning *running, const Job *job);

/* Reads the jobs that the user of --as-user may see; adds those limits to the query, but for
 * newest_only: then all overlays are read, and the caller keeps what not everyone may see. */
int jobs_load(Ctl *ctl, const JobsRunning *running, JobQuery *query, JobList *ret) _must_check_;

/*
 * Finds the job that an operand names: by its id or the first digits of it, or the newest job of a
 * unit, of an overlay, or of the game ("install"). "@REF" is an overlay also when its name looks
 * like one of the others. CTL_NO_INSTANCE without one.
 */
int job_find(Ctl *ctl, const JobsRunning *running, const char *operand, Job *ret) _must_check_;

/* unit: of a job that runs, or NULL. */
int job_to_json(const Job *job, const JobUnit *unit, sd_json_variant **ret) _must_check_;
