/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "content/job-record.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-messages.h>

#include "base/name.h"
#include "base/text.h"
#include "base/time-text.h"
#include "systemd/exit-word.h"

static const struct {
        const char *word, *text;
} results[_JOB_RESULT_MAX] = {
        [JOB_RUNNING] = { "running", N_("running") },
        [JOB_DONE] = { "done", N_("done") },
        [JOB_FAILED] = { "failed", N_("failed") },
        [JOB_CANCELLED] = { "cancelled", N_("cancelled") },
        [JOB_TIMED_OUT] = { "timed-out", N_("timed out") },
};

const char *job_result_to_string(JobResult result) {
        return results[result].word;
}

int job_result_from_string(const char *text, JobResult *ret) {
        for (JobResult result = 0; result < _JOB_RESULT_MAX; result++)
                if (strcmp(results[result].word, text) == 0) {
                        *ret = result;
                        return 0;
                }
        return -EINVAL;
}

const char *job_result_text(JobResult result) {
        return _(results[result].text);
}

bool job_id_prefix_is_valid(const char *text) {
        size_t n = strlen(text);

        return hex_is_valid(text, n) && n >= JOB_ID_PREFIX_MIN && n < JOB_ID_MAX;
}

bool job_handle_is_valid(const char *text) {
        return strcmp(text, job_kind_to_string(JOB_INSTALL)) == 0 || job_id_prefix_is_valid(text);
}

/* --- why ----------------------------------------------------------------------------------------
 */

/* systemd's reasons that the exit of a process does not tell. */
static const struct {
        const char *result, *words;
} reasons[] = {
        { "resources", N_("systemd could not set it up; see its log") },
        { "oom-kill", N_("killed because memory ran out") },
        { "start-limit-hit", N_("started too often within a short time") },
        { "watchdog", N_("killed because it hung (watchdog)") },
};

/* systemd's own exit codes for a process that it could not set up. */
static bool is_setup_failure(int status) {
        return status >= 200 && status <= 250;
}

static void describe_status(const Job *job, char ret[static JOB_REASON_MAX]) {
        const char *command = job->command;
        int status = job->exit_status;

        if (is_setup_failure(status))
                (void) snprintf(
                        ret, JOB_REASON_MAX,
                        _("systemd could not set it up (exit code %d); see its log"), status);
        else if (strcmp(command, "ExecStartPre") == 0)
                (void) snprintf(
                        ret, JOB_REASON_MAX, _("its preparation ended with exit code %d"), status);
        else if (strcmp(command, "ExecStartPost") == 0)
                (void) snprintf(
                        ret, JOB_REASON_MAX, _("its result could not be published (exit code %d)"),
                        status);
        else if (strcmp(command, "ExecStopPost") == 0)
                (void) snprintf(
                        ret, JOB_REASON_MAX, _("cleaning up ended with exit code %d"), status);
        else
                (void) snprintf(ret, JOB_REASON_MAX, _("ended with exit code %d"), status);
}

static void describe_signal(const Job *job, char ret[static JOB_REASON_MAX]) {
        const char *name = sigabbrev_np(job->exit_status);

        if (job->exit_status == SIGSYS)
                (void) snprintf(
                        ret, JOB_REASON_MAX, "%s",
                        _("killed by the sandbox: forbidden system call (SIGSYS)"));
        else if (name)
                (void) snprintf(ret, JOB_REASON_MAX, _("killed by SIG%s"), name);
        else
                (void) snprintf(ret, JOB_REASON_MAX, _("killed by signal %d"), job->exit_status);
}

static const char *describe_reason(const Job *job) {
        for (size_t i = 0; i < ELEMENTSOF(reasons); i++)
                if (strcmp(job->unit_result, reasons[i].result) == 0)
                        return _(reasons[i].words);
        if (job->unit_result[0] == '\0')
                return _("its end is not in the journal: the host went down meanwhile");
        return job->exit_code == 0 ? _("see its log") : NULL;
}

static void describe_failure(const Job *job, char ret[static JOB_REASON_MAX]) {
        const char *reason = describe_reason(job);

        if (reason)
                (void) snprintf(ret, JOB_REASON_MAX, "%s", reason);
        else if (job->exit_code == CLD_EXITED)
                describe_status(job, ret);
        else
                describe_signal(job, ret);
}

uint64_t job_duration(const Job *job) {
        uint64_t end = job->result == JOB_RUNNING ? now_monotonic() : job->ended_monotonic;

        return end > job->begun_monotonic ? end - job->begun_monotonic : 0;
}

void job_describe(const Job *job, char ret[static JOB_REASON_MAX]) {
        ret[0] = '\0';
        if (job->result == JOB_TIMED_OUT)
                (void) snprintf(ret, JOB_REASON_MAX, "%s", _("did not end within its time limit"));
        else if (job->result == JOB_CANCELLED && strcmp(job->unit_result, "timeout") == 0)
                (void) snprintf(
                        ret, JOB_REASON_MAX, "%s", _("did not end when asked to, and was killed"));
        else if (job->result == JOB_FAILED)
                describe_failure(job, ret);
}

/* --- from the journal ---------------------------------------------------------------------------
 */

/* false: the entry does not have the field, or it is too long to be one of systemd's. */
static bool take_field(JournalGet get, void *entry, const char *field, char *ret, size_t ret_size) {
        const char *value;
        size_t size;

        if (get(entry, field, &value, &size) <= 0 || size == 0 || size >= ret_size ||
            memchr(value, '\0', size))
                return false;
        memcpy(ret, value, size);
        ret[size] = '\0';
        return true;
}

static bool is_of_manager(JournalGet get, void *entry) {
        char pid[JOB_WORD_MAX];

        return take_field(get, entry, "_PID", pid, sizeof(pid)) && strcmp(pid, "1") == 0;
}

static bool take_identity(JournalGet get, void *entry, Job *ret) {
        char unit[JOB_UNIT_MAX];

        return is_of_manager(get, entry) && take_field(get, entry, "UNIT", unit, sizeof(unit)) &&
               job_unit_parse(unit, &ret->kind, ret->ref) &&
               take_field(get, entry, "INVOCATION_ID", ret->id, sizeof(ret->id)) &&
               hex_is_valid(ret->id, JOB_ID_MAX - 1);
}

static int find_or_add(JobCollector *collector, const Job *identity, Job **ret) {
        Job *items;

        for (size_t i = 0; i < collector->n_items; i++)
                if (strcmp(collector->items[i].id, identity->id) == 0) {
                        *ret = &collector->items[i];
                        return 0;
                }
        items = reallocarray(collector->items, collector->n_items + 1, sizeof(*items));
        if (!items)
                return -ENOMEM;
        collector->items = items;
        *ret = &items[collector->n_items++];
        **ret = *identity;
        return 0;
}

/* Overwrites the exit of a later process: the first that failed is the reason. */
static void take_exit(JournalGet get, void *entry, Job *job) {
        char code[JOB_WORD_MAX], status[JOB_WORD_MAX];

        if (!take_field(get, entry, "EXIT_CODE", code, sizeof(code)) ||
            !take_field(get, entry, "EXIT_STATUS", status, sizeof(status)))
                return;
        job->exit_code = exit_word_to_code(code);
        job->exit_status = (int32_t) strtol(status, NULL, 10);
        if (!take_field(get, entry, "COMMAND", job->command, sizeof(job->command)))
                job->command[0] = '\0';
}

/* The last entry about its end comes first. A stop is the only one that makes it cancelled. */
static void take_end(Job *job, JobResult result, EntryTime at) {
        if (job->result != JOB_CANCELLED)
                job->result = result;
        if (job->ended > 0)
                return;
        job->ended = at.realtime;
        job->ended_monotonic = at.monotonic;
}

static void take_failure(JournalGet get, void *entry, EntryTime at, Job *job) {
        if (!take_field(get, entry, "UNIT_RESULT", job->unit_result, sizeof(job->unit_result)))
                job->unit_result[0] = '\0';
        take_end(job, strcmp(job->unit_result, "timeout") == 0 ? JOB_TIMED_OUT : JOB_FAILED, at);
}

/* systemd's last entry about a run is the end of the start, or of the stop that cancelled it. */
static bool is_last(const char *message) {
        return strcmp(message, SD_MESSAGE_UNIT_STARTED_STR) == 0 ||
               strcmp(message, SD_MESSAGE_UNIT_FAILED_STR) == 0 ||
               strcmp(message, SD_MESSAGE_UNIT_STOPPED_STR) == 0;
}

static void take_message(JournalGet get, void *entry, const char *message, EntryTime at, Job *job) {
        job->is_final = job->is_final || is_last(message);
        if (strcmp(message, SD_MESSAGE_UNIT_STOPPED_STR) == 0)
                take_end(job, JOB_CANCELLED, at);
        else if (strcmp(message, SD_MESSAGE_UNIT_SUCCESS_STR) == 0)
                take_end(job, JOB_DONE, at);
        else if (strcmp(message, SD_MESSAGE_UNIT_FAILURE_RESULT_STR) == 0)
                take_failure(get, entry, at, job);
        else if (strcmp(message, SD_MESSAGE_UNIT_PROCESS_EXIT_STR) == 0)
                take_exit(get, entry, job);
        else if (strcmp(message, SD_MESSAGE_UNIT_SKIPPED_STR) == 0)
                job->is_skipped = true;
}

static void remove_item(JobCollector *collector, Job *job) {
        *job = collector->items[--collector->n_items];
}

int job_collector_take(
        JobCollector *collector, JournalGet get, void *entry, EntryTime at, Job *ret) {
        Job identity = {}, *job;
        char message[JOB_ID_MAX];
        int r;

        if (!take_identity(get, entry, &identity) ||
            !take_field(get, entry, "MESSAGE_ID", message, sizeof(message)))
                return 0;
        r = find_or_add(collector, &identity, &job);
        if (r < 0)
                return r;
        if (strcmp(message, SD_MESSAGE_UNIT_STARTING_STR) != 0) {
                take_message(get, entry, message, at, job);
                return 0;
        }

        job->begun = at.realtime;
        job->begun_monotonic = at.monotonic;
        identity = *job;
        remove_item(collector, job);
        if (identity.is_skipped)
                return 0;
        *ret = identity;
        return 1;
}

void job_collector_clear(JobCollector *collector) {
        free(collector->items);
        *collector = (JobCollector) {};
}
