/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The kinds of content jobs, and the unit of each job: left4me-install installs the game, instances
 * of left4me-workshop build workshop overlays, and so on. The instance is the overlay's ref with
 * ':' in place of '/', which a ref can't contain. For every program that starts, stops, lists or is
 * such a job.
 */

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/name.h"

typedef enum JobKind {
        JOB_INSTALL, /* of the game, without a ref */
        JOB_CHECK,   /* asks for an update of it, likewise */
        JOB_WORKSHOP,
        JOB_RELEASE,
        JOB_SCRIPT,
        JOB_UNPACK,
        _JOB_KIND_MAX,
} JobKind;

enum {
        /* Bytes of a ref, and of an instance, without the NUL. */
        JOB_REF_MAX = REF_COMPONENTS_MAX * (REF_COMPONENT_MAX + 1) - 1,
        JOB_UNIT_MAX = JOB_REF_MAX + 32, /* of a unit's name, with the NUL */
};

/* "install", "workshop", …: the same in l4d2ctl, JSON and URLs. */
const char *job_kind_to_string(JobKind kind);

/* Returns -EINVAL for anything else. */
int job_kind_from_string(const char *text, JobKind *ret) _must_check_;

bool job_kind_has_ref(JobKind kind);

/* ref with ':' in place of '/'. Returns -EINVAL for an invalid ref. */
int job_instance_from_ref(const char *ref, char ret[static JOB_REF_MAX + 1]) _must_check_;

/* Takes any text. Returns -EINVAL when it is not the instance of a valid ref. */
int job_instance_to_ref(const char *instance, char ret[static JOB_REF_MAX + 1]) _must_check_;

/* The job's unit. ref is NULL for a kind that has none. Returns -EINVAL for a ref that is invalid,
 * missing or too much. */
int job_unit_name(JobKind kind, const char *ref, char ret[static JOB_UNIT_MAX]) _must_check_;

/* Takes any text. ret_ref is "" for a kind that has none. Returns false for any other unit. */
bool job_unit_parse(const char *unit, JobKind *ret_kind, char ret_ref[static JOB_REF_MAX + 1]);

/* The glob for all units of a kind. */
void job_unit_pattern(JobKind kind, char ret[static JOB_UNIT_MAX]);
