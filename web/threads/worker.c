/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "threads/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/queue.h>

typedef enum JobState { JOB_WAITING, JOB_RUNNING, JOB_FINISHED } JobState;

typedef struct Job {
        TAILQ_ENTRY(Job) link;
        char owner[WORKER_OWNER_MAX]; /* "": none */
        JobState state;               /* under the mutex */
        WorkerTask task;
} Job;

TAILQ_HEAD(Jobs, Job);

struct Worker {
        pthread_t threads[WORKER_THREADS_MAX];
        unsigned n_threads;
        pthread_mutex_t mutex;
        pthread_cond_t changed;

        /* Under the mutex; only the loop adds and removes. */
        struct Jobs jobs;
        atomic_bool is_stopping; /* tasks read it without the mutex */

        int event_fd;
        sd_event_source *source;
};

static size_t count(const Worker *w, const char *owner, JobState first, JobState last) {
        const Job *job;
        size_t n = 0;

        TAILQ_FOREACH(job, &w->jobs, link)
        n += job->state >= first && job->state <= last &&
             (!owner || strcmp(job->owner, owner) == 0);
        return n;
}

/* --- a thread ----------------------------------------------------------------------------------
 */

static Job *find_next(Worker *w) {
        Job *job;

        TAILQ_FOREACH(job, &w->jobs, link)
        if (job->state == JOB_WAITING &&
            (w->n_threads == 1 ||
             count(w, job->owner, JOB_RUNNING, JOB_RUNNING) + 1 < w->n_threads))
                return job;
        return NULL;
}

static void *work(void *userdata) {
        const uint64_t one = 1;
        Worker *w = userdata;

        (void) pthread_mutex_lock(&w->mutex);
        while (!w->is_stopping) {
                Job *job = find_next(w);

                if (!job) {
                        (void) pthread_cond_wait(&w->changed, &w->mutex);
                        continue;
                }
                job->state = JOB_RUNNING;
                (void) pthread_mutex_unlock(&w->mutex);

                job->task.work(job->task.userdata);

                (void) pthread_mutex_lock(&w->mutex);
                job->state = JOB_FINISHED;
                /* Its owner may begin another one. */
                (void) pthread_cond_broadcast(&w->changed);
                /* Can't fail: the counter does not overflow. */
                (void) !write(w->event_fd, &one, sizeof(one));
        }
        (void) pthread_mutex_unlock(&w->mutex);
        return NULL;
}

/* --- the loop's side -------------------------------------------------------------------------- */

static Job *take_finished(Worker *w) {
        Job *job;

        (void) pthread_mutex_lock(&w->mutex);
        TAILQ_FOREACH(job, &w->jobs, link)
        if (job->state == JOB_FINISHED) {
                TAILQ_REMOVE(&w->jobs, job, link);
                break;
        }
        (void) pthread_mutex_unlock(&w->mutex);
        return job;
}

static int on_finished(
        _unused_ sd_event_source *source, int fd, _unused_ uint32_t events, void *userdata) {
        Worker *w = userdata;
        uint64_t n;
        Job *job;

        (void) !read(fd, &n, sizeof(n));
        while ((job = take_finished(w))) {
                job->task.done(true, job->task.userdata);
                free(job);
        }
        return 0;
}

const atomic_bool *worker_stop_flag(const Worker *w) {
        return &w->is_stopping;
}

size_t worker_count(const Worker *w) {
        return worker_count_of(w, NULL);
}

size_t worker_count_of(const Worker *w, const char *owner) {
        pthread_mutex_t *mutex = (pthread_mutex_t *) (uintptr_t) &w->mutex;
        size_t n;

        (void) pthread_mutex_lock(mutex);
        n = count(w, owner, JOB_WAITING, JOB_FINISHED);
        (void) pthread_mutex_unlock(mutex);
        return n;
}

int worker_run(Worker *w, const WorkerTask *task) {
        Job *job = calloc(1, sizeof(*job));

        if (!job)
                return -ENOMEM;
        job->task = *task;
        job->task.owner = job->owner;
        (void) snprintf(job->owner, sizeof(job->owner), "%s", task->owner ? task->owner : "");

        (void) pthread_mutex_lock(&w->mutex);
        TAILQ_INSERT_TAIL(&w->jobs, job, link);
        (void) pthread_cond_signal(&w->changed);
        (void) pthread_mutex_unlock(&w->mutex);
        return 0;
}

static int start_threads(Worker *w, unsigned n) {
        sigset_t all, before;
        int r = 0;

        /* Signals are the loop's. */
        (void) sigfillset(&all);
        (void) pthread_sigmask(SIG_SETMASK, &all, &before);
        (void) pthread_mutex_lock(&w->mutex);
        for (; r == 0 && w->n_threads < n; w->n_threads += r == 0)
                r = pthread_create(&w->threads[w->n_threads], NULL, work, w);
        (void) pthread_mutex_unlock(&w->mutex);
        (void) pthread_sigmask(SIG_SETMASK, &before, NULL);
        return -r;
}

int worker_new(sd_event *event, unsigned n_threads, Worker **ret) {
        _cleanup_(worker_freep) Worker *w = calloc(1, sizeof(*w));
        int r;

        if (!w)
                return -ENOMEM;
        TAILQ_INIT(&w->jobs);
        (void) pthread_mutex_init(&w->mutex, NULL);
        (void) pthread_cond_init(&w->changed, NULL);

        w->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (w->event_fd < 0)
                return -errno;
        r = sd_event_add_io(event, &w->source, w->event_fd, EPOLLIN, on_finished, w);
        if (r < 0)
                return r;
        r = start_threads(w, n_threads < WORKER_THREADS_MAX ? n_threads : WORKER_THREADS_MAX);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(w);
        return 0;
}

Worker *worker_free(Worker *w) {
        Job *job;

        if (!w)
                return NULL;

        (void) pthread_mutex_lock(&w->mutex);
        w->is_stopping = true;
        (void) pthread_cond_broadcast(&w->changed);
        (void) pthread_mutex_unlock(&w->mutex);
        for (unsigned i = 0; i < w->n_threads; i++)
                (void) pthread_join(w->threads[i], NULL);

        while ((job = TAILQ_FIRST(&w->jobs))) {
                TAILQ_REMOVE(&w->jobs, job, link);
                job->task.done(job->state == JOB_FINISHED, job->task.userdata);
                free(job);
        }
        sd_event_source_disable_unref(w->source);
        if (w->event_fd > 0)
                (void) close(w->event_fd);
        (void) pthread_cond_destroy(&w->changed);
        (void) pthread_mutex_destroy(&w->mutex);
        free(w);
        return NULL;
}
