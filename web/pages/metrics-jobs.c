/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pages/metrics-model.h"

#include <fcntl.h>
#include <string.h>

#include "base/time-text.h"
#include "content/job-journal.h"
#include "spec/overlay-dir.h"

/* The journal is read no more often; a job that runs is reported so late at most. */
#define KEPT_TIME (60 * USEC_PER_SEC)

/* Older jobs don't count. */
#define AGE_MAX (7 * 24 * 3600 * USEC_PER_SEC)

enum { JOBS_MAX = 2000, LASTS_MAX = 200 };

/* The last job of one kind and one overlay that has ended with a known begin. */
typedef struct LastJob {
        JobKind kind;
        char ref[JOB_REF_MAX + 1]; /* "": the kind has none */
        JobResult result;
        uint64_t ended, duration;
} LastJob;

static struct {
        unsigned n_running[_JOB_KIND_MAX];
        LastJob lasts[LASTS_MAX]; /* those that did not end well come first */
        size_t n_lasts;
        uint64_t read; /* CLOCK_MONOTONIC, µs; 0: never */
} kept;

static uint64_t boot_time(void) {
        return now_realtime() - now_monotonic();
}

static bool is_failure(JobResult result) {
        return result == JOB_FAILED || result == JOB_TIMED_OUT;
}

/* A failure of an overlay that was deleted concerns no user. */
static bool has_overlay(int overlays_fd, const Job *job) {
        _cleanup_free_ char *version = NULL;
        _cleanup_close_ int fd = -EBADF;

        return job->ref[0] == '\0' ||
               overlay_dir_open(overlays_fd, job->ref, &fd, &version) != -ENOENT;
}

static bool is_same(const Job *a, const Job *b) {
        return a->kind == b->kind && strcmp(a->ref, b->ref) == 0;
}

/* Whether a newer one of the list, which comes first, is the last one of its kind and overlay. */
static bool has_newer(const JobList *list, size_t i) {
        for (size_t k = 0; k < i; k++)
                if (list->items[k].ended > 0 && is_same(&list->items[k], &list->items[i]))
                        return true;
        return false;
}

static void keep(const Job *job) {
        LastJob *last = &kept.lasts[kept.n_lasts++];

        *last = (LastJob) {
                .kind = job->kind,
                .result = job->result,
                .ended = job->ended,
                .duration = job_duration(job),
        };
        memcpy(last->ref, job->ref, sizeof(last->ref));
}

static void count(const JobList *list, int overlays_fd) {
        for (size_t i = 0; i < list->n_items; i++)
                kept.n_running[list->items[i].kind] += list->items[i].result == JOB_RUNNING;
        /* When there are more than have room, failures are not the ones that are left out. */
        for (int failures = 1; failures >= 0; failures--)
                for (size_t i = 0; i < list->n_items && kept.n_lasts < LASTS_MAX; i++) {
                        const Job *job = &list->items[i];

                        if (job->result != JOB_RUNNING && job->ended > 0 &&
                            is_failure(job->result) == (failures == 1) && !has_newer(list, i) &&
                            has_overlay(overlays_fd, job))
                                keep(job);
                }
}

static void update(const Paths *paths) {
        const JobQuery query = {
                .since = now_realtime() - AGE_MAX,
                .max = JOBS_MAX,
                .without_users = true,
                /* A job without an end that is older than the host's run does not run. */
                .running_at = boot_time(),
        };
        _cleanup_close_ int overlays_fd = -EBADF;
        uint64_t now = now_monotonic();
        JobList list = {};

        if (kept.read > 0 && now - kept.read < KEPT_TIME)
                return;
        kept.read = now;
        kept.n_lasts = 0;
        memset(kept.n_running, 0, sizeof(kept.n_running));
        overlays_fd = open(paths->overlays_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        /* Without a journal that can be read, no job is known. */
        if (job_journal_read(&query, &list) >= 0)
                count(&list, overlays_fd);
        job_list_clear(&list);
}

static void add_running(Metrics *metrics) {
        metrics_family(metrics, "left4me_jobs_running", METRIC_GAUGE, "Jobs that run, by kind.");
        for (JobKind kind = 0; kind < _JOB_KIND_MAX; kind++) {
                const MetricLabel labels[] = { { "kind", job_kind_to_string(kind) }, {} };

                metrics_value(metrics, labels, kept.n_running[kind]);
        }
}

/* Labels of a job that has ended, with its result if there is one. */
typedef struct JobLabels {
        MetricLabel items[4];
} JobLabels;

static JobLabels labels_of(const LastJob *job, const char *result) {
        return (JobLabels) { {
                { "kind", job_kind_to_string(job->kind) },
                { "ref", job->ref[0] != '\0' ? job->ref : NULL },
                { result ? "result" : NULL, result },
                {},
        } };
}

static void add_results(Metrics *metrics) {
        metrics_family(
                metrics, "left4me_job_last_result", METRIC_GAUGE,
                "How the last job of a kind and overlay ended: 1 for the result that it had.");
        for (size_t i = 0; i < kept.n_lasts; i++)
                for (JobResult result = JOB_RUNNING + 1; result < _JOB_RESULT_MAX; result++) {
                        JobLabels labels = labels_of(&kept.lasts[i], job_result_to_string(result));

                        metrics_value(metrics, labels.items, kept.lasts[i].result == result);
                }
}

static double duration(const LastJob *job) {
        return (double) job->duration / USEC_PER_SEC;
}

static double end_time(const LastJob *job) {
        return (double) job->ended / USEC_PER_SEC;
}

static void add_last(
        const char *name, const char *help, double (*get)(const LastJob *), Metrics *metrics) {
        metrics_family(metrics, name, METRIC_GAUGE, help);
        for (size_t i = 0; i < kept.n_lasts; i++) {
                JobLabels labels = labels_of(&kept.lasts[i], NULL);

                metrics_value(metrics, labels.items, get(&kept.lasts[i]));
        }
}

void metrics_add_jobs(const Request *request, Metrics *metrics) {
        update(request->web->paths);
        add_running(metrics);
        add_results(metrics);
        add_last(
                "left4me_job_last_duration_seconds",
                "How long the last job of a kind and overlay took.", duration, metrics);
        add_last(
                "left4me_job_last_end_time_seconds",
                "When the last job of a kind and overlay ended.", end_time, metrics);
}
