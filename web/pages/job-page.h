/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Shared by the pages about jobs: a job as `l4d2ctl job --json` prints it, and its model. */

#include <systemd/sd-json.h>

#include "app/request.h"
#include "content/job-record.h"

/* Returns -EIO when it is not a job. */
int job_of_json(sd_json_variant *found, Job *ret) _must_check_;

/* The model of a job, with links for those that the request's user may follow. */
int job_to_model(sd_json_variant *found, sd_json_variant **ret) _must_check_;

/* The models of jobs as `l4d2ctl job list --json` prints them; NULL: none. */
int jobs_to_model(sd_json_variant *found, sd_json_variant **ret) _must_check_;

/* Adds {job, lines, has_lines, events_href} of a job as `l4d2ctl job show --json` prints it. found:
 * NULL: no job, then "job" is null. */
int job_add_to_model(sd_json_variant *found, sd_json_variant **model) _must_check_;

/* "workshop" and so on for people, in the current language. */
const char *job_kind_text(JobKind kind);
