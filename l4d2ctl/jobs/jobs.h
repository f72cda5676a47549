/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Jobs of systemd for the verbs that start and stop: queued together, waited for together, and
 * their failures explained. All functions return an ExitCode and have said what went wrong.
 */

#include "common/ctl.h"

/* Stops the servers that run; those that don't are success. */
int jobs_stop(Ctl *ctl, char *const *names, size_t n_names) _must_check_;

/*
 * Starts (method "StartUnit") or restarts ("RestartUnit") servers and waits until each has its port
 * open, or with --no-wait until systemd has started it. The specs must be valid and systemd up to
 * date, see generated_update().
 */
int jobs_start(Ctl *ctl, const char *method, char *const *names, size_t n_names) _must_check_;

/* Runs l4d2-reset@NAME.service for servers that don't run. */
int jobs_discard(Ctl *ctl, char *const *names, size_t n_names) _must_check_;

/* Whether the server's unit is active, or about to be. */
int jobs_is_running(Ctl *ctl, const char *name, bool *ret) _must_check_;
