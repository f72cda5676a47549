/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A sample: what one server's answers said over an interval, and what its control group counted,
 * also while the server did not answer, as one line of text. left4me-watch
 * writes the samples of all servers as one journal entry a minute, and another one of ten minutes,
 * with their lines in LEFT4ME_SAMPLES=; readers draw charts from them. Nothing here touches the
 * journal.
 *
 * The line is the name and fourteen fields, separated by one space each; "-" is "not measured":
 *
 *     versus-1 6 3.50 4 0.00 8 30.02 29.41 12.50 18.75 10240 30720 734003200 14 6
 *     name     n humans max bots slots fps min cpu max in out memory tasks looks
 *     versus-1 0 0.00 0 0.00 0 - - 100.00 100.00 - - 734003200 14 6          it hangs
 *
 * A line of an earlier version has no looks: as many as answers. A reader accepts fields behind
 * these, which a later version may add.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/name.h"

/* The MESSAGE_ID of entries with samples. It must never change. */
#define LIVE_SAMPLE_MESSAGE_ID "5d2ac2fa6d8c4ad09f7bb1d1a0b9ba4f"

/* The intervals that entries with samples are about, LEFT4ME_LEVEL=. */
typedef enum LiveLevel {
        LIVE_LEVEL_MINUTE,
        LIVE_LEVEL_TEN_MINUTES,
        N_LIVE_LEVELS,
} LiveLevel;

const char *live_level_name(LiveLevel level); /* "minute", "ten-minutes" */
uint64_t live_level_usec(LiveLevel level);

/*
 * Numbers are means over the answers unless they say otherwise; those of the control group are over
 * the looks, which are the answers and the times when the server did not answer. One look is a
 * sample with n_looks 1 and n 1 or 0, whose largest and smallest values may be left 0.
 */
typedef struct LiveSample {
        char name[INSTANCE_NAME_MAX + 1];
        uint32_t n, n_looks; /* answers in it; looks, never fewer */
        double humans, bots;
        uint32_t humans_max, slots; /* slots: those of the last answer */
        bool has_stats;             /* the next four are measured */
        double fps, fps_min;        /* the smallest */
        uint64_t in_bytes_per_sec, out_bytes_per_sec;
        bool has_cpu;                /* the next two are measured */
        double cpu_percent, cpu_max; /* of one core; the largest */
        uint64_t memory_bytes;       /* the largest; UINT64_MAX: not measured */
        uint32_t tasks;              /* the largest */
} LiveSample;

/* Adds a look, or a sample, to a sum that began as {}. The sum takes the name of other. */
void live_sample_add(LiveSample *sum, const LiveSample *other);

/* Appends the line and its newline. 0; -EINVAL: not the name of a server; or -errno. */
int live_sample_format(FILE *f, const LiveSample *sample) _must_check_;

/* Reads a line, which needs no newline at its end. 0 or -EBADMSG. */
int live_sample_parse(const char *line, size_t size, LiveSample *ret) _must_check_;

/* Lines that are not read yet. */
typedef struct LiveSampleLines {
        const char *text;
        size_t size;
} LiveSampleLines;

/* Takes the next line that is a sample; lines that are none are passed over. false: no more. */
bool live_samples_next(LiveSampleLines *lines, LiveSample *ret);

/* The sample of one server. It looks at the line of this server only. */
bool live_samples_find(LiveSampleLines lines, const char *name, LiveSample *ret);
