/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/queue.h"

#include <signal.h>
#include <string.h>
#include <sys/queue.h>

#include "exec/process.h"

typedef struct ChildRun {
        TAILQ_ENTRY(ChildRun) link;
        Children *children;
        ChildOrder order;
        ChildHandler done;
        void *userdata;
        char *user;
        bool is_action, is_long;
        ChildProcess *process; /* NULL: waits for its turn */
} ChildRun;

TAILQ_HEAD(ChildRuns, ChildRun);

struct Children {
        sd_event *event;
        char *program;
        struct ChildRuns runs; /* running ones first */
        size_t n_running, n_waiting;
        sd_event_source *next; /* starts the next one, never from within a caller */
};

static void run_free(ChildRun *run) {
        child_process_free(run->process);
        child_order_clear(&run->order);
        free(run->user);
        free(run);
}

static void start_next(Children *children) {
        (void) sd_event_source_set_enabled(children->next, SD_EVENT_ONESHOT);
}

static void finish(ChildRun *run, const ChildResult *result) {
        Children *children = run->children;

        TAILQ_REMOVE(&children->runs, run, link);
        run->done(result, run->userdata);
        run_free(run);
        start_next(children);
}

static void on_end(const ChildResult *result, void *userdata) {
        ChildRun *run = userdata;

        run->children->n_running--;
        finish(run, result);
}

static void start(ChildRun *run) {
        Children *children = run->children;
        int r;

        children->n_waiting--;
        r = child_process_start(
                children->event, children->program, &run->order, on_end, run, &run->process);
        if (r < 0) {
                char text[128];

                (void) snprintf(
                        text, sizeof(text), "%s can't be run: %s", children->program, strerror(-r));
                finish(run, &(ChildResult) {
                                    .exit_code = -1,
                                    .output = "",
                                    .errors = text,
                                    .errors_size = strlen(text),
                            });
                return;
        }
        children->n_running++;
}

/* --- whose turn it is ---------------------------------------------------------------------------
 */

static size_t count_lookups(const Children *children) {
        const ChildRun *run;
        size_t n = 0;

        for (run = TAILQ_FIRST(&children->runs); run; run = TAILQ_NEXT(run, link))
                n += run->process && !run->is_action;
        return n;
}

static size_t count_running(const Children *children, const char *user) {
        const ChildRun *run;
        size_t n = 0;

        for (run = TAILQ_FIRST(&children->runs); run; run = TAILQ_NEXT(run, link))
                n += run->process && strcmp(run->user, user) == 0;
        return n;
}

static bool may_run_long(const Children *children, const char *user) {
        const ChildRun *run;
        size_t n = 0;

        for (run = TAILQ_FIRST(&children->runs); run; run = TAILQ_NEXT(run, link)) {
                if (!run->process || !run->is_long)
                        continue;
                if (strcmp(run->user, user) == 0)
                        return false;
                n++;
        }
        return n < CHILDREN_LONG_MAX;
}

/* Actions first, then the user with the fewest running, then the oldest run. A user can't have all
 * places: long runs of one would hold up the others. */
static ChildRun *next_run(const Children *children) {
        bool may_look_up = count_lookups(children) < CHILDREN_MAX - 1;
        ChildRun *run, *best = NULL;
        size_t best_n = 0;

        for (run = TAILQ_FIRST(&children->runs); run; run = TAILQ_NEXT(run, link)) {
                size_t n;

                if (run->process || (!run->is_action && !may_look_up) ||
                    (run->is_long && !may_run_long(children, run->user)))
                        continue;
                n = count_running(children, run->user);
                if (n >= CHILDREN_MAX - 1)
                        continue;
                if (best && (best->is_action != run->is_action ? best->is_action : best_n <= n))
                        continue;
                best = run;
                best_n = n;
        }
        return best;
}

static int on_next(_unused_ sd_event_source *source, void *userdata) {
        Children *children = userdata;
        ChildRun *run;

        while (children->n_running < CHILDREN_MAX && (run = next_run(children)))
                start(run);
        return 0;
}

static bool has_room(const Children *children, const ChildCommand *command) {
        const ChildRun *run;
        size_t n_of_user = 0, n_waiting = 0, max = CHILDREN_QUEUE_MAX;

        if (!command->is_action)
                max -= CHILDREN_RESERVE;
        for (run = TAILQ_FIRST(&children->runs); run; run = TAILQ_NEXT(run, link)) {
                if (run->is_long != command->is_long)
                        continue;
                n_waiting += !run->process;
                n_of_user += run->is_action == command->is_action &&
                             strcmp(run->user, command->user) == 0;
        }
        if (command->is_long)
                return n_waiting < CHILDREN_LONG_QUEUE_MAX && n_of_user < CHILDREN_LONG_OF_USER_MAX;
        return n_waiting < max && n_of_user < CHILDREN_OF_USER_MAX;
}

int children_new(sd_event *event, const char *program, Children **ret) {
        _cleanup_(children_freep) Children *children = calloc(1, sizeof(*children));
        int r;

        if (!children)
                return -ENOMEM;
        TAILQ_INIT(&children->runs);
        children->event = sd_event_ref(event);
        children->program = strdup(program);
        if (!children->program)
                return -ENOMEM;
        r = sd_event_add_defer(event, &children->next, on_next, children);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(children);
        return 0;
}

int children_run(
        Children *children, const ChildCommand *command, ChildHandler done, void *userdata) {
        ChildRun *run;
        int r;

        /* Without a user, l4d2ctl would act with all rights of the web app. */
        if (!command->user)
                return -EACCES;
        if (!has_room(children, command))
                return -EBUSY;
        run = calloc(1, sizeof(*run));
        if (!run)
                return -ENOMEM;
        run->is_action = command->is_action;
        run->is_long = command->is_long;
        run->user = strdup(command->user);
        r = run->user ? child_order_copy(command, &run->order) : -ENOMEM;
        if (r < 0) {
                run_free(run);
                return r;
        }

        run->children = children;
        run->done = done;
        run->userdata = userdata;
        TAILQ_INSERT_TAIL(&children->runs, run, link);
        children->n_waiting++;
        start_next(children);
        return 0;
}

size_t children_count(const Children *children) {
        return children->n_running + children->n_waiting;
}

Children *children_free(Children *children) {
        const ChildResult stopped = {
                .exit_code = -1,
                .output = "",
                .errors = "Interrupted: the web app was stopped.",
                .errors_size = strlen("Interrupted: the web app was stopped."),
        };
        ChildRun *run;

        if (!children)
                return NULL;
        while ((run = TAILQ_FIRST(&children->runs)))
                finish(run, &stopped);
        sd_event_source_disable_unref(children->next);
        sd_event_unref(children->event);
        free(children->program);
        free(children);
        return NULL;
}
