/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The surroundings of a program that produces the content of an overlay (a job's unit, or a person
 * by hand): its environment has
 *
 *     OVERLAY       the directory of the new version
 *     LEFT4ME_JOB   job.json: what to do, made and checked by left4me-layer
 *     LEFT4ME_OUT   the directory for reports
 *
 * Functions that return an error have logged it.
 */

#include <stdint.h>
#include <systemd/sd-json.h>

#include "base/cleanup.h"

typedef struct Producer {
        sd_json_variant *job;
        int tree_fd, out_fd;
        int percent; /* the last one that was told */
} Producer;

#define PRODUCER_INIT { .tree_fd = -EBADF, .out_fd = -EBADF, .percent = -1 }

int producer_open(Producer *ret) _must_check_;
void producer_close(Producer *producer);

/* A variable of the environment. -EINVAL: it is missing, or not an absolute path. */
int producer_directory(const char *variable, int *ret_fd) _must_check_;

/* The same for a directory that the caller may not list, to open files of it. */
int producer_passage(const char *variable, int *ret_fd) _must_check_;

/* A text of the job, borrowed. fallback where it is missing, null or not a text. */
const char *producer_text(const Producer *producer, const char *key, const char *fallback);

/* The same for a number. */
uint64_t producer_number(const Producer *producer, const char *key, uint64_t fallback);

/* A list of texts, empty where it is missing; from malloc. -EINVAL: another type, -ENOMEM. */
int producer_texts(const Producer *producer, const char *key, char ***ret) _must_check_;

/*
 * A name for the present boot of the host. Temporary files that a job goes on with have it in their
 * names: after a power cut such a file can have its length without all of its bytes.
 */
enum { PRODUCER_BOOT_MAX = 16 + 1 };
void producer_boot(const Producer *producer, char ret[static PRODUCER_BOOT_MAX]);

/*
 * Tells systemd how far the job is, when the percentage is another than before: words follow it.
 * The unit's StatusText is "NN % words". total 0: the percentage is unknown and left out.
 */
void producer_progress(Producer *producer, uint64_t done, uint64_t total, const char *words);

/* Writes out/report.json, for l4d2ctl and the web app. */
int producer_report(const Producer *producer, sd_json_variant *report) _must_check_;
