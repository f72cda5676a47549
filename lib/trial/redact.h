/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Makes text fit for a report that leaves the host: addresses become <address>, Steam identities
 * <steamid>, directories of users /home/<user>, and each of the given secrets <secret>.
 */

#include "trial/findings.h"

/* secrets is NULL-terminated or NULL; those shorter than four bytes are not looked for. From
 * malloc.
 */
int trial_redact(const char *text, const char *const *secrets, char **ret) _must_check_;

/* The same for a path that a server writes. Its last part becomes "*" and its extension, because
 * plugins name files after players. */
int trial_redact_written_path(const char *path, const char *const *secrets, char **ret)
        _must_check_;

/*
 * A copy of findings, from which the same settings can be made as from the findings. tree: see
 * TrialUnit; paths keep it.
 */
int trial_redact_findings(
        const TrialFindings *findings, const char *tree, const char *const *secrets,
        TrialFindings *ret) _must_check_;
