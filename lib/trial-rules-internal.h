/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The parts of the trial's rules, for trial-rules.c only. */

#include "trial-rules.h"

bool trial_judge_bind(const TrialUnit *unit, const StraceEvent *event, TrialDenial *ret);
bool trial_judge_file(const TrialUnit *unit, const StraceEvent *event, TrialDenial *ret);
bool trial_judge_right(const TrialUnit *unit, const StraceEvent *event, TrialDenial *ret);

/* Whether those functions look at calls of this name. */
bool trial_is_file_call(const char *name);
bool trial_is_right_call(const char *name);

/*
 * The directive that keeps a path from the server: for writing also what makes it read-only. False
 * when there is none.
 */
typedef struct TrialCover {
        const char *directive; /* a constant */
        StraceText path;       /* the directory it names */
} TrialCover;

bool trial_find_cover(
        const UnitProperties *properties, const char *path, bool for_writing, TrialCover *ret);

/* Whether path is the directory or beneath it; both absolute and normalized. */
bool trial_is_beneath(const char *path, const char *directory);

/* The next of the blank-separated words; false at the end. */
bool trial_next_word(const char **text, StraceText *ret);
