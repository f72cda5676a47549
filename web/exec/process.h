/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One process with its pipes, its deadline and its end; exec/queue.c decides when there is one. */

#include "exec/queue.h"
#include "view/language.h"

/* A copy of a command that owns all its parts. */
typedef struct ChildOrder {
        char *argv[CHILD_ARGUMENTS_MAX + 4];
        char *input;
        size_t input_size;
        uint64_t deadline;
        char language[LANGUAGE_TAG_MAX + sizeof("LANGUAGE=")]; /* the user's, for reasons within
                                                                  messages */
} ChildOrder;

/* -E2BIG: more than CHILD_ARGUMENTS_MAX arguments. */
int child_order_copy(const ChildCommand *command, ChildOrder *ret) _must_check_;
void child_order_clear(ChildOrder *order);

typedef struct ChildProcess ChildProcess;

/* Starts it; the order must outlive the process. end is called once, and may free the process. */
int child_process_start(
        sd_event *event, const char *program, const ChildOrder *order, ChildHandler end,
        void *userdata, ChildProcess **ret) _must_check_;

/* A process that still runs is left running. */
ChildProcess *child_process_free(ChildProcess *process);
DEFINE_CLEANUP(ChildProcess *, child_process_free)
