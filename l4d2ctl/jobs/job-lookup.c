/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "jobs/job-lookup.h"

#include <string.h>

#include "base/log.h"
#include "base/time-text.h"
#include "common/terminal.h"
#include "content/job-progress.h"

/* --- those that run -----------------------------------------------------------------------------
 */

void jobs_running_clear(JobsRunning *running) {
        for (size_t i = 0; i < running->n_items; i++)
                job_unit_clear(&running->units[i]);
        free(running->units);
        free(running->ids);
        *running = (JobsRunning) {};
}

static int append(JobsRunning *running, JobUnit *unit) {
        size_t n = running->n_items + 1;
        JobRunning *ids = reallocarray(running->ids, n, sizeof(*ids));
        JobUnit *units;

        if (!ids)
                return -ENOMEM;
        running->ids = ids;
        units = reallocarray(running->units, n, sizeof(*units));
        if (!units)
                return -ENOMEM;
        running->units = units;

        memcpy(ids[n - 1].id, unit->id, sizeof(ids[n - 1].id));
        units[n - 1] = *unit;
        *unit = (JobUnit) {};
        running->n_items = n;
        return 0;
}

static int add_kind(Ctl *ctl, JobKind kind, JobsRunning *running, sd_bus_error *reterr) {
        _cleanup_(strv_freep) char **names = NULL;
        char pattern[JOB_UNIT_MAX];
        int r;

        job_unit_pattern(kind, pattern);
        r = bus_list_units(ctl->bus, pattern, &names, reterr);
        for (char **name = names; r >= 0 && *name; name++) {
                _cleanup_(job_unit_clear) JobUnit unit = {};

                r = job_unit_read(ctl->bus, *name, &unit, reterr);
                if (r >= 0 && unit.is_active && unit.id[0] != '\0')
                        r = append(running, &unit);
        }
        return r;
}

int jobs_running_load(Ctl *ctl, JobsRunning *ret) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        JobsRunning running = { .at = now_realtime() };
        int r;

        r = ctl_open_bus(ctl);
        if (r != CTL_OK)
                return r;
        for (JobKind kind = 0; r >= 0 && kind < _JOB_KIND_MAX; kind++)
                r = add_kind(ctl, kind, &running, &error);
        if (r < 0) {
                log_error("Failed to ask systemd about jobs: %s", bus_error_message(&error, r));
                jobs_running_clear(&running);
                return CTL_FAILURE;
        }
        *ret = running;
        return CTL_OK;
}

const JobUnit *jobs_running_find(const JobsRunning *running, const Job *job) {
        for (size_t i = 0; i < running->n_items && job->result == JOB_RUNNING; i++)
                if (strcmp(running->ids[i].id, job->id) == 0)
                        return &running->units[i];
        return NULL;
}

/* --- those of the journal -----------------------------------------------------------------------
 */

int jobs_load(Ctl *ctl, const JobsRunning *running, JobQuery *query, JobList *ret) {
        int r;

        if (!query->newest_only)
                query->owner = ctl->is_limited ? ctl->options.as_user : NULL;
        query->running = running->ids;
        query->n_running = running->n_items;
        query->running_at = running->at;
        r = job_journal_read(query, ret);
        if (r >= 0)
                return CTL_OK;
        if (r == -EACCES)
                log_error("Failed to read jobs in the journal: only root and members of the group "
                          "systemd-journal may");
        else
                (void) log_error_errno(r, "Failed to read jobs in the journal");
        return CTL_FAILURE;
}

/* CTL_NO_INSTANCE, without a message: no job has it. */
static int find_first(Ctl *ctl, const JobsRunning *running, JobQuery *query, Job *ret) {
        _cleanup_(job_list_clear) JobList list = {};
        int r;

        r = jobs_load(ctl, running, query, &list);
        if (r != CTL_OK)
                return r;
        if (list.n_items == 0)
                return CTL_NO_INSTANCE;
        if (list.n_items > 1 && query->max > 1) {
                log_error(
                        "The id '%s' is not enough: '%.10s' and '%.10s' begin with it", query->id,
                        list.items[0].id, list.items[1].id);
                return CTL_USAGE;
        }
        *ret = list.items[0];
        return CTL_OK;
}

/* One whose begin is not in the journal yet. */
static int find_running(const Ctl *ctl, const JobsRunning *running, const char *id, Job *ret) {
        const JobQuery query = { .owner = ctl->is_limited ? ctl->options.as_user : NULL };

        for (size_t i = 0; i < running->n_items; i++) {
                const JobUnit *unit = &running->units[i];
                Job job = { .result = JOB_RUNNING,
                            .begun = unit->begun,
                            .begun_monotonic = unit->begun_monotonic };

                if (strcmp(unit->id, id) != 0 || !job_unit_parse(unit->name, &job.kind, job.ref) ||
                    !job_query_takes(&query, job.kind, job.ref))
                        continue;
                memcpy(job.id, unit->id, sizeof(job.id));
                *ret = job;
                return CTL_OK;
        }
        return CTL_NO_INSTANCE;
}

/* The newest job of a unit, of the game or of an overlay. */
static int find_newest(Ctl *ctl, const JobsRunning *running, const char *operand, Job *ret) {
        char ref[JOB_REF_MAX + 1];
        JobQuery query = { .max = 1 };
        JobKind kind;

        if (operand[0] == JOB_OVERLAY_PREFIX)
                query.ref = operand + 1;
        else if (job_unit_parse(operand, &kind, ref)) {
                query.ref = ref;
                query.kinds = 1U << kind;
        } else if (strcmp(operand, job_kind_to_string(JOB_INSTALL)) == 0)
                query.kinds = 1U << JOB_INSTALL | 1U << JOB_CHECK;
        else
                query.ref = operand;
        return find_first(ctl, running, &query, ret);
}

int job_find(Ctl *ctl, const JobsRunning *running, const char *operand, Job *ret) {
        int r = CTL_NO_INSTANCE;

        if (job_id_prefix_is_valid(operand)) {
                JobQuery query = { .id = operand, .max = 2 };

                r = find_first(ctl, running, &query, ret);
                if (r == CTL_NO_INSTANCE)
                        r = find_running(ctl, running, operand, ret);
        }
        if (r == CTL_NO_INSTANCE)
                r = find_newest(ctl, running, operand, ret);
        if (r == CTL_NO_INSTANCE)
                log_error("No job '%s' in the journal: 'l4d2ctl job list' shows the jobs", operand);
        return r;
}

/* --- JSON ---------------------------------------------------------------------------------------
 */

static int set_time(sd_json_variant **object, const char *key, uint64_t usec) {
        return usec == 0 ? sd_json_variant_set_fieldb(object, key, SD_JSON_BUILD_NULL)
                         : sd_json_variant_set_field_unsigned(object, key, usec);
}

/* As the journal has it, for programs that say it in other words or languages. */
static int set_failure(const Job *job, sd_json_variant **object) {
        return sd_json_variant_set_fieldb(
                object, "failure",
                SD_JSON_BUILD_OBJECT(
                        SD_JSON_BUILD_PAIR_STRING("unit_result", job->unit_result),
                        SD_JSON_BUILD_PAIR_STRING("command", job->command),
                        SD_JSON_BUILD_PAIR_INTEGER("exit_code", job->exit_code),
                        SD_JSON_BUILD_PAIR_INTEGER("exit_status", job->exit_status)));
}

static int set_progress(const JobUnit *unit, sd_json_variant **object) {
        JobProgress progress = job_progress_parse(unit->status);
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *words = NULL;
        int r;

        r = json_make_string(progress.words, strlen(progress.words), &words);
        if (r >= 0)
                r = sd_json_variant_set_field(object, "progress_text", words);
        if (r >= 0 && progress.percent >= 0)
                r = sd_json_variant_set_field_integer(object, "progress_percent", progress.percent);
        if (r >= 0)
                r = sd_json_variant_set_field_boolean(object, "is_stopping", unit->is_stopping);
        if (r >= 0 && unit->time_limit != UINT64_MAX)
                r = sd_json_variant_set_field_unsigned(object, "time_limit_usec", unit->time_limit);
        return r;
}

int job_to_json(const Job *job, const JobUnit *unit, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        const char *ref = job->ref[0] ? job->ref : NULL, *user = job->user[0] ? job->user : NULL;
        char reason[JOB_REASON_MAX], name[JOB_UNIT_MAX];
        int r;

        job_describe(job, reason);
        r = job_unit_name(job->kind, ref, name);
        if (r >= 0)
                r = sd_json_buildo(
                        &object, SD_JSON_BUILD_PAIR_STRING("id", job->id),
                        SD_JSON_BUILD_PAIR_STRING("unit", name),
                        SD_JSON_BUILD_PAIR_STRING("kind", job_kind_to_string(job->kind)),
                        SD_JSON_BUILD_PAIR_STRING("ref", ref),
                        SD_JSON_BUILD_PAIR_STRING("result", job_result_to_string(job->result)),
                        SD_JSON_BUILD_PAIR_STRING("reason", reason[0] ? reason : NULL),
                        SD_JSON_BUILD_PAIR_STRING("user", user));
        if (r >= 0)
                r = set_time(&object, "begun_usec", job->begun);
        if (r >= 0)
                r = set_time(&object, "ended_usec", job->ended);
        if (r >= 0)
                r = sd_json_variant_set_field_unsigned(&object, "duration_usec", job_duration(job));
        if (r >= 0)
                r = set_failure(job, &object);
        if (r >= 0 && unit)
                r = set_progress(unit, &object);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(object);
        return 0;
}
