/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Prints what a trial found: for people as a table, for developers as JSON. */

#include "common/ctl.h"
#include "server/state.h"
#include "trial/findings.h"

typedef struct TrialReport {
        const char *name, *tree;
        const char *password; /* of the spec: never in the JSON */
        const UnitProperties *properties;
        TrialFindings findings;
        uint64_t seconds;
        uint64_t n_lost;              /* calls that could not be read */
        bool is_cut;                  /* strace ended before the server */
        const char *ended;            /* "time", "signal", "server", "strace" or "fault" */
        bool is_ready;                /* the server opened its game port */
        bool has_failed;              /* the server ended by itself, and not well */
        char result[RESULT_TEXT_MAX]; /* how, see describe_result(); "" when it did not */
        bool is_i386;
} TrialReport;

/* Both return CTL_OK when the composition fits, CTL_FINDINGS when something was found, CTL_FAILURE
 * when nothing was but the trial did not see a server that ran, or missed a part. */
int trial_report_print(const TrialReport *report) _must_check_;
int trial_report_print_json(const Ctl *ctl, const TrialReport *report) _must_check_;
