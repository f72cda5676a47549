/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "jobs.h"

#include <string.h>
#include <systemd/sd-daemon.h>

#include "log.h"
#include "readiness.h"

static int query(Ctl *ctl, const char *unit, UnitQuery *ret) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        UnitQuery q = { .unit = unit };
        int r;

        r = ctl_open_bus(ctl);
        if (r != CTL_OK)
                return r;

        r = bus_query_units(ctl->bus, &q, 1, &error);
        if (r < 0) {
                log_error("Failed to ask for %s: %s", unit, bus_error_message(&error, r));
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

        *ret = strcmp(q.state.active_state, "inactive") != 0 &&
               strcmp(q.state.active_state, "failed") != 0;
        unit_query_clear(&q);
        return CTL_OK;
}

/* Queues one job each. A refusal is said in systemd's words and does not keep the others back. */
static int queue(
        UnitJobs *jobs, const char *method, const char *verb, char *const *names, size_t n_names,
        const char *(*unit_of)(const UnitNames *) ) {
        int result = CTL_OK;

        for (size_t i = 0; i < n_names; i++) {
                _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
                UnitNames units;
                int r;

                unit_names(names[i], &units);
                r = unit_jobs_add(jobs, method, unit_of(&units), &error);
                if (r < 0) {
                        log_error(
                                "Failed to %s '%s': %s", verb, names[i],
                                bus_error_message(&error, r));
                        result = exit_code_merge(result, CTL_FAILURE);
                }
        }
        return result;
}

static const char *server_of(const UnitNames *units) {
        return units->server;
}

static const char *reset_of(const UnitNames *units) {
        return units->reset;
}

static int wait_for_jobs(UnitJobs *jobs) {
        int r = unit_jobs_wait(jobs);

        if (r >= 0)
                return CTL_OK;
        (void) log_error_errno(r, "Failed to wait for systemd");
        return CTL_FAILURE;
}

static int new_jobs(Ctl *ctl, UnitJobs **ret) {
        int r;

        r = ctl_open_bus(ctl);
        if (r != CTL_OK)
                return r;
        r = unit_jobs_new(ctl->bus, ret);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to listen to systemd");
                return CTL_FAILURE;
        }
        return CTL_OK;
}

/* One method for all, waited for; each job that was not done is said. */
static int run_jobs(
        Ctl *ctl, const char *method, const char *verb, char *const *names, size_t n_names,
        const char *(*unit_of)(const UnitNames *) ) {
        _cleanup_(unit_jobs_freep) UnitJobs *jobs = NULL;
        int r, result;

        r = new_jobs(ctl, &jobs);
        if (r != CTL_OK)
                return r;

        result = queue(jobs, method, verb, names, n_names, unit_of);
        r = wait_for_jobs(jobs);
        if (r != CTL_OK)
                return r;

        for (size_t i = 0; i < n_names; i++) {
                const UnitJob *job;
                UnitNames units;

                unit_names(names[i], &units);
                job = unit_jobs_find(jobs, unit_of(&units));
                if (!job || strcmp(job->result, "done") == 0)
                        continue;
                log_error(
                        "Failed to %s '%s': systemd says '%s'; see 'journalctl -u %s'", verb,
                        names[i], job->result, unit_of(&units));
                result = exit_code_merge(result, CTL_FAILURE);
        }
        return result;
}

int jobs_stop(Ctl *ctl, char *const *names, size_t n_names) {
        return run_jobs(ctl, "StopUnit", "stop", names, n_names, server_of);
}

int jobs_discard(Ctl *ctl, char *const *names, size_t n_names) {
        return run_jobs(ctl, "StartUnit", "reset", names, n_names, reset_of);
}

/* A failed unit may have used up its starts; whoever starts it by hand wants another try. */
static void forget_failures(Ctl *ctl, char *const *names, size_t n_names) {
        for (size_t i = 0; i < n_names; i++) {
                _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
                UnitNames units;

                unit_names(names[i], &units);
                /* Operators may not, and then the start itself tells. */
                (void) !bus_reset_failed(ctl->bus, units.server, &error);
        }
}

int jobs_start(Ctl *ctl, const char *method, char *const *names, size_t n_names) {
        const char *verb = strcmp(method, "RestartUnit") == 0 ? "restart" : "start";
        _cleanup_(unit_jobs_freep) UnitJobs *jobs = NULL;
        int r, result;

        r = new_jobs(ctl, &jobs);
        if (r != CTL_OK)
                return r;

        forget_failures(ctl, names, n_names);
        result = queue(jobs, method, verb, names, n_names, server_of);
        r = wait_for_jobs(jobs);
        if (r != CTL_OK)
                return r;

        for (size_t i = 0; i < n_names; i++) {
                const UnitJob *job;
                UnitNames units;

                unit_names(names[i], &units);
                job = unit_jobs_find(jobs, units.server);
                if (!job)
                        continue; /* refused and said */
                if (strcmp(job->result, "done") == 0)
                        r = readiness_wait(ctl, names[i]);
                else
                        r = readiness_explain(ctl, names[i], job->result);
                result = exit_code_merge(result, r);
        }
        return result;
}

void jobs_note_restart(Ctl *ctl, const char *name) {
        bool running;

        /* Without a running system there is nobody to ask and nothing that runs. */
        if (ctl->paths->root[0] != '\0' || sd_booted() <= 0)
                return;
        if (jobs_is_running(ctl, name, &running) == CTL_OK && running)
                log_notice(
                        "'%s' is running: the change applies at its next start ('l4d2ctl restart "
                        "%s')",
                        name, name);
}
