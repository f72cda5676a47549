/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * strace(1), attached to a server from outside of its sandbox: the server can neither see it nor
 * touch what it writes. Functions return an ExitCode and have said what went wrong.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "common/ctl.h"
#include "trial/strace-reader.h"

#define STRACE_PROGRAM "/usr/bin/strace"

typedef struct TrialTrace {
        int pipe_fd, signal_fd;
        pid_t pid;   /* of strace, 0: not started or ended */
        bool is_cut; /* strace was killed or did not end: it has not said all */
        StraceReader *reader;
} TrialTrace;

/* CTL_OK, or says what the host lacks for a trial. */
int trial_trace_check_host(void) _must_check_;

/* Attaches to a process; trace_set is for strace's -e trace=. From then on SIGINT, SIGTERM and
 * SIGHUP end a trial instead of this process. */
int trial_trace_start(
        uint32_t pid, const char *trace_set, StraceHandler handler, void *userdata, TrialTrace *ret)
        _must_check_;

typedef enum TrialEnd {
        TRIAL_END_TIME,
        TRIAL_END_SIGNAL,
        TRIAL_END_SERVER,
        TRIAL_END_STRACE, /* was killed */
        TRIAL_END_FAULT,  /* the server meets one fault forever, see strace_reader_fault() */
} TrialEnd;

/* Reads until so much time has passed, a signal arrived, or the server or strace ended. */
int trial_trace_read(TrialTrace *trace, uint64_t usec, TrialEnd *ret) _must_check_;

/* Reads the rest while the server is being stopped. */
int trial_trace_drain(TrialTrace *trace) _must_check_;

void trial_trace_close(TrialTrace *trace);
