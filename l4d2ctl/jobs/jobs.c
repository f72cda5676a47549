/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "jobs/jobs.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "jobs/readiness.h"

static int query(Ctl *ctl, const char *unit, UnitQuery *ret) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        UnitQuery q = { .unit = unit };
        int r;

        r = ctl_open_bus(ctl);
        if (r != CTL_OK)
                return r;

        r = bus_query_units(ctl->bus, &q, 1, &error);
        if (r < 0) {
                log_error("Failed to ask systemd about %s: %s", unit, bus_error_message(&error, r));
                unit_query_clear(&q);
                return CTL_FAILURE;
        }

        *ret = q;
        return CTL_OK;
}

int jobs_is_running(Ctl *ctl, const char *name, bool *ret) {
        UnitNames names;
        UnitQuery q;
        int r;

        unit_names(name, &names);
        r = query(ctl, names.server, &q);
        if (r != CTL_OK)
                return r;

        *ret = unit_state_is_active(&q.state);
        unit_query_clear(&q);
        return CTL_OK;
}

static const char *server_of(const UnitNames *units) {
        return units->server;
}

static const char *reset_of(const UnitNames *units) {
        return units->reset;
}

/* A request to systemd for each of some servers. */
typedef struct Request {
        const char *verb; /* for messages */
        const char *method;
        const char *(*unit_of)(const UnitNames *units);
} Request;

/* Queues one job each. A refusal is said in systemd's words and does not keep the others back. */
static int queue(const Request *request, UnitJobs *jobs, char *const *names, size_t n_names) {
        int result = CTL_OK;

        for (size_t i = 0; i < n_names; i++) {
                _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
                UnitNames units;
                int r;

                unit_names(names[i], &units);
                r = unit_jobs_add(jobs, request->method, request->unit_of(&units), &error);
                if (r < 0) {
                        log_job_failure(request->verb, names[i], bus_error_message(&error, r));
                        result = CTL_FAILURE;
                }
        }
        return result;
}

/*
 * Queues the jobs and waits until all ended. Jobs that were refused have been said and are not in
 * ret_jobs, which is NULL when nothing could be asked at all.
 */
static int run_jobs(
        Ctl *ctl, const Request *request, char *const *names, size_t n_names, UnitJobs **ret_jobs) {
        _cleanup_(unit_jobs_freep) UnitJobs *jobs = NULL;
        int r, result;

        result = ctl_open_bus(ctl);
        if (result != CTL_OK)
                return result;
        r = unit_jobs_new(ctl->bus, &jobs);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to listen to systemd");
                return CTL_FAILURE;
        }

        result = queue(request, jobs, names, n_names);
        r = unit_jobs_wait(jobs);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to wait for systemd");
                return CTL_FAILURE;
        }

        *ret_jobs = TAKE_PTR(jobs);
        return result;
}

/* An admin froze the unit, and the user who thaws it should learn that. */
static void explain_frozen(const char *verb, const char *name, const char *unit) {
        _cleanup_free_ char *reason = NULL;

        if (asprintf(
                    &reason, _("its unit is frozen; run 'systemctl thaw %s', then try again"),
                    unit) < 0)
                reason = NULL;
        log_job_failure(verb, name, reason ? reason : "");
}

static void explain_result(
        const char *verb, const char *name, const char *result, const char *unit) {
        _cleanup_free_ char *reason = NULL;

        if (asprintf(&reason, _("systemd says '%s'; see 'journalctl -u %s'"), result, unit) < 0)
                reason = NULL;
        log_job_failure(verb, name, reason ? reason : result);
}

/* As run_jobs(), and reports each job that failed. */
static int run_jobs_to_the_end(
        Ctl *ctl, const Request *request, char *const *names, size_t n_names) {
        _cleanup_(unit_jobs_freep) UnitJobs *jobs = NULL;
        int result;

        result = run_jobs(ctl, request, names, n_names, &jobs);
        for (size_t i = 0; jobs && i < n_names; i++) {
                const UnitJob *job;
                UnitNames units;

                unit_names(names[i], &units);
                job = unit_jobs_find(jobs, request->unit_of(&units));
                if (!job || strcmp(job->result, "done") == 0)
                        continue;
                result = CTL_FAILURE;
                /* A reset depends on taking down the tree. */
                if (strcmp(job->result, "frozen") == 0)
                        explain_frozen(request->verb, names[i], request->unit_of(&units));
                else if (strcmp(job->result, "dependency") == 0)
                        (void) readiness_explain_tree(ctl, names[i]);
                else
                        explain_result(
                                request->verb, names[i], job->result, request->unit_of(&units));
        }
        return result;
}

int jobs_stop(Ctl *ctl, char *const *names, size_t n_names) {
        static const Request stop = { "stop", "StopUnit", server_of };

        return run_jobs_to_the_end(ctl, &stop, names, n_names);
}

int jobs_discard(Ctl *ctl, char *const *names, size_t n_names) {
        static const Request discard = { "reset", "StartUnit", reset_of };

        return run_jobs_to_the_end(ctl, &discard, names, n_names);
}

/*
 * systemd counts all starts and refuses the sixth within a minute, so that a server that crashes
 * over and over stays down. A start by a user is not a crash, and a user who starts a failed server
 * wants another try.
 */
static void forget_failures(Ctl *ctl, char *const *names, size_t n_names) {
        for (size_t i = 0; i < n_names; i++) {
                _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
                UnitNames units;

                unit_names(names[i], &units);
                /* A caller without the right to do this may not start the server either; that call
                 * reports it. */
                (void) !bus_reset_failed(ctl->bus, units.server, &error);
        }
}

int jobs_start(Ctl *ctl, const char *method, char *const *names, size_t n_names) {
        const Request start = { ctl->verb->name, method, server_of };
        _cleanup_(unit_jobs_freep) UnitJobs *jobs = NULL;
        int result;

        result = ctl_open_bus(ctl);
        if (result != CTL_OK)
                return result;
        forget_failures(ctl, names, n_names);

        result = run_jobs(ctl, &start, names, n_names, &jobs);
        for (size_t i = 0; jobs && i < n_names; i++) {
                const UnitJob *job;
                UnitNames units;
                int r;

                unit_names(names[i], &units);
                job = unit_jobs_find(jobs, units.server);
                if (!job)
                        continue; /* refused and said */
                if (strcmp(job->result, "done") == 0)
                        r = ctl->options.no_wait ? CTL_OK : readiness_wait(ctl, names[i]);
                else if (strcmp(job->result, "frozen") == 0) {
                        explain_frozen(start.verb, names[i], units.server);
                        r = CTL_FAILURE;
                } else
                        r = readiness_explain(ctl, names[i], job->result);
                result = exit_code_merge(result, r);
        }
        return result;
}
