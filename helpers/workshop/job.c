/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/array.h"
#include "base/log.h"
#include "base/time-text.h"
#include "content/workshop-id.h"
#include "workshop/workshop.h"

enum { DAY = 24 * 60 * 60 };

bool id_list_has(const IdList *list, uint64_t id) {
        for (size_t i = 0; i < list->n; i++)
                if (list->ids[i] == id)
                        return true;
        return false;
}

int id_list_add(IdList *list, uint64_t id) {
        uint64_t *ids;

        if (id_list_has(list, id))
                return 0;
        if (list->n >= WORKSHOP_ITEMS_MAX)
                return -E2BIG;
        ids = array_for_one_more(list->ids, list->n, sizeof(*ids));
        if (!ids)
                return -ENOMEM;
        list->ids = ids;
        list->ids[list->n++] = id;
        return 1;
}

void id_list_done(IdList *list) {
        free(list->ids);
        *list = (IdList) {};
}

static int read_ids(const WorkshopJob *job, const char *key, IdList *list) {
        _cleanup_(strv_freep) char **texts = NULL;
        int r;

        r = producer_texts(&job->producer, key, &texts);
        if (r < 0)
                return r;
        for (char **text = texts; *text; text++) {
                uint64_t id;

                if (workshop_id_from_person(*text, &id) < 0) {
                        log_error("'%s' is not the number or the page of an item", *text);
                        return -EINVAL;
                }
                r = id_list_add(list, id);
                if (r < 0)
                        return log_error_errno(r, "Failed to read '%s' of the job", key);
        }
        return 0;
}

/* Tests shorten these; a host's job has none of them. */
static void read_options(WorkshopJob *job) {
        const DownloadOptions defaults = DOWNLOAD_OPTIONS_DEFAULT;
        const Producer *p = &job->producer;

        job->options = defaults;
        job->options.dir_fd = job->cache_fd;
        job->options.n_parallel = (unsigned) producer_number(p, "parallel", defaults.n_parallel);
        job->options.n_tries = (unsigned) producer_number(p, "tries", defaults.n_tries);
        job->options.stall_seconds =
                (unsigned) producer_number(p, "stall_seconds", defaults.stall_seconds);
        job->options.pause_usec = producer_number(p, "pause_ms", defaults.pause_usec / 1000) * 1000;
        job->options.wait_max_usec =
                producer_number(p, "wait_seconds", defaults.wait_max_usec / USEC_PER_SEC) *
                USEC_PER_SEC;
}

int workshop_job_open(WorkshopJob *job) {
        int r;

        r = producer_open(&job->producer);
        if (r < 0)
                return r;
        producer_boot(&job->producer, job->boot);
        r = producer_directory("LEFT4ME_CACHE", &job->cache_fd);
        if (r < 0)
                return r;
        job->api = producer_text(&job->producer, "api", NULL);
        if (!job->api) {
                log_error("The job names no address of the Workshop");
                return -EINVAL;
        }
        job->cache_limit = producer_number(&job->producer, "cache_limit_bytes", UINT64_MAX);
        job->cache_age = (int64_t) producer_number(&job->producer, "cache_age_seconds", DAY);
        read_options(job);
        r = download_connections_new(&job->options.connections);
        if (r < 0)
                return log_error_errno(r, "Failed to prepare downloads");
        r = read_ids(job, "items", &job->items);
        return r < 0 ? r : read_ids(job, "exclude", &job->exclude);
}

void workshop_job_close(WorkshopJob *job) {
        producer_close(&job->producer);
        job->options.connections = download_connections_free(job->options.connections);
        id_list_done(&job->items);
        id_list_done(&job->exclude);
        job->cache_fd = safe_close(job->cache_fd);
        job->lock_fd = safe_close(job->lock_fd);
}
