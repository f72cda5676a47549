/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "auth/hasher.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/queue.h>

#include "spec/password.h"

typedef struct HashJob {
        STAILQ_ENTRY(HashJob) link;
        char *password, *hash;
        char client[HASHER_CLIENT_MAX]; /* "": without an address */
        int result;
        HasherHandler done;
        void *userdata;
} HashJob;

STAILQ_HEAD(HashJobs, HashJob);

struct Hasher {
        pthread_t thread;
        bool has_thread;
        pthread_mutex_t mutex;
        pthread_cond_t changed;

        /* Under the mutex. */
        struct HashJobs waiting, finished;
        bool is_stopping;

        /* The loop's: all whose handler was not called yet. */
        HashJob *jobs[HASHER_QUEUE_MAX];
        size_t n_jobs;
        int event_fd;
        sd_event_source *source;
};

static void job_free(HashJob *job) {
        password_free(job->password);
        free(job->hash);
        free(job);
}

/* --- the worker ------------------------------------------------------------------------------- */

static void *work(void *userdata) {
        Hasher *h = userdata;
        const uint64_t one = 1;

        (void) pthread_mutex_lock(&h->mutex);
        while (!h->is_stopping) {
                HashJob *job = STAILQ_FIRST(&h->waiting);

                if (!job) {
                        (void) pthread_cond_wait(&h->changed, &h->mutex);
                        continue;
                }
                STAILQ_REMOVE_HEAD(&h->waiting, link);
                (void) pthread_mutex_unlock(&h->mutex);

                job->result = password_verify(job->password, job->hash);

                (void) pthread_mutex_lock(&h->mutex);
                STAILQ_INSERT_TAIL(&h->finished, job, link);
                /* Can't fail: the counter does not overflow. */
                (void) !write(h->event_fd, &one, sizeof(one));
        }
        (void) pthread_mutex_unlock(&h->mutex);
        return NULL;
}

/* --- the loop's side -------------------------------------------------------------------------- */

static void forget_job(Hasher *h, const HashJob *job) {
        for (size_t i = 0; i < h->n_jobs; i++)
                if (h->jobs[i] == job) {
                        h->jobs[i] = h->jobs[--h->n_jobs];
                        return;
                }
}

static HashJob *take_finished(Hasher *h) {
        HashJob *job;

        (void) pthread_mutex_lock(&h->mutex);
        job = STAILQ_FIRST(&h->finished);
        if (job)
                STAILQ_REMOVE_HEAD(&h->finished, link);
        (void) pthread_mutex_unlock(&h->mutex);
        return job;
}

static int on_finished(
        _unused_ sd_event_source *source, int fd, _unused_ uint32_t events, void *userdata) {
        Hasher *h = userdata;
        uint64_t count;
        HashJob *job;

        (void) !read(fd, &count, sizeof(count));
        while ((job = take_finished(h))) {
                forget_job(h, job);
                job->done(job->result, job->userdata);
                job_free(job);
        }
        return 0;
}

bool hasher_has_room(const Hasher *h, const HasherClient *client) {
        size_t n = 0;

        if (h->n_jobs >= (size_t) HASHER_QUEUE_MAX - (client->is_known ? 0 : HASHER_RESERVE))
                return false;
        for (size_t i = 0; client->address && i < h->n_jobs; i++)
                n += strcmp(h->jobs[i]->client, client->address) == 0;
        return n < HASHER_OF_CLIENT_MAX;
}

int hasher_verify(
        Hasher *h, const HasherClient *client, const char *password, const char *hash,
        HasherHandler done, void *userdata) {
        HashJob *job;

        if (!hasher_has_room(h, client))
                return -EBUSY;

        job = calloc(1, sizeof(*job));
        if (!job)
                return -ENOMEM;
        job->password = strdup(password);
        job->hash = hash ? strdup(hash) : NULL;
        if (client->address)
                (void) snprintf(job->client, sizeof(job->client), "%s", client->address);
        job->done = done;
        job->userdata = userdata;
        if (!job->password || (hash && !job->hash)) {
                job_free(job);
                return -ENOMEM;
        }

        h->jobs[h->n_jobs++] = job;
        (void) pthread_mutex_lock(&h->mutex);
        STAILQ_INSERT_TAIL(&h->waiting, job, link);
        (void) pthread_cond_signal(&h->changed);
        (void) pthread_mutex_unlock(&h->mutex);
        return 0;
}

static int start_thread(Hasher *h) {
        sigset_t all, before;
        int r;

        /* Signals are the loop's. */
        (void) sigfillset(&all);
        (void) pthread_sigmask(SIG_SETMASK, &all, &before);
        r = pthread_create(&h->thread, NULL, work, h);
        (void) pthread_sigmask(SIG_SETMASK, &before, NULL);
        if (r != 0)
                return -r;
        h->has_thread = true;
        return 0;
}

int hasher_new(sd_event *event, Hasher **ret) {
        _cleanup_(hasher_freep) Hasher *h = calloc(1, sizeof(*h));
        int r;

        if (!h)
                return -ENOMEM;
        STAILQ_INIT(&h->waiting);
        STAILQ_INIT(&h->finished);
        (void) pthread_mutex_init(&h->mutex, NULL);
        (void) pthread_cond_init(&h->changed, NULL);

        h->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (h->event_fd < 0)
                return -errno;
        r = sd_event_add_io(event, &h->source, h->event_fd, EPOLLIN, on_finished, h);
        if (r < 0)
                return r;
        r = start_thread(h);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(h);
        return 0;
}

static void cancel_jobs(struct HashJobs *jobs) {
        HashJob *job;

        while ((job = STAILQ_FIRST(jobs))) {
                STAILQ_REMOVE_HEAD(jobs, link);
                job->done(-ECANCELED, job->userdata);
                job_free(job);
        }
}

Hasher *hasher_free(Hasher *h) {
        if (!h)
                return NULL;

        if (h->has_thread) {
                (void) pthread_mutex_lock(&h->mutex);
                h->is_stopping = true;
                (void) pthread_cond_signal(&h->changed);
                (void) pthread_mutex_unlock(&h->mutex);
                (void) pthread_join(h->thread, NULL);
        }
        cancel_jobs(&h->waiting);
        cancel_jobs(&h->finished);
        sd_event_source_disable_unref(h->source);
        if (h->event_fd > 0)
                (void) close(h->event_fd);
        (void) pthread_cond_destroy(&h->changed);
        (void) pthread_mutex_destroy(&h->mutex);
        free(h);
        return NULL;
}
