/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Threads beside the event loop: tasks that end when the test says. */

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "threads/worker.h"

typedef struct Task {
        int end[2]; /* a byte lets it end */
        int started[2];
        unsigned n_done;
        bool is_done;
} Task;

static sd_event *event;
static Worker *worker;

static void setup(void) {
        cr_assert_geq(sd_event_new(&event), 0);
}

static void teardown(void) {
        worker = worker_free(worker);
        event = sd_event_unref(event);
}

static void work(void *userdata) {
        Task *task = userdata;
        char byte;

        cr_assert_eq(write(task->started[1], "x", 1), 1);
        cr_assert_eq(read(task->end[0], &byte, 1), 1);
}

static void on_done(bool is_done, void *userdata) {
        Task *task = userdata;

        task->n_done++;
        task->is_done = is_done;
}

static void run_task(Task *task, const char *owner) {
        *task = (Task) {};
        cr_assert_eq(pipe2(task->end, O_CLOEXEC), 0);
        cr_assert_eq(pipe2(task->started, O_CLOEXEC), 0);
        cr_assert_eq(
                worker_run(
                        worker,
                        &(WorkerTask) {
                                .owner = owner,
                                .work = work,
                                .done = on_done,
                                .userdata = task,
                        }),
                0);
}

static void wait_for_start(const Task *task) {
        char byte;

        cr_assert_eq(read(task->started[0], &byte, 1), 1);
}

static bool has_started(const Task *task) {
        struct timeval now = {};
        fd_set set;

        FD_ZERO(&set);
        FD_SET(task->started[0], &set);
        return select(task->started[0] + 1, &set, NULL, NULL, &now) > 0;
}

static void let_end(const Task *task) {
        cr_assert_eq(write(task->end[1], "x", 1), 1);
}

/* Runs the loop until the task's handler was called. */
static void loop_until_done(const Task *task) {
        while (task->n_done == 0)
                cr_assert_geq(sd_event_run(event, UINT64_MAX), 0);
}

static int count_tick(_unused_ sd_event_source *source, _unused_ uint64_t usec, void *userdata) {
        ++*(unsigned *) userdata;
        return 0;
}

Test(web_worker, the_loop_goes_on_meanwhile, .init = setup, .fini = teardown) {
        unsigned ticks = 0;
        Task task;

        cr_assert_eq(worker_new(event, 1, &worker), 0);
        run_task(&task, "alice");
        wait_for_start(&task);
        cr_assert_geq(
                sd_event_add_time_relative(event, NULL, CLOCK_MONOTONIC, 0, 0, count_tick, &ticks),
                0);
        while (ticks == 0)
                cr_assert_geq(sd_event_run(event, UINT64_MAX), 0);
        cr_assert_eq(task.n_done, 0);
        cr_assert_eq(worker_count(worker), 1);
        cr_assert_eq(worker_count_of(worker, "alice"), 1);
        cr_assert_eq(worker_count_of(worker, "bob"), 0);
        let_end(&task);
        loop_until_done(&task);
        cr_assert(task.is_done);
        cr_assert_eq(task.n_done, 1);
        cr_assert_eq(worker_count(worker), 0);
}

Test(web_worker, one_owner_never_has_the_last_thread, .init = setup, .fini = teardown) {
        Task first, second, other;

        cr_assert_eq(worker_new(event, 2, &worker), 0);
        run_task(&first, "alice");
        run_task(&second, "alice");
        run_task(&other, "bob");
        wait_for_start(&first);
        wait_for_start(&other);
        cr_assert_not(has_started(&second));
        let_end(&other);
        loop_until_done(&other);
        cr_assert_eq(first.n_done, 0);
        cr_assert_not(has_started(&second));
        let_end(&first);
        loop_until_done(&first);
        let_end(&second);
        loop_until_done(&second);
        cr_assert(second.is_done);
}

Test(web_worker, its_end_waits_for_what_runs_and_cancels_the_rest, .init = setup,
     .fini = teardown) {
        Task running, waiting;

        cr_assert_eq(worker_new(event, 1, &worker), 0);
        run_task(&running, NULL);
        run_task(&waiting, NULL);
        wait_for_start(&running);
        let_end(&running);
        /* The other one may have begun before the end: then it must be able to end. */
        let_end(&waiting);
        worker = worker_free(worker);
        cr_assert_eq(running.n_done, 1);
        cr_assert(running.is_done);
        cr_assert_eq(waiting.n_done, 1);
        cr_assert_eq(waiting.is_done, has_started(&waiting));
}

static void work_until_stopped(void *userdata) {
        Task *task = userdata;

        cr_assert_eq(write(task->started[1], "x", 1), 1);
        while (!atomic_load(worker_stop_flag(worker)))
                (void) usleep(1000);
}

Test(web_worker, its_end_asks_what_runs_to_end, .init = setup, .fini = teardown) {
        Task task = {};

        cr_assert_eq(worker_new(event, 1, &worker), 0);
        cr_assert_eq(pipe2(task.started, O_CLOEXEC), 0);
        cr_assert_eq(
                worker_run(
                        worker, &(WorkerTask) { .work = work_until_stopped,
                                                .done = on_done,
                                                .userdata = &task }),
                0);
        wait_for_start(&task);
        cr_assert_not(atomic_load(worker_stop_flag(worker)));
        worker = worker_free(worker);
        cr_assert_eq(task.n_done, 1);
}
