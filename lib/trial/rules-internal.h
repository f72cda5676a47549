/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The parts of the trial's rules, for the files of lib/trial/ only. */

#include "trial/rules.h"

bool trial_judge_bind(const TrialUnit *unit, const StraceEvent *event, TrialDenial *ret);
bool trial_judge_file(const TrialUnit *unit, const StraceEvent *event, TrialDenial *ret);
/* For a path in the tree that was refused or not found: whether a link on the way is why. */
bool trial_judge_link(
        const TrialUnit *unit, const StraceCall *call, const char *path, TrialDenial *ret);
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

/* Where a path leads on the host, component by component. */
typedef struct TrialWalk {
        char path[TRIAL_SUBJECT_MAX];       /* the end of it, "" for the root */
        char first_link[TRIAL_SUBJECT_MAX]; /* the first symbolic link that was followed, or "" */
} TrialWalk;

/*
 * Follows an absolute path. Calls visit for each directory in which a name is looked up; it ends
 * the walk by returning false. Returns false then, and for a loop or a path that is too long.
 */
bool trial_walk(
        const TrialUnit *unit, const char *path,
        bool (*visit)(const TrialUnit *unit, const char *directory), TrialWalk *ret);

/* The place on the host that a setting for this denial binds. parent is space for it. */
const char *trial_bind_place(const TrialDenial *denial, char parent[static TRIAL_SUBJECT_MAX]);

/* Whether a setting that allows the denial binds a place of the host. */
bool trial_needs_bind(const TrialDenial *denial);

/* Why no setting may bind a place, by its name alone; NULL when one may. A constant. */
const char *trial_refuse_place(const char *place);

/* Whether the place holds sockets of the services that manage the host. */
bool trial_opens_control_plane(const char *place);

/* Whether path is the directory or beneath it; both absolute and normalized. */
bool trial_is_beneath(const char *path, const char *directory);

/* The next of the blank-separated words; false at the end. */
bool trial_next_word(const char **text, StraceText *ret);
