/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/doctor.h"
#include "trial/trace.h"

/* Only a trial needs it, so a host without it lacks nothing. */
int check_strace(Doctor *doctor) {
        if (access(STRACE_PROGRAM, X_OK) == 0)
                return doctor_report(doctor, FINDING_OK, NULL, "strace is installed");
        return doctor_report(
                doctor, FINDING_OK, NULL,
                "strace is not installed, which only 'l4d2ctl trial' needs: apt install strace");
}
