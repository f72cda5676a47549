/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The exit codes of l4d2ctl, for l4d2ctl and for the web app, which runs it. l4d2ctl(8) documents
 * them: scripts rely on these.
 */

typedef enum ExitCode {
        CTL_OK = 0,
        CTL_FAILURE = 1,
        CTL_USAGE = 2,
        CTL_NOT_RUNNING = 3, /* status, as systemctl */
        CTL_NO_INSTANCE = 4,
        CTL_INVALID_SPEC = 5,
        CTL_CONFLICT = 6, /* another user changed it, or it is in use */
        CTL_FINDINGS = 7, /* hardening, doctor: something is not as it should be */
        CTL_DENIED = 8,   /* the user of --as-user may not do this */
        CTL_EXISTS = 9,   /* overlay apply: names are there already, and nothing else is wrong */
} ExitCode;
