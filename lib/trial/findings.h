/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The findings of a trial: each denial once, with how often it was met, and the settings that would
 * allow it.
 */

#include "trial/rules.h"

typedef struct TrialFinding {
        TrialDenial denial; /* folded: its subject is "DIRECTORY/" and an asterisk */
        bool is_folded;     /* stands for further files of a directory that has rows of its own */
        uint64_t count;
} TrialFinding;

typedef struct TrialFindings {
        TrialFinding *items;
        size_t n_items;
        /* That had no room, by kind: a server can make up any number of paths and ports. */
        uint64_t n_dropped[_TRIAL_KIND_MAX];
} TrialFindings;

/*
 * Counts it. A flood of one sort hides no other: each directive has room of its own for each kind,
 * and files of one directory share a row when there are many of them.
 */
int trial_findings_add(TrialFindings *findings, const TrialDenial *denial) _must_check_;

/* The denials that had no room, of all kinds. */
uint64_t trial_findings_dropped(const TrialFindings *findings);

/*
 * Sets the refusal of each finding that no setting should allow: the place it would bind is
 * left4me's, a user's, the kernel's, or can be replaced by the server. Looks at the host.
 */
void trial_findings_check_places(TrialFindings *findings, const TrialUnit *unit);

/* By kind, then by how often. */
void trial_findings_sort(TrialFindings *findings);
void trial_findings_clear(TrialFindings *findings);

/*
 * The line that allows one finding, for people: "SystemCallFilter=ptrace". Not a line of a unit
 * when it begins with a small letter, as "nothing: " and why. From malloc.
 */
int trial_remedy(const TrialDenial *denial, const char *tree, char **ret) _must_check_;

/*
 * The drop-in that allows all findings that are not refused, made by the unit writer: a server
 * chooses the paths. A place that is missing when the unit starts is left out. Lines that take away
 * more protection than an admin should give up unread are comments. *ret is NULL when no unit
 * setting is needed. From malloc.
 */
int trial_drop_in(const TrialFindings *findings, const UnitProperties *properties, char **ret)
        _must_check_;

/*
 * The directories to add to writable_directories= in left4me.conf, separated by blanks; NULL when
 * there are none. From malloc.
 */
int trial_writable_directories(const TrialFindings *findings, const char *tree, char **ret)
        _must_check_;
