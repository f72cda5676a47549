/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/text.h"
#include "base/time-text.h"
#include "workshop/workshop.h"

#define ANSWER_MAX (UINT64_C(16) << 20) /* bytes; descriptions are in it */

/*
 * The builds of one host are one client for Steam, so the time is kept in the lock's file, which is
 * this build's now. A time too far ahead is one of before a reboot, or no time.
 */
static uint64_t read_turn(const WorkshopJob *job, uint64_t now) {
        uint64_t turn;

        if (pread(job->lock_fd, &turn, sizeof(turn), 0) != sizeof(turn))
                return 0;
        return turn > now + 2 * USEC_PER_SEC ? 0 : turn;
}

/* Waits until the next call is not too early. Two calls at once, as for a collection and its items,
 * need no pause. */
static void wait_for_turn(const WorkshopJob *job) {
        uint64_t now = now_monotonic(), turn = read_turn(job, now), start = turn - USEC_PER_SEC;

        if (turn > now + USEC_PER_SEC) {
                struct timespec until = {
                        .tv_sec = (time_t) (start / USEC_PER_SEC),
                        .tv_nsec = (long) (start % USEC_PER_SEC) * 1000,
                };

                while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
                        ;
        }
        turn = (turn > now ? turn : now) + USEC_PER_SEC;
        (void) !pwrite(job->lock_fd, &turn, sizeof(turn), 0);
}

static int make_form(const char *count, const uint64_t *ids, size_t n, char **ret) {
        _cleanup_free_ char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);

        if (!f)
                return -ENOMEM;
        fprintf(f, "%s=%zu", count, n);
        for (size_t i = 0; i < n; i++)
                fprintf(f, "&%s%%5B%zu%%5D=%" PRIu64, "publishedfileids", i, ids[i]);
        if (fclose(f) != 0)
                return -ENOMEM;
        *ret = TAKE_PTR(text);
        return 0;
}

static int make_url(const WorkshopJob *job, const char *call, char **ret) {
        const char *slash = job->api[0] && job->api[strlen(job->api) - 1] == '/' ? "" : "/";

        return asprintf(ret, "%s%sISteamRemoteStorage/%s/v1/", job->api, slash, call) < 0 ? -ENOMEM
                                                                                          : 0;
}

/* The answer's text. */
static int ask(
        WorkshopJob *job, const char *call, const char *count, const uint64_t *ids, size_t n,
        char **ret_text, size_t *ret_size) {
        _cleanup_free_ char *form = NULL, *url = NULL;
        Download d = { .size = DOWNLOAD_SIZE_UNKNOWN, .size_max = ANSWER_MAX };
        int r;

        r = make_form(count, ids, n, &form);
        if (r >= 0)
                r = make_url(job, call, &url);
        if (r < 0) {
                url = NULL;
                return log_error_errno(r, "Failed to ask the Workshop");
        }
        d.url = url;
        d.form = form;
        wait_for_turn(job);
        r = download_text(&job->options, &d, ret_text, ret_size);
        if (r < 0)
                log_error(
                        "Failed to ask the Workshop at %s: %s", job->api, d.error ?: strerror(-r));
        download_done(&d);
        return r;
}

static int complain(const WorkshopJob *job, int error) {
        if (error == -ENOMEM)
                return log_error_errno(error, "Failed to ask the Workshop");
        log_error("Failed to ask the Workshop: the answer of %s is not one of its", job->api);
        return error;
}

int workshop_ask_collections(
        WorkshopJob *job, const uint64_t *ids, size_t n, WorkshopCollection **ret, size_t *ret_n) {
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        r = ask(job, "GetCollectionDetails", "collectioncount", ids, n, &text, &size);
        if (r < 0)
                return r;
        r = workshop_collections_parse(text, size, ret, ret_n);
        return r < 0 ? complain(job, r) : 0;
}

int workshop_ask_details(
        WorkshopJob *job, const uint64_t *ids, size_t n, WorkshopItem **ret, size_t *ret_n) {
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        r = ask(job, "GetPublishedFileDetails", "itemcount", ids, n, &text, &size);
        if (r < 0)
                return r;
        r = workshop_details_parse(text, size, ret, ret_n);
        return r < 0 ? complain(job, r) : 0;
}
