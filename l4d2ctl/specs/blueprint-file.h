/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The files of blueprints, as the actions of `l4d2ctl blueprint` read, check and replace them; see
 * also blueprint_documents. All functions return an ExitCode and have said what was wrong.
 */

#include "common/ctl.h"
#include "spec/blueprint.h"
#include "specs/instance.h"

int blueprint_check_ref(const char *ref) _must_check_;
int blueprints_open(Ctl *ctl, StateDir *ret) _must_check_;

/* Whether there is a file of that name, good or bad. */
bool blueprint_exists(const StateDir *blueprints, const char *ref);

/*
 * Checks a text as that blueprint, prints all errors and warns of overlays that do not exist; file
 * is what errors call it.
 */
int blueprint_check(Ctl *ctl, const char *ref, const char *file, const Text *text) _must_check_;

/*
 * Makes or replaces the file, notes who did it, and says which running servers have to be restarted
 * to get the change. The lock must be held.
 */
int blueprint_save(Ctl *ctl, const char *ref, const Text *text) _must_check_;

int blueprint_remove(const StateDir *blueprints, const char *ref) _must_check_;
