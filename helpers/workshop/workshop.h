/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The parts of left4me-workshop, in the order of a build: the job, asking the Workshop, the items
 * of its collections, the cache, downloads, the report. Functions that return an error (negative
 * errno) have logged it.
 */

#include "content/workshop-reply.h"
#include "download/download.h"
#include "common/producer.h"

enum { WORKSHOP_ITEMS_MAX = 5000 }; /* of a build, with those of collections */

/* --- job.c: job.json, the directories, lists of ids
 * -------------------------------------- */

typedef struct IdList {
        uint64_t *ids;
        size_t n;
} IdList;

typedef struct WorkshopJob {
        Producer producer;
        const char *api; /* base URL */
        IdList items, exclude;
        uint64_t cache_limit; /* bytes of files that no version has; UINT64_MAX: any */
        /* Seconds since the last change of a file that the limit may remove: another job may be
         * about to put a newer one into its version. */
        int64_t cache_age;
        int cache_fd;
        /* One build at a time works in the cache and asks the Workshop; its file has the time when
         * calls would be one a second, in µs of CLOCK_MONOTONIC. */
        int lock_fd;
        DownloadOptions options;
        char boot[PRODUCER_BOOT_MAX];
} WorkshopJob;

#define WORKSHOP_JOB_INIT { .producer = PRODUCER_INIT, .cache_fd = -EBADF, .lock_fd = -EBADF }

int workshop_job_open(WorkshopJob *job) _must_check_;
void workshop_job_close(WorkshopJob *job);

bool id_list_has(const IdList *list, uint64_t id);

/* Adds it unless it is there. 1 added, 0, -E2BIG more than WORKSHOP_ITEMS_MAX, -ENOMEM; not logged.
 */
int id_list_add(IdList *list, uint64_t id) _must_check_;
void id_list_done(IdList *list);

/* --- api.c: the two questions, at most two at once and one a second in the mean
 * ---------- */

/* n is at most WORKSHOP_BATCH. */
int workshop_ask_collections(
        WorkshopJob *job, const uint64_t *ids, size_t n, WorkshopCollection **ret, size_t *ret_n)
        _must_check_;
int workshop_ask_details(
        WorkshopJob *job, const uint64_t *ids, size_t n, WorkshopItem **ret, size_t *ret_n)
        _must_check_;

/* --- resolve.c: the items of the job and of its collections
 * ------------------------------ */

typedef enum WorkshopFile {
        FILE_NONE,       /* the cache has none */
        FILE_OLD,        /* of another time or size */
        FILE_CURRENT,    /* what the Workshop has */
        FILE_DOWNLOADED, /* the same, by this job */
} WorkshopFile;

typedef struct WorkshopEntry {
        WorkshopItem item;
        bool is_named; /* in the job itself, not by a collection */
        WorkshopFile file;
        char *error; /* why the file is not current, in the language of the log; NULL: it is */
} WorkshopEntry;

typedef struct WorkshopPlan {
        WorkshopEntry *entries;
        size_t n;
} WorkshopPlan;

/* A collection that the Workshop does not have any more is an error: all its items would go. */
int workshop_resolve(WorkshopJob *job, WorkshopPlan *ret) _must_check_;
void workshop_plan_done(WorkshopPlan *plan);

/* --- cache.c: ID.vpk, whose time is when the item was updated
 * ---------------------------- */

enum { WORKSHOP_NAME_MAX = 64 };

/* Waits for other builds. */
int workshop_cache_lock(WorkshopJob *job) _must_check_;

void workshop_file_name(const WorkshopItem *item, char ret[static WORKSHOP_NAME_MAX]);

/*
 * The temporary file, which has the content's time in its name: it is the beginning of no other. It
 * also has the host's boot in it, see producer_boot().
 */
void workshop_part_name(
        const WorkshopJob *job, const WorkshopItem *item, char ret[static WORKSHOP_NAME_MAX]);

WorkshopFile workshop_cache_state(const WorkshopJob *job, const WorkshopItem *item);

/* Checks that a complete temporary file is a VPK, and makes it the item's file. Returns -errno and
 * the download's error. */
int workshop_cache_keep(
        const WorkshopJob *job, const WorkshopItem *item, Download *download, int fd) _must_check_;

/* Removes temporary files of other contents of these items and those that are old, and, above the
 * job's limit, the oldest files that no version has. */
void workshop_cache_clean(const WorkshopJob *job, const WorkshopPlan *plan);

/* --- fetch.c: downloads what is not current
 * ---------------------------------------------- */

/* Every entry has its `file` and `error` then. An error only when nothing can be downloaded. */
int workshop_fetch(WorkshopJob *job, WorkshopPlan *plan) _must_check_;

/* --- report.c
 * ---------------------------------------------------------------------------- */

#define WORKSHOP_ITEMS_FILE "items"

/* Writes out/items: the ids of all entries that have a file. */
int workshop_write_items(const WorkshopJob *job, const WorkshopPlan *plan) _must_check_;

/* Writes out/report.json; error is why the job fails, or NULL. */
int workshop_write_report(const WorkshopJob *job, const WorkshopPlan *plan, const char *error)
        _must_check_;
