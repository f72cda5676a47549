/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Downloads the items of a Workshop overlay, as left4me-build in left4me-workshop@REF.service; a
 * person can run it by hand (common/producer.h, and LEFT4ME_CACHE is the directory of downloads).
 * It writes to that directory and to the directory for reports only: left4me-layer links the files
 * of out/items into the new version.
 *
 * An item that was there never goes silently. When its new file can't be downloaded, or the
 * Workshop has it no more, the old file stays in the version and the report says why. The job
 * fails, and nothing is published, when an item without an old file can't be downloaded now, when
 * an item that a person named does not exist, when a collection does not, or when one that a person
 * named is empty. The files that were downloaded then wait in the cache for the next build.
 *
 * Exit status: 0 done, 1 failed and said why, 64 wrong usage.
 */

#include <inttypes.h>
#include <sysexits.h>

#include "base/log.h"
#include "base/text.h"
#include "workshop/workshop.h"

/* Whether the version would lack the item although it could have it. */
static bool entry_fails(const WorkshopEntry *entry) {
        if (entry->file != FILE_NONE)
                return false;
        return entry->item.state == WORKSHOP_FAILED ||
               (entry->is_named &&
                (entry->item.state == WORKSHOP_MISSING || entry->item.is_collection));
}

static int judge(const WorkshopPlan *plan) {
        size_t n_failed = 0, n_downloaded = 0, n_old = 0;

        for (size_t i = 0; i < plan->n; i++) {
                const WorkshopEntry *entry = &plan->entries[i];

                n_failed += entry_fails(entry);
                n_downloaded += entry->file == FILE_DOWNLOADED;
                n_old += entry->file == FILE_OLD;
        }
        if (n_failed > 0) {
                log_count(
                        LOG_ERR, n_failed,
                        "Failed to build: %zu item is missing. Build again, or exclude it",
                        "Failed to build: %zu items are missing. Build again, or exclude them",
                        n_failed);
                return -EIO;
        }
        if (n_old > 0)
                log_count(
                        LOG_WARNING, n_old, "%zu item stays as it was",
                        "%zu items stay as they were", n_old);
        log_info("%zu items, %zu of them downloaded", plan->n, n_downloaded);
        return 0;
}

static int build(WorkshopJob *job, WorkshopPlan *plan) {
        int r;

        /* An earlier list is not this build's. */
        if (unlinkat(job->producer.out_fd, WORKSHOP_ITEMS_FILE, 0) < 0 && errno != ENOENT)
                return log_error_errno(-errno, "Failed to remove the list of items");
        r = workshop_cache_lock(job);
        if (r >= 0)
                r = workshop_resolve(job, plan);
        if (r >= 0)
                r = workshop_fetch(job, plan);
        if (r < 0)
                return r;
        workshop_cache_clean(job, plan);
        r = workshop_write_items(job, plan);
        return r < 0 ? r : judge(plan);
}

int main(int argc, char *argv[]) {
        _cleanup_(workshop_job_close) WorkshopJob job = WORKSHOP_JOB_INIT;
        _cleanup_(workshop_plan_done) WorkshopPlan plan = {};
        int r;

        (void) argv;
        text_setup();
        log_setup("left4me-workshop", LOG_TARGET_STDERR);
        if (argc != 1) {
                log_error("Usage: left4me-workshop");
                return EX_USAGE;
        }
        r = workshop_job_open(&job);
        if (r < 0)
                return EXIT_FAILURE;
        r = build(&job, &plan);
        if (workshop_write_report(&job, &plan, r < 0 ? log_first_error() : NULL) < 0 || r < 0)
                return EXIT_FAILURE;
        producer_progress(&job.producer, 1, 1, "Done");
        return EXIT_SUCCESS;
}
