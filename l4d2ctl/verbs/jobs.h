/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Shared by the actions of the verb job. */

#include "common/ctl.h"
#include "content/job-record.h"

/* The unit in which a job of this kind and ref runs. Errors as job_unit_name(). */
int job_unit_of(const Job *job, char ret[static JOB_UNIT_MAX]) _must_check_;

/* Writes the last n lines of its log; json: each as an object. 0 or -errno. */
int job_read_lines(const Job *job, uint64_t n, bool json, FILE *f) _must_check_;

/* The action of this name. */
int job_show(Ctl *ctl) _must_check_;
