/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The files of the web app's users, as the actions of `l4d2ctl user` read and replace them. All
 * functions return an ExitCode and have said what was wrong; who writes holds instances_lock().
 */

#include "common/ctl.h"
#include "spec/user.h"

/* Reports an invalid user name. */
int user_check_name(const char *name) _must_check_;

int users_open(Ctl *ctl, StateDir *ret) _must_check_;

/* One that is not there is CTL_NO_INSTANCE. */
int user_read(const StateDir *users, const char *name, User **ret) _must_check_;

/* Whether there is a file of that name, good or bad. */
bool user_file_exists(const StateDir *users, const char *name);

int user_write(const StateDir *users, const User *user) _must_check_;
int user_remove(const StateDir *users, const char *name) _must_check_;

/* How many admins there are beside the one named; files with errors make none. */
int users_count_other_admins(const StateDir *users, const char *name, size_t *ret) _must_check_;
