/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/log.h"
#include "base/text.h"
#include "workshop/workshop.h"

typedef struct Fetch {
        WorkshopJob *job;
        Download *downloads;
        char (*parts)[WORKSHOP_NAME_MAX];
        size_t n, n_done;
        uint64_t total;  /* bytes */
        int local_error; /* of the host itself, not of one item */
} Fetch;

static void fetch_done(Fetch *fetch) {
        for (size_t i = 0; i < fetch->n; i++)
                download_done(&fetch->downloads[i]);
        free(fetch->downloads);
        free(fetch->parts);
}

static void tell_progress(void *userdata) {
        Fetch *fetch = userdata;
        char words[128];
        uint64_t done = 0;

        for (size_t i = 0; i < fetch->n; i++)
                done += fetch->downloads[i].received;
        (void) snprintf(
                words, sizeof(words), "Downloaded %zu of %zu items, %" PRIu64 " of %" PRIu64 " MB",
                fetch->n_done, fetch->n, done / 1000000, fetch->total / 1000000);
        producer_progress(&fetch->job->producer, done, fetch->total, words);
}

static void log_result(const WorkshopEntry *entry, const Download *d) {
        if (entry->file != FILE_DOWNLOADED)
                log_warning(
                        "Failed to download %" PRIu64 " '%s': %s", entry->item.id,
                        entry->item.title, entry->error ?: "");
        else if (d->transferred)
                log_info(
                        "Downloaded %" PRIu64 " '%s', %" PRIu64 " bytes", entry->item.id,
                        entry->item.title, entry->item.size);
}

static int finished(Download *d, int fd, void *userdata) {
        Fetch *fetch = userdata;
        WorkshopEntry *entry = d->userdata;
        int r = d->result;

        fetch->n_done++;
        if (r == -ENOSPC || r == -EDQUOT)
                fetch->local_error = r;
        if (r >= 0)
                r = workshop_cache_keep(fetch->job, &entry->item, d, fd);
        if (r >= 0)
                entry->file = FILE_DOWNLOADED;
        else {
                entry->item.state = WORKSHOP_FAILED;
                entry->error = strdup(d->error ?: strerror(-r));
        }
        log_result(entry, d);
        return r;
}

static void plan_download(Fetch *fetch, WorkshopEntry *entry) {
        Download *d = &fetch->downloads[fetch->n];
        char *part = fetch->parts[fetch->n];

        workshop_part_name(fetch->job, &entry->item, part);
        *d = (Download) {
                .url = entry->item.url,
                .part = part,
                .resume = true,
                .size = entry->item.size,
                .size_max = WORKSHOP_ITEM_SIZE_MAX,
                .userdata = entry,
        };
        fetch->n++;
        fetch->total += entry->item.size;
}

/* Finds out what the cache has; an item that can't be downloaded keeps an old file. */
static void look_at(Fetch *fetch, WorkshopEntry *entry) {
        const WorkshopItem *item = &entry->item;

        entry->file = workshop_cache_state(fetch->job, item);
        if (item->state == WORKSHOP_OK && entry->file != FILE_CURRENT)
                plan_download(fetch, entry);
        else if (item->state != WORKSHOP_OK) {
                if (entry->file == FILE_CURRENT)
                        entry->file = FILE_OLD;
                entry->error = strdup(_(item->problem));
                log_warning(
                        "Can't download %" PRIu64 " '%s': %s", item->id, item->title,
                        _(item->problem));
        }
}

/* Bytes that temporary files have already. */
static uint64_t parts_size(const Fetch *fetch) {
        uint64_t size = 0;
        struct stat st;

        for (size_t i = 0; i < fetch->n; i++)
                if (fstatat(fetch->job->cache_fd, fetch->parts[i], &st, AT_SYMLINK_NOFOLLOW) >= 0)
                        size += (uint64_t) st.st_size;
        return size;
}

/* A disk that fills up meanwhile ends the job too, only later. */
static int check_space(const Fetch *fetch) {
        uint64_t have = parts_size(fetch), need = fetch->total > have ? fetch->total - have : 0;
        struct statvfs st;

        if (fstatvfs(fetch->job->cache_fd, &st) < 0)
                return log_error_errno(-errno, "Failed to examine the file system of the cache");
        if (need <= (uint64_t) st.f_bavail * st.f_frsize)
                return 0;
        log_error(
                "Failed to download: %" PRIu64 " MB are needed, %" PRIu64 " MB are free",
                need / 1000000, (uint64_t) st.f_bavail * st.f_frsize / 1000000);
        return -ENOSPC;
}

int workshop_fetch(WorkshopJob *job, WorkshopPlan *plan) {
        _cleanup_(fetch_done) Fetch fetch = { .job = job };
        int r;

        fetch.downloads = calloc(plan->n + 1, sizeof(*fetch.downloads));
        fetch.parts = calloc(plan->n + 1, sizeof(*fetch.parts));
        if (!fetch.downloads || !fetch.parts)
                return log_error_errno(-ENOMEM, "Failed to prepare downloads");
        for (size_t i = 0; i < plan->n; i++)
                look_at(&fetch, &plan->entries[i]);
        r = check_space(&fetch);
        if (r < 0)
                return r;
        job->options.progress = tell_progress;
        job->options.finished = finished;
        job->options.userdata = &fetch;
        r = download_all(&job->options, fetch.downloads, fetch.n);
        if (r >= 0)
                r = fetch.local_error;
        return r < 0 ? log_error_errno(r, "Failed to download") : 0;
}
