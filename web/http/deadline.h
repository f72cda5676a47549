/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Total times, not idle ones: who sends a byte every few seconds runs out of time just the same.
 * Each kind lasts equally long for everybody, so each is a queue in which the first ends first, and
 * setting one costs nothing however many there are.
 */

#include <stdint.h>
#include <sys/queue.h>

#include <systemd/sd-event.h>

#include "base/cleanup.h"

typedef enum DeadlineKind {
        DEADLINE_HEADERS,  /* until a request's headers are there; idle time between two as well */
        DEADLINE_BODY,     /* until its body is */
        DEADLINE_RESPONSE, /* until the answer was read */
        DEADLINE_STREAM,   /* until some of what a stream sent was read */
        _DEADLINE_MAX,
        DEADLINE_NONE = -1,
} DeadlineKind;

typedef struct Deadline {
        TAILQ_ENTRY(Deadline) link;
        DeadlineKind kind;
        uint64_t at; /* microseconds, CLOCK_MONOTONIC */
} Deadline;

typedef void (*DeadlineHandler)(Deadline *deadline, void *userdata);

typedef struct Deadlines Deadlines;

/* durations: microseconds for each kind. passed is called with a deadline that is none any more. */
int deadlines_new(
        sd_event *event, const uint64_t durations[static _DEADLINE_MAX], DeadlineHandler passed,
        void *userdata, Deadlines **ret) _must_check_;

/* Restarts the kind's time, or with DEADLINE_NONE ends it. A Deadline begins as {.kind =
 * DEADLINE_NONE}. */
void deadline_set(Deadlines *deadlines, Deadline *deadline, DeadlineKind kind);

/* The one of its kind that ends next, NULL when there is none. */
Deadline *deadlines_first(const Deadlines *deadlines, DeadlineKind kind);

Deadlines *deadlines_free(Deadlines *deadlines);
DEFINE_CLEANUP(Deadlines *, deadlines_free)
