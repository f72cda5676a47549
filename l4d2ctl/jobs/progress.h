/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How far a job is, in the last line of a terminal: a bar when the job tells a percentage, "45 %
 * downloading", else its words. Where the output is not a terminal, each of its texts is a line.
 */

#include <stdbool.h>
#include <stdio.h>

enum { PROGRESS_TEXT_MAX = 160 };

typedef struct Progress {
        FILE *f;
        bool is_terminal, is_shown;
        char text[PROGRESS_TEXT_MAX];
} Progress;

void progress_init(Progress *progress, FILE *f);

/* Shows another text; "" shows none. It may come from a program that is not trusted. */
void progress_set(Progress *progress, const char *text);

/* Makes room for other lines, until progress_show(). */
void progress_hide(Progress *progress);
void progress_show(Progress *progress);
