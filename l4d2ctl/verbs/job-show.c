/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* l4d2ctl job show: one job, its result, and how long it took. */

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "base/time-text.h"
#include "base/utf8.h"
#include "common/terminal.h"
#include "jobs/job-lookup.h"
#include "verbs/jobs.h"

static Color color_of(const Job *job) {
        static const Color colors[_JOB_RESULT_MAX] = {
                [JOB_RUNNING] = COLOR_BOLD,  [JOB_DONE] = COLOR_GREEN,
                [JOB_FAILED] = COLOR_RED,    [JOB_CANCELLED] = COLOR_YELLOW,
                [JOB_TIMED_OUT] = COLOR_RED,
        };

        return colors[job->result];
}

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

static void print_duration(const Job *job, uint64_t limit) {
        char span[TIME_TEXT_MAX];

        print_label(LABEL_DURATION);
        printf("%s\n", span_format(job_duration(job), span));
        if (limit == 0)
                return;
        print_label(LABEL_LIMIT);
        printf("%s\n", limit == UINT64_MAX ? _("none") : span_format(limit, span));
}

/* limit: of the unit as it is now, whether this job runs in it or not. */
static void print_job(const Job *job, const JobUnit *running, uint64_t limit) {
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
        print_duration(job, limit);
        if (job->user[0]) {
                print_label(LABEL_USER);
                print_visible(job->user, strlen(job->user), 0, stdout);
                putchar('\n');
        }
        if (job_unit_of(job, unit) >= 0) {
                print_label(LABEL_UNIT);
                printf("%s\n", unit);
        }
        print_label(LABEL_LOG);
        printf("l4d2ctl job logs %.*s\n", JOB_ID_SHORT, job->id);
}

/* The unit now has it. Users of the web app make this look often, so it asks for nothing that is
 * known from a job that runs, and for nothing else of one that does not. */
static int read_limit(Ctl *ctl, const Job *job, const JobUnit *running, uint64_t *ret) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        char unit[JOB_UNIT_MAX];
        int r;

        if (running) {
                *ret = running->time_limit;
                return CTL_OK;
        }
        r = job_unit_of(job, unit);
        if (r >= 0)
                r = job_unit_read_time_limit(ctl->bus, unit, ret, &error);
        if (r >= 0)
                return CTL_OK;
        log_error("Failed to ask systemd about a job: %s", bus_error_message(&error, r));
        return CTL_FAILURE;
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
        r = job_read_lines(job, n, true, f);
        if (fclose(f) != 0)
                return -ENOMEM;
        if (r >= 0)
                r = lines_to_json(text, &lines);
        return r < 0 ? r : sd_json_variant_set_field(object, "lines", lines);
}

/* n_lines: of its log; 0: without. */
static int print_as_json(const Job *job, const JobUnit *running, uint64_t limit, uint64_t n_lines) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        int r;

        r = job_to_json(job, running, &object);
        if (r >= 0 && limit > 0 && limit != UINT64_MAX)
                r = sd_json_variant_set_field_unsigned(&object, "time_limit_usec", limit);
        if (r >= 0 && n_lines > 0)
                r = add_lines(job, n_lines, &object);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to print the job");
                return CTL_FAILURE;
        }
        return print_json(object);
}

int job_show(Ctl *ctl) {
        _cleanup_(jobs_running_clear) JobsRunning running = {};
        const JobUnit *unit = NULL;
        uint64_t limit = 0;
        Job job;
        int r;

        r = jobs_running_load(ctl, &running);
        if (r == CTL_OK)
                r = job_find(ctl, &running, ctl->operands[0], &job);
        if (r == CTL_OK) {
                unit = jobs_running_find(&running, &job);
                r = read_limit(ctl, &job, unit, &limit);
        }
        if (r != CTL_OK)
                return r;
        if (ctl->options.json)
                return print_as_json(
                        &job, unit, limit, ctl->options.lines_given ? ctl->options.lines : 0);
        print_job(&job, unit, limit);
        return CTL_OK;
}
