/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* l4d2ctl job list|show|logs|cancel: the jobs that made content, and those that do now. */

#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/path-below.h"
#include "base/text.h"
#include "base/time-text.h"
#include "common/audit-log.h"
#include "common/listing.h"
#include "common/terminal.h"
#include "content/job-progress.h"
#include "jobs/job-follow.h"
#include "jobs/job-lookup.h"
#include "servers/log-lines.h"
#include "specs/actor.h"
#include "verbs/jobs.h"
#include "verbs/verbs.h"

enum { JOBS_SHOWN = 20, ID_TEXT_MAX = JOB_ID_SHORT + 1 };

int job_unit_of(const Job *job, char ret[static JOB_UNIT_MAX]) {
        return job_unit_name(job->kind, job->ref[0] ? job->ref : NULL, ret);
}

/* --- list ---------------------------------------------------------------------------------------
 */

static int add_row(Listing *listing, const Job *job, const JobUnit *unit) {
        char id[ID_TEXT_MAX], begun[TIME_TEXT_MAX], duration[TIME_TEXT_MAX];
        JobProgress progress = job_progress_parse(unit ? unit->status : NULL);
        _cleanup_free_ char *result = NULL;

        (void) snprintf(id, sizeof(id), "%.*s", JOB_ID_SHORT, job->id);
        if (progress.percent >= 0 ? asprintf(
                                            &result, "%s %d %%", job_result_text(job->result),
                                            progress.percent) < 0
                                  : !(result = strdup(job_result_text(job->result))))
                return -ENOMEM;
        return listing_add(
                listing, (const char *[]) {
                                 id,
                                 job_kind_to_string(job->kind),
                                 job->ref,
                                 result,
                                 time_format(job->begun, begun),
                                 span_format(job_duration(job), duration),
                                 job->user,
                         });
}

static int add_object(sd_json_variant **array, const Job *job, const JobUnit *unit) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        int r;

        r = job_to_json(job, unit, &object);
        return r < 0 ? r : sd_json_variant_append_array(array, object);
}

static int print_list(const Ctl *ctl, const JobList *list, const JobsRunning *running) {
        static const ListingColumn columns[] = {
                { N_("JOB"), false },     { N_("KIND"), false },
                { N_("OVERLAY"), false }, { N_("RESULT"), false },
                { N_("BEGUN"), false },   { N_("DURATION"), false },
                { N_("BY"), false },      {},
        };
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *array = NULL;
        _cleanup_(listing_freep) Listing *listing = NULL;
        int r;

        r = ctl->options.json ? sd_json_variant_new_array(&array, NULL, 0)
                              : listing_new(columns, &listing);
        for (size_t i = 0; r >= 0 && i < list->n_items; i++) {
                const Job *job = &list->items[i];
                const JobUnit *unit = jobs_running_find(running, job);

                r = listing ? add_row(listing, job, unit) : add_object(&array, job, unit);
        }
        if (r < 0) {
                (void) log_error_errno(r, "Failed to print the jobs");
                return CTL_FAILURE;
        }
        return listing ? listing_print(listing) : print_json(array);
}

/* The overlays of --server, if given, which must be the user's. */
static int load_stack(Ctl *ctl, Spec **ret) {
        const char *name = ctl->options.server;
        int r;

        if (!name)
                return CTL_OK;
        r = actor_check_server(ctl, name);
        return r == CTL_OK ? instance_load(ctl, name, ret) : r;
}

static int job_list(Ctl *ctl) {
        const Options *options = &ctl->options;
        _cleanup_(spec_freep) Spec *spec = NULL;
        _cleanup_(jobs_running_clear) JobsRunning running = {};
        _cleanup_(job_list_clear) JobList list = {};
        const char *ref = ctl->n_operands > 0 ? ctl->operands[0] : NULL;
        JobQuery query = {
                .ref = ref,
                .kinds = options->kinds,
                .results = options->results,
                .since = options->since,
                .max = options->lines_given ? options->lines
                       : options->since > 0 ? SIZE_MAX
                                            : JOBS_SHOWN,
        };
        int r;

        if (ref && !ref_is_valid(ref)) {
                log_error("Invalid name of an overlay: '%s'", ref);
                return CTL_USAGE;
        }
        r = load_stack(ctl, &spec);
        if (r == CTL_OK)
                r = jobs_running_load(ctl, &running);
        if (r == CTL_OK) {
                query.stacked = spec ? spec->overlays : NULL;
                r = jobs_load(ctl, &running, &query, &list);
        }
        if (r != CTL_OK)
                return r;
        if (list.n_items == 0 && !options->json) {
                log_notice("The journal has no such jobs");
                return CTL_OK;
        }
        return print_list(ctl, &list, &running);
}

/* --- newest -------------------------------------------------------------------------------------
 */

enum { JOBS_LOOKED_AT = 2000 };

/* Everyone may see each overlay, and so how its last build went; the job itself is for its owner
 * and admins. */
static int add_newest(const Ctl *ctl, const Job *job, sd_json_variant **array) {
        const bool is_theirs = !ctl->is_limited || path_below(job->ref, ctl->options.as_user);
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        int r;

        r = sd_json_buildo(
                &object, SD_JSON_BUILD_PAIR_STRING("id", is_theirs ? job->id : NULL),
                SD_JSON_BUILD_PAIR_STRING("kind", job_kind_to_string(job->kind)),
                SD_JSON_BUILD_PAIR_STRING("ref", job->ref),
                SD_JSON_BUILD_PAIR_STRING("result", job_result_to_string(job->result)),
                SD_JSON_BUILD_PAIR_UNSIGNED("begun_usec", job->begun),
                SD_JSON_BUILD_PAIR_UNSIGNED("duration_usec", job_duration(job)));
        if (r >= 0 && job->ended > 0)
                r = sd_json_variant_set_field_unsigned(&object, "ended_usec", job->ended);
        return r < 0 ? r : sd_json_variant_append_array(array, object);
}

/* An overlay of others is told of only while it exists; their own jobs users see anyway. */
static bool may_know(const Ctl *ctl, int root_fd, const char *ref) {
        _cleanup_close_ int fd = -EBADF;

        if (!ctl->is_limited || path_below(ref, ctl->options.as_user))
                return true;
        fd = open_beneath(root_fd, ref, O_PATH | O_DIRECTORY);
        return fd >= 0;
}

static int print_newest(const Ctl *ctl, const JobList *list) {
        _cleanup_close_ int root_fd =
                open(ctl->paths->overlays_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *array = NULL, *object = NULL;
        int r;

        r = sd_json_variant_new_array(&array, NULL, 0);
        for (size_t i = 0; r >= 0 && i < list->n_items; i++)
                if (may_know(ctl, root_fd, list->items[i].ref))
                        r = add_newest(ctl, &list->items[i], &array);
        if (r >= 0)
                r = sd_json_buildo(
                        &object, SD_JSON_BUILD_PAIR_VARIANT("jobs", array),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_complete", !list->is_cut));
        if (r < 0) {
                (void) log_error_errno(r, "Failed to print the jobs");
                return CTL_FAILURE;
        }
        return print_json(object);
}

static int job_newest(Ctl *ctl) {
        _cleanup_(jobs_running_clear) JobsRunning running = {};
        _cleanup_(job_list_clear) JobList list = {};
        JobQuery query = {
                .ref = ctl->n_operands > 0 ? ctl->operands[0] : NULL,
                .kinds = ~(1U << JOB_INSTALL | 1U << JOB_CHECK),
                .max = ctl->n_operands > 0 ? 1 : SIZE_MAX,
                .newest_only = true,
                .looked_at = JOBS_LOOKED_AT,
                .without_users = true,
        };
        int r;

        if (query.ref && !ref_is_valid(query.ref)) {
                log_error("Invalid name of an overlay: '%s'", query.ref);
                return CTL_USAGE;
        }
        r = jobs_running_load(ctl, &running);
        if (r == CTL_OK)
                r = jobs_load(ctl, &running, &query, &list);
        return r == CTL_OK ? print_newest(ctl, &list) : r;
}

/* --- logs ---------------------------------------------------------------------------------------
 */

int job_read_lines(const Job *job, uint64_t n, bool json, FILE *f) {
        JournalQuery query = { .invocation = job->id, .lines = n };
        LogLines lines;
        int64_t r;

        log_lines_init(&lines, f, json);
        r = journal_read_last(&query, log_lines_print, &lines);
        return r < 0 ? (int) r : 0;
}

static int print_lines(Ctl *ctl, const Job *job) {
        int r = job_read_lines(job, ctl->options.lines, ctl->options.json, stdout);

        return r < 0 ? log_lines_complain(job->id, r) : CTL_OK;
}

static int follow(Ctl *ctl, const Job *job) {
        _cleanup_(job_follow_freep) JobFollow *follow = NULL;
        char unit[JOB_UNIT_MAX];
        int r;

        if (job_unit_of(job, unit) < 0)
                return CTL_FAILURE;
        r = job_follow_new(ctl, unit, &follow);
        return r == CTL_OK ? job_follow_to_the_end(follow, job->id, ctl->options.lines) : r;
}

static int job_logs(Ctl *ctl) {
        _cleanup_(jobs_running_clear) JobsRunning running = {};
        Job job;
        int r;

        if (ctl->options.follow && ctl->options.json) {
                log_error("--json and --follow can't be used together");
                return CTL_USAGE;
        }
        r = jobs_running_load(ctl, &running);
        if (r == CTL_OK)
                r = job_find(ctl, &running, ctl->operands[0], &job);
        if (r != CTL_OK)
                return r;
        return ctl->options.follow && job.result == JOB_RUNNING ? follow(ctl, &job)
                                                                : print_lines(ctl, &job);
}

/* --- cancel -------------------------------------------------------------------------------------
 */

static int stop_unit(Ctl *ctl, const char *unit) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(unit_jobs_freep) UnitJobs *jobs = NULL;
        int r;

        r = unit_jobs_new(ctl->bus, &jobs);
        if (r >= 0)
                r = unit_jobs_add(jobs, "StopUnit", unit, &error);
        if (r >= 0)
                r = unit_jobs_wait(jobs);
        if (r >= 0)
                return CTL_OK;
        log_error("Failed to stop %s: %s", unit, bus_error_message(&error, r));
        return sd_bus_error_has_name(&error, SD_BUS_ERROR_ACCESS_DENIED) ? CTL_DENIED : CTL_FAILURE;
}

static void write_audit(const Job *job) {
        if (job->ref[0])
                audit_log_overlay(job->ref, "cancel");
        else
                audit_log(NULL, "install cancel");
}

/* It may have ended by itself while it was asked to. */
static int tell_end(Ctl *ctl, const Job *before) {
        char reason[JOB_REASON_MAX];
        Job job;
        int r;

        r = job_wait_for_end(ctl, before->id, &job);
        if (r != CTL_OK)
                return r;
        job_describe(&job, reason);
        if (reason[0] == '\0')
                log_notice("Job %.*s: %s", JOB_ID_SHORT, job.id, job_result_text(job.result));
        else
                log_notice(
                        "Job %.*s: %s: %s", JOB_ID_SHORT, job.id, job_result_text(job.result),
                        reason);
        return CTL_OK;
}

static int cancel(Ctl *ctl, const char *operand) {
        _cleanup_(jobs_running_clear) JobsRunning running = {};
        char unit[JOB_UNIT_MAX];
        Job job;
        int r;

        r = jobs_running_load(ctl, &running);
        if (r == CTL_OK)
                r = job_find(ctl, &running, operand, &job);
        if (r != CTL_OK)
                return r;
        if (job.result != JOB_RUNNING) {
                log_error(
                        "Failed to cancel job %.*s: it does not run; its result is '%s'",
                        JOB_ID_SHORT, job.id, job_result_text(job.result));
                return CTL_NOT_RUNNING;
        }
        if (job_unit_of(&job, unit) < 0)
                return CTL_FAILURE;
        write_audit(&job);
        r = stop_unit(ctl, unit);
        return r == CTL_OK ? tell_end(ctl, &job) : r;
}

static int job_cancel(Ctl *ctl) {
        int all = CTL_OK;

        for (size_t i = 0; i < ctl->n_operands; i++)
                all = exit_code_merge(all, cancel(ctl, ctl->operands[i]));
        return all;
}

static const Verb actions[] = {
        { "list", "[OVERLAY]", 0, 1,
          OPTION_ENTRIES | OPTION_SINCE | OPTION_KIND | OPTION_RESULT | OPTION_SERVER | OPTION_JSON,
          false, job_list, N_("List jobs, the newest first"), RIGHTS_USER },
        { "newest", "[OVERLAY]", 0, 1, OPTION_JSON, false, job_newest,
          N_("How the newest job of each overlay ended, as JSON"), RIGHTS_USER },
        { "show", "JOB", 1, 1, OPTION_LINES | OPTION_JSON, false, job_show,
          N_("Show one: its result, how long it took, and who asked for it"), RIGHTS_USER },
        { "logs", "JOB", 1, 1, OPTION_LINES | OPTION_FOLLOW | OPTION_NO_FOLLOW | OPTION_JSON, false,
          job_logs, N_("Log of one; with --follow until it ends"), RIGHTS_USER },
        { "cancel", "JOB…", 1, OPERANDS_MANY, OPTIONS_NONE, false, job_cancel,
          N_("Stop jobs that run"), RIGHTS_USER },
};

const VerbGroup job_verbs = { "job", actions, ELEMENTSOF(actions),
                              N_("Jobs that make content: installations and builds") };
