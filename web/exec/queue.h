/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Runs l4d2ctl, the only writer of state, without ever blocking the loop: CHILDREN_MAX at a time,
 * the others wait in a queue. Input and output go through pipes and are bounded; past its deadline
 * a child is told to end, then killed. Nothing is passed through a shell.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <systemd/sd-event.h>

#include "base/cleanup.h"

#define CHILD_PROGRAM "/usr/bin/l4d2ctl"

typedef struct Children Children;

enum {
        CHILDREN_MAX = 4,
        CHILDREN_QUEUE_MAX = 64,
        /* One place to run, and these to wait, are for actions alone. A user can't have all places
         * to run. */
        CHILDREN_RESERVE = 16,
        /* For one user, running and waiting, of each of the two kinds. */
        CHILDREN_OF_USER_MAX = 8,
        /* Long ones that run at once, of all users together, and each user has one: short ones must
         * not wait for them. */
        CHILDREN_LONG_MAX = 2,
        /* Places of their own to wait in, because they wait for hours. */
        CHILDREN_LONG_QUEUE_MAX = 8,
        CHILDREN_LONG_OF_USER_MAX = 2, /* running and waiting */
        CHILD_ARGUMENTS_MAX = 24,
        CHILD_OUTPUT_MAX = 1024 * 1024, /* bytes of stdout; what is more is read and dropped */
        CHILD_ERRORS_MAX = 256 * 1024,  /* of stderr */
};

typedef struct ChildCommand {
        const char *const *arguments; /* after "l4d2ctl", NULL-terminated */
        const char *user;             /* --as-user: whose rights it has; never NULL */
        const char *input;            /* stdin; NULL: empty */
        size_t input_size;
        uint64_t deadline; /* microseconds from its start; 0: its kind has one below */
        bool is_action;    /* it changes something; else it looks something up */
        bool is_long;      /* it may read gigabytes */
} ChildCommand;

#define CHILD_DEADLINE      (UINT64_C(150) * 1000000)
#define CHILD_LONG_DEADLINE (UINT64_C(6) * 60 * 60 * 1000000)

typedef struct ChildResult {
        int exit_code;      /* l4d2ctl's; -1 when it was killed or could not be run */
        bool is_late;       /* ended by its deadline */
        const char *output; /* NUL-terminated, valid UTF-8 or not; valid in the handler */
        size_t output_size;
        const char *errors; /* lines of --errors=json and of other programs (view/details.h) */
        size_t errors_size;
} ChildResult;

typedef void (*ChildHandler)(const ChildResult *result, void *userdata);

/* program: what is run, CHILD_PROGRAM. */
int children_new(sd_event *event, const char *program, Children **ret) _must_check_;

/*
 * Copies the command and runs it. done is called exactly once, from the loop, when the child has
 * ended, unless this fails: -EBUSY when the queue or the user's share of it is full, -EACCES
 * without a user, -E2BIG, -ENOMEM, -errno.
 */
int children_run(Children *children, const ChildCommand *command, ChildHandler done, void *userdata)
        _must_check_;

/* Running and waiting ones. */
size_t children_count(const Children *children);

/* Leaves running children to end by themselves; handlers are called as if they had failed. */
Children *children_free(Children *children);
DEFINE_CLEANUP(Children *, children_free)
