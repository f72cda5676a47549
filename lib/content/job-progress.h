/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The progress that a job tells by its unit's StatusText: "45 % downloading maps", or words alone.
 */

#include "base/cleanup.h"

typedef struct JobProgress {
        int percent;       /* 0 to 100; -1: not known */
        const char *words; /* part of the text */
} JobProgress;

/* Takes any text; NULL is "". */
JobProgress job_progress_parse(const char *status);
