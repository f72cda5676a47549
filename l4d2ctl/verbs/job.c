/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* l4d2ctl job list|show|logs|cancel: the jobs that made content, and those that do now. */

#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/path-below.h"
#include "base/text.h"
#include "base/time-text.h"
#include "base/utf8.h"
#include "common/audit-log.h"
#include "common/listing.h"
#include "common/terminal.h"
#include "content/job-progress.h"
#include "jobs/job-follow.h"
#include "jobs/job-lookup.h"
#include "servers/log-lines.h"
#include "specs/actor.h"
#include "verbs/verbs.h"

enum { JOBS_SHOWN = 20, ID_TEXT_MAX = JOB_ID_SHORT + 1 };

/* One of a kind, with the unit of a job that runs. */
static int unit_of(const Job *job, char ret[static JOB_UNIT_MAX]) {
        return job_unit_name(job->kind, job->ref[0] ? job->ref : NULL, ret);
}

static Color color_of(const Job *job) {
        static const Color colors[_JOB_RESULT_MAX] = {
                [JOB_RUNNING] = COLOR_BOLD,  [JOB_DONE] = COLOR_GREEN,
                [JOB_FAILED] = COLOR_RED,    [JOB_CANCELLED] = COLOR_YELLOW,
                [JOB_TIMED_OUT] = COLOR_RED,
        };

        return colors[job->result];
}

/* --- list ---------------------------------------------------------------------------------------
 */

static int add_row(Listing *listing, const Job *job, const JobUnit *unit) {
        char id[ID_TEXT_MAX], begun[TIME_TEXT_MAX], duration[TIME_TEXT_MAX];
        JobProgress progress = job_progress_parse(unit ? unit->status : NULL);
        _cleanup_free_ char *result = NULL;

        (void) snprintf(id, sizeof(id), "%s", job->id);
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

/* --- show ---------------------------------------------------------------------------------------
 */

typedef enum Label {
        LABEL_JOB,
        LABEL_KIND,
        LABEL_OVERLAY,
        LABEL_RESULT,
        LABEL_PROGRESS,
        LABEL_BEGUN,
        LABEL_ENDED,
        LABEL_DURATION,
        LABEL_LIMIT,
        LABEL_USER,
        LABEL_UNIT,
        LABEL_LOG,
        _LABEL_MAX,
} Label;

static const char *const labels[_LABEL_MAX] = {
        [LABEL_JOB] = N_("Job"),           [LABEL_KIND] = N_("Kind"),
        [LABEL_OVERLAY] = N_("Overlay"),   [LABEL_RESULT] = N_("Result"),
        [LABEL_PROGRESS] = N_("Progress"), [LABEL_BEGUN] = N_("Begun"),
        [LABEL_ENDED] = N_("Ended"),       [LABEL_DURATION] = N_("Duration"),
        [LABEL_LIMIT] = N_("Time limit"),  [LABEL_USER] = N_("Asked for by"),
        [LABEL_UNIT] = N_("Unit"),         [LABEL_LOG] = N_("Log"),
};

/* All labels are as wide as the widest in this language. */
static void print_label(Label label) {
        int width = 0;

        for (size_t i = 0; i < _LABEL_MAX; i++) {
                int length = (int) utf8_length(_(labels[i]));

                width = length > width ? length : width;
        }
        printf("%*s%s: ", width - (int) utf8_length(_(labels[label])), "", _(labels[label]));
}

static void print_time(Label label, uint64_t usec) {
        char time[TIME_TEXT_MAX], span[TIME_TEXT_MAX];
        uint64_t now = now_realtime();

        if (usec == 0)
                return;
        print_label(label);
        printf(_("%s; %s ago\n"), time_format(usec, time),
               span_format(now > usec ? now - usec : 0, span));
}

static void print_result(const Job *job, const JobUnit *unit) {
        char reason[JOB_REASON_MAX];
        Color color = color_of(job);

        job_describe(job, reason);
        print_label(LABEL_RESULT);
        printf("%s%s%s%s%s\n", color_on(color, stdout), job_result_text(job->result),
               color_off(color, stdout), reason[0] ? ": " : "", reason);
        if (!unit || unit->status[0] == '\0')
                return;
        print_label(LABEL_PROGRESS);
        print_visible(unit->status, strlen(unit->status), 0, stdout);
        putchar('\n');
}

static void print_duration(const Job *job, const JobUnit *state) {
        char span[TIME_TEXT_MAX];

        print_label(LABEL_DURATION);
        printf("%s\n", span_format(job_duration(job), span));
        if (state->time_limit == 0)
                return;
        print_label(LABEL_LIMIT);
        printf("%s\n",
               state->time_limit == UINT64_MAX ? _("none") : span_format(state->time_limit, span));
}

/* state: the unit as it is now, whether this job runs in it or not. */
static void print_job(const Job *job, const JobUnit *running, const JobUnit *state) {
        char unit[JOB_UNIT_MAX] = "";

        print_label(LABEL_JOB);
        printf("%s\n", job->id);
        print_label(LABEL_KIND);
        printf("%s\n", job_kind_to_string(job->kind));
        if (job->ref[0]) {
                print_label(LABEL_OVERLAY);
                printf("%s\n", job->ref);
        }
        print_result(job, running);
        print_time(LABEL_BEGUN, job->begun);
        print_time(LABEL_ENDED, job->ended);
        print_duration(job, state);
        if (job->user[0]) {
                print_label(LABEL_USER);
                print_visible(job->user, strlen(job->user), 0, stdout);
                putchar('\n');
        }
        if (unit_of(job, unit) >= 0) {
                print_label(LABEL_UNIT);
                printf("%s\n", unit);
        }
        print_label(LABEL_LOG);
        printf("l4d2ctl job logs %.*s\n", JOB_ID_SHORT, job->id);
}

/* The unit as it is now, for its time limit. Clear in any case. */
static int read_unit(Ctl *ctl, const Job *job, JobUnit *ret) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        char unit[JOB_UNIT_MAX];
        int r;

        r = unit_of(job, unit);
        if (r >= 0)
                r = job_unit_read(ctl->bus, unit, ret, &error);
        if (r >= 0)
                return CTL_OK;
        log_error("Failed to ask systemd about a job: %s", bus_error_message(&error, r));
        return CTL_FAILURE;
}

static int read_lines(const Job *job, uint64_t n, bool json, FILE *f) {
        JournalQuery query = { .invocation = job->id, .lines = n };
        LogLines lines;
        int64_t r;

        log_lines_init(&lines, f, json);
        r = journal_read_last(&query, log_lines_print, &lines);
        return r < 0 ? (int) r : 0;
}

/* Each line is an object, as `job logs --json` prints it; together they are an array. */
static int lines_to_json(char *text, sd_json_variant **ret) {
        int r;

        r = sd_json_variant_new_array(ret, NULL, 0);
        for (char *line = strtok(text, "\n"); r >= 0 && line; line = strtok(NULL, "\n")) {
                _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;

                r = sd_json_parse(line, 0, &object, NULL, NULL);
                if (r >= 0)
                        r = sd_json_variant_append_array(ret, object);
        }
        return r;
}

static int add_lines(const Job *job, uint64_t n, sd_json_variant **object) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *lines = NULL;
        _cleanup_free_ char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);
        int r;

        if (!f)
                return -ENOMEM;
        r = read_lines(job, n, true, f);
        if (fclose(f) != 0)
                return -ENOMEM;
        if (r >= 0)
                r = lines_to_json(text, &lines);
        return r < 0 ? r : sd_json_variant_set_field(object, "lines", lines);
}

/* n_lines: of its log; 0: without. */
static int print_as_json(
        const Job *job, const JobUnit *running, const JobUnit *state, uint64_t n_lines) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        int r;

        r = job_to_json(job, running, &object);
        if (r >= 0 && state->time_limit > 0 && state->time_limit != UINT64_MAX)
                r = sd_json_variant_set_field_unsigned(
                        &object, "time_limit_usec", state->time_limit);
        if (r >= 0 && n_lines > 0)
                r = add_lines(job, n_lines, &object);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to print the job");
                return CTL_FAILURE;
        }
        return print_json(object);
}

static int job_show(Ctl *ctl) {
        _cleanup_(jobs_running_clear) JobsRunning running = {};
        _cleanup_(job_unit_clear) JobUnit state = {};
        const JobUnit *unit;
        Job job;
        int r;

        r = jobs_running_load(ctl, &running);
        if (r == CTL_OK)
                r = job_find(ctl, &running, ctl->operands[0], &job);
        if (r == CTL_OK)
                r = read_unit(ctl, &job, &state);
        if (r != CTL_OK)
                return r;
        unit = jobs_running_find(&running, &job);
        if (ctl->options.json)
                return print_as_json(
                        &job, unit, &state, ctl->options.lines_given ? ctl->options.lines : 0);
        print_job(&job, unit, &state);
        return CTL_OK;
}

/* --- logs ---------------------------------------------------------------------------------------
 */

static int print_lines(Ctl *ctl, const Job *job) {
        int r = read_lines(job, ctl->options.lines, ctl->options.json, stdout);

        return r < 0 ? log_lines_complain(job->id, r) : CTL_OK;
}

static int follow(Ctl *ctl, const Job *job) {
        _cleanup_(job_follow_freep) JobFollow *follow = NULL;
        char unit[JOB_UNIT_MAX];
        int r;

        if (unit_of(job, unit) < 0)
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
        if (unit_of(&job, unit) < 0)
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
