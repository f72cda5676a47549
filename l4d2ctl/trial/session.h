/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The life of one trial: a server that runs once with a drop-in in /run/systemd/system that lifts
 * what would end it or hide what it wants. l4d2-trial@NAME.service takes the drop-in away again,
 * also when this process is killed: it waits for the lock that a session holds. Functions return an
 * ExitCode and have said what went wrong.
 */

#include "common/ctl.h"
#include "server/state.h"
#include "systemd/properties.h"

typedef struct TrialSession {
        Ctl *ctl;
        const char *name;
        UnitNames units;
        UnitProperties before; /* of the server's unit as it normally runs */
        int directory_fd;      /* /run/left4me/trial */
        int lock_fd, gate_fd;
        bool is_guarded; /* l4d2-trial@NAME.service runs */
        UnitJobs *jobs;
        bool has_failed; /* the server ended and not well; after trial_session_wait() */
        char result[RESULT_TEXT_MAX]; /* how, see describe_result() */
} TrialSession;

/* Takes the lock and reads the unit; refuses while the server runs or another trial goes on. */
int trial_session_open(Ctl *ctl, const char *name, TrialSession *ret) _must_check_;

/*
 * Starts the server up to its gate: a shell that waits before it becomes the launcher. The guard
 * ends the trial some time after so many minutes, should this process not do it.
 */
int trial_session_start(TrialSession *session, uint64_t minutes, uint32_t *ret_pid) _must_check_;

/* Opens the gate: the server starts. */
int trial_session_open_gate(TrialSession *session) _must_check_;

/*
 * Asks systemd to end the trial, and waits for it and makes sure that the unit is as it was before.
 * Two steps, because what the server's tracer still has to say must be read in between.
 */
int trial_session_stop(TrialSession *session) _must_check_;
int trial_session_wait(TrialSession *session) _must_check_;

/* Ends it if need be. */
void trial_session_close(TrialSession *session);
