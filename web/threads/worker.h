/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Work that takes long, in threads beside the event loop: password hashes, reading of journals. A
 * task in a thread may use only the data that it was given: nothing of the web app, no texts for
 * people, whose language is the loop's, and nothing that libc keeps once for all threads, such as
 * getpwnam(). The loop leaves the data alone until done() is called.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include <systemd/sd-event.h>

#include "base/cleanup.h"

enum { WORKER_OWNER_MAX = 64, WORKER_THREADS_MAX = 4 };

typedef struct Worker Worker;

typedef struct WorkerTask {
        const char *owner;            /* for whom, copied; NULL: all without one count together */
        void (*work)(void *userdata); /* in a thread */
        /* In the loop's thread, exactly once. is_done false: the worker ended before the work. */
        void (*done)(bool is_done, void *userdata);
        void *userdata;
} WorkerTask;

int worker_new(sd_event *event, unsigned n_threads, Worker **ret) _must_check_;

/* How many tasks wait or run, of all or of one owner. Limits are the caller's to set. */
size_t worker_count(const Worker *worker);
size_t worker_count_of(const Worker *worker, const char *owner);

/* Tasks begin in order, but one owner never has the last free thread of several. Returns 0 or
 * -ENOMEM. */
int worker_run(Worker *worker, const WorkerTask *task) _must_check_;

/* Set when the worker ends: a task that may take long looks at it, and ends early. */
const atomic_bool *worker_stop_flag(const Worker *worker);

/* Waits for tasks that run. */
Worker *worker_free(Worker *worker);
DEFINE_CLEANUP(Worker *, worker_free)
