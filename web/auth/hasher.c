/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "auth/hasher.h"

#include <string.h>

#include "spec/password.h"
#include "threads/worker.h"

typedef struct HashJob {
        char *password, *hash;
        int result;
        HasherHandler done;
        void *userdata;
} HashJob;

struct Hasher {
        Worker *worker;
};

static void job_free(HashJob *job) {
        password_free(job->password);
        free(job->hash);
        free(job);
}

static void work(void *userdata) {
        HashJob *job = userdata;

        job->result = password_verify(job->password, job->hash);
}

static void on_done(bool is_done, void *userdata) {
        HashJob *job = userdata;

        job->done(is_done ? job->result : -ECANCELED, job->userdata);
        job_free(job);
}

bool hasher_has_room(const Hasher *h, const HasherClient *client) {
        if (worker_count(h->worker) >=
            (size_t) HASHER_QUEUE_MAX - (client->is_known ? 0 : HASHER_RESERVE))
                return false;
        return !client->address ||
               worker_count_of(h->worker, client->address) < HASHER_OF_CLIENT_MAX;
}

int hasher_verify(
        Hasher *h, const HasherClient *client, const char *password, const char *hash,
        HasherHandler done, void *userdata) {
        HashJob *job;
        int r;

        if (!hasher_has_room(h, client))
                return -EBUSY;

        job = calloc(1, sizeof(*job));
        if (!job)
                return -ENOMEM;
        job->password = strdup(password);
        job->hash = hash ? strdup(hash) : NULL;
        job->done = done;
        job->userdata = userdata;
        r = !job->password || (hash && !job->hash) ? -ENOMEM : 0;
        if (r >= 0)
                r = worker_run(
                        h->worker, &(WorkerTask) {
                                           .owner = client->address,
                                           .work = work,
                                           .done = on_done,
                                           .userdata = job,
                                   });
        if (r < 0)
                job_free(job);
        return r;
}

int hasher_new(sd_event *event, Hasher **ret) {
        _cleanup_(hasher_freep) Hasher *h = calloc(1, sizeof(*h));
        int r;

        if (!h)
                return -ENOMEM;
        r = worker_new(event, 1, &h->worker);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(h);
        return 0;
}

Hasher *hasher_free(Hasher *h) {
        if (!h)
                return NULL;
        worker_free(h->worker);
        free(h);
        return NULL;
}
