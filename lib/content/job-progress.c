/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "content/job-progress.h"

JobProgress job_progress_parse(const char *status) {
        const char *p = status;
        int percent = 0, digits = 0;

        if (!status)
                return (JobProgress) { .percent = -1, .words = "" };
        while (digits < 3 && p[digits] >= '0' && p[digits] <= '9')
                percent = percent * 10 + (p[digits++] - '0');
        if (digits == 0 || p[digits] != ' ' || p[digits + 1] != '%' || percent > 100 ||
            (p[digits + 2] != ' ' && p[digits + 2] != '\0'))
                return (JobProgress) { .percent = -1, .words = p };
        p += digits + 2;
        return (JobProgress) { .percent = percent, .words = *p == ' ' ? p + 1 : p };
}
