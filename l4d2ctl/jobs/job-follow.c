/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "jobs/job-follow.h"

#include <signal.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "base/time-text.h"
#include "base/visible-text.h"
#include "content/job-journal.h"
#include "content/job-unit.h"
#include "jobs/progress.h"
#include "journal/sync.h"

/* How long the journal may take to get the last entries of a job that ended. */
#define SYNC_USEC (5 * USEC_PER_SEC)

enum {
        INTERRUPTED = 128 + SIGINT,
        SYSTEMD_STATUS_MIN = 200, /* exit codes that are systemd's own */
};

struct JobFollow {
        Ctl *ctl;
        char unit[JOB_UNIT_MAX];
        sd_id128_t id; /* of the run that is followed */
        UnitJobs *jobs;
        sd_bus_slot *watch;
        JournalFollower *journal;
        JobUnit state;
        bool is_dirty;    /* the state has changed since it was read */
        bool end_was_met; /* in the journal */
        uint64_t n_lost;
        bool said_error; /* the job said why it failed */
        Progress progress;
};

static volatile sig_atomic_t interrupted;

static void note_signal(int number _unused_) {
        interrupted = 1;
}

static int on_change(sd_bus_message *m _unused_, void *userdata, sd_bus_error *unused _unused_) {
        JobFollow *follow = userdata;

        follow->is_dirty = true;
        return 0;
}

/* While it waits for the answers, it takes what arrives: also that the state has changed again. */
static int read_state(JobFollow *follow) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        do {
                job_unit_clear(&follow->state);
                follow->is_dirty = false;
                r = job_unit_read_state(follow->ctl->bus, follow->unit, &follow->state, &error);
        } while (r >= 0 && follow->is_dirty);
        if (r < 0)
                log_error(
                        "Failed to ask systemd about %s: %s", follow->unit,
                        bus_error_message(&error, r));
        return r;
}

/* Messages that have arrived. */
static int dispatch(JobFollow *follow) {
        int r;

        do
                r = sd_bus_process(follow->ctl->bus, NULL);
        while (r > 0);
        return r < 0 ? log_error_errno(r, "Failed to listen to systemd") : 0;
}

static int open_follow(JobFollow *follow) {
        int r;

        r = unit_jobs_new(follow->ctl->bus, &follow->jobs);
        if (r >= 0)
                r = bus_watch_unit(
                        follow->ctl->bus, follow->unit, on_change, follow, &follow->watch);
        if (r < 0)
                return log_error_errno(r, "Failed to listen to systemd");
        /* Without the right to read the journal there are progress and result. */
        r = journal_follower_new(follow->unit, &follow->journal);
        if (r < 0 && r != -EACCES)
                return log_error_errno(r, "Failed to read the journal");
        return 0;
}

int job_follow_new(Ctl *ctl, const char *unit, JobFollow **ret) {
        _cleanup_(job_follow_freep) JobFollow *follow = NULL;
        int r;

        r = ctl_open_bus(ctl);
        if (r != CTL_OK)
                return r;
        follow = calloc(1, sizeof(*follow));
        if (!follow) {
                (void) log_error_errno(-ENOMEM, "Failed to follow %s", unit);
                return CTL_FAILURE;
        }
        follow->ctl = ctl;
        (void) snprintf(follow->unit, sizeof(follow->unit), "%s", unit);
        progress_init(&follow->progress, stdout);
        if (open_follow(follow) < 0 || read_state(follow) < 0)
                return CTL_FAILURE;

        *ret = TAKE_PTR(follow);
        return CTL_OK;
}

JobFollow *job_follow_free(JobFollow *follow) {
        if (!follow)
                return NULL;
        progress_hide(&follow->progress);
        journal_follower_free(follow->journal);
        sd_bus_slot_unref(follow->watch);
        unit_jobs_free(follow->jobs);
        job_unit_clear(&follow->state);
        free(follow);
        return NULL;
}

/* --- the start ----------------------------------------------------------------------------------
 */

/*
 * systemd unloads a unit that ended, and forgets its invocation. The journal has it, when the entry
 * has arrived there. since: when the start was asked for.
 */
static int find_quick_run(JobFollow *follow, uint64_t since, char ret_id[static JOB_ID_MAX]) {
        uint64_t deadline = now_monotonic() + SYNC_USEC;
        _cleanup_(job_list_clear) JobList list = {};
        char ref[JOB_REF_MAX + 1];
        JobKind kind;
        int r = 0;

        if (!job_unit_parse(follow->unit, &kind, ref))
                return -EINVAL;
        (void) !journal_sync(SYNC_USEC);
        while (r >= 0 && list.n_items == 0 && now_monotonic() < deadline) {
                const JobQuery query = {
                        .ref = ref,
                        .kinds = 1U << kind,
                        .since = since,
                        .max = 1,
                };

                r = job_journal_read(&query, &list);
                if (r >= 0 && list.n_items == 0)
                        r = bus_step(follow->ctl->bus, USEC_PER_SEC / 20);
        }
        if (r < 0 || list.n_items == 0)
                return r < 0 ? r : -ENOENT;
        memcpy(ret_id, list.items[0].id, JOB_ID_MAX);
        return 0;
}

static int explain_no_run(JobFollow *follow, const char *result) {
        log_error(
                "Failed to start %s: systemd says '%s'; see 'journalctl -u %s'", follow->unit,
                result, follow->unit);
        return CTL_FAILURE;
}

/* The start of the unit has ended, and systemd knows no run of it. */
static int take_quick_run(
        JobFollow *follow, uint64_t since, const char *result, char ret_id[static JOB_ID_MAX]) {
        if (strcmp(result, "dependency") == 0 || strcmp(result, "assert") == 0 ||
            find_quick_run(follow, since, ret_id) < 0)
                return explain_no_run(follow, result);
        return CTL_OK;
}

/* old: the id of the run before. */
static int wait_for_start(
        JobFollow *follow, const char *old, uint64_t since, char ret_id[static JOB_ID_MAX]) {
        for (;;) {
                const UnitJob *job = unit_jobs_find(follow->jobs, follow->unit);
                int r;

                if (follow->state.id[0] != '\0' && strcmp(follow->state.id, old) != 0) {
                        memcpy(ret_id, follow->state.id, JOB_ID_MAX);
                        return CTL_OK;
                }
                if (job->result)
                        return take_quick_run(follow, since, job->result, ret_id);
                r = bus_step(follow->ctl->bus, UINT64_MAX);
                if (r < 0) {
                        (void) log_error_errno(r, "Failed to wait for systemd");
                        return CTL_FAILURE;
                }
                if ((follow->is_dirty || job->result) && read_state(follow) < 0)
                        return CTL_FAILURE;
        }
}

static bool is_denial(const sd_bus_error *error) {
        return sd_bus_error_has_name(error, SD_BUS_ERROR_ACCESS_DENIED) ||
               sd_bus_error_has_name(error, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED);
}

int job_follow_start(JobFollow *follow, char ret_id[static JOB_ID_MAX]) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        uint64_t since = now_realtime();
        char old[JOB_ID_MAX];
        int r;

        memcpy(old, follow->state.id, sizeof(old));
        r = unit_jobs_add(follow->jobs, "StartUnit", follow->unit, &error);
        if (r < 0) {
                log_error("Failed to start %s: %s", follow->unit, bus_error_message(&error, r));
                return is_denial(&error) ? CTL_DENIED : CTL_FAILURE;
        }
        return wait_for_start(follow, old, since, ret_id);
}

/* --- its log ------------------------------------------------------------------------------------
 */

static bool is_of_manager(sd_journal *journal) {
        const char *pid;
        size_t size;

        return journal_field_get(journal, "_PID", &pid, &size) > 0 && size == 1 && pid[0] == '1';
}

/* systemd's last entry about a run says what became of the start, or of the stop. */
static bool is_end(sd_journal *journal) {
        const char *value;
        size_t size;

        return journal_field_get(journal, "JOB_RESULT", &value, &size) > 0;
}

static int priority_of(sd_journal *journal) {
        const char *text;
        size_t size;

        if (journal_field_get(journal, "PRIORITY", &text, &size) <= 0 || size != 1 ||
            text[0] < '0' || text[0] > '7')
                return LOG_INFO;
        return text[0] - '0';
}

/* Messages are messages of ours, output is output. */
static int print_message(JobFollow *follow, sd_journal *journal) {
        int priority = priority_of(journal), r;
        _cleanup_free_ char *plain = NULL;
        const char *message;
        size_t size;

        r = journal_field_get(journal, "MESSAGE", &message, &size);
        if (r <= 0)
                return r;
        plain = malloc(VISIBLE_TEXT_MAX(size));
        if (!plain)
                return -ENOMEM;
        (void) visible_text(message, size, plain);
        if (priority > LOG_NOTICE)
                return puts(plain) == EOF ? -EIO : 0;
        log_message(priority, "%s", plain);
        follow->said_error = follow->said_error || priority <= LOG_ERR;
        return 0;
}

/* A JournalHandler: what its processes wrote; systemd's own messages are told as the result. */
static int on_entry(sd_journal *journal, void *userdata) {
        JobFollow *follow = userdata;
        sd_id128_t id;
        int r;

        r = journal_entry_get_invocation(journal, follow->unit, &id);
        if (r < 0 || !sd_id128_equal(id, follow->id))
                return r;
        if (is_of_manager(journal)) {
                follow->end_was_met = follow->end_was_met || is_end(journal);
                return 0;
        }
        progress_hide(&follow->progress);
        return print_message(follow, journal);
}

/* Returns how many entries there were, or -errno. */
static int pass_log(JobFollow *follow) {
        int r;

        r = journal_follower_step(follow->journal, on_entry, follow, &follow->n_lost);
        if (fflush(stdout) != 0)
                return -errno;
        return r;
}

static int show_older(JobFollow *follow, uint64_t lines) {
        JournalQuery query = {
                .unit = follow->unit,
                .lines = lines,
                .until = journal_follower_start(follow->journal),
        };
        int64_t n = lines > 0 ? journal_read_last(&query, on_entry, follow) : 0;

        return n < 0 ? (int) n : 0;
}

/*
 * The last lines may reach the journal after systemd has announced the end. But the job's last step
 * waits for them, and systemd's last entry comes after that: once it is there, nothing is missing.
 */
static int drain_log(JobFollow *follow) {
        uint64_t deadline = now_monotonic() + SYNC_USEC;
        bool is_synced;
        int r;

        r = pass_log(follow);
        if (r < 0)
                return r;
        is_synced = follow->end_was_met || journal_sync(SYNC_USEC) >= 0;
        do
                r = pass_log(follow);
        while (r > 0 ||
               (r == 0 && !is_synced && !follow->end_was_met && now_monotonic() < deadline));
        return r;
}

/* --- to the end ---------------------------------------------------------------------------------
 */

static bool has_ended(const JobFollow *follow) {
        char id[SD_ID128_STRING_MAX];

        return !follow->state.is_active ||
               strcmp(follow->state.id, sd_id128_to_string(follow->id, id)) != 0;
}

/* Without a journal there is only the bus to wait for. */
static int wait_a_moment(JobFollow *follow) {
        int r;

        r = follow->journal ? pass_log(follow) : bus_step(follow->ctl->bus, USEC_PER_SEC / 10);
        return r < 0 ? log_error_errno(r, "Failed to follow %s", follow->unit) : 0;
}

/* 1: ended; 0: interrupted; -errno, and has said so. */
static int follow_until_end(JobFollow *follow) {
        while (!interrupted) {
                int r;

                r = dispatch(follow);
                if (r >= 0 && follow->is_dirty)
                        r = read_state(follow);
                if (r < 0)
                        return r;
                if (has_ended(follow))
                        return 1;
                progress_set(&follow->progress, follow->state.status);
                progress_show(&follow->progress);
                r = wait_a_moment(follow);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* The steps around a script are left4me's, and their exit codes are ExitCodes; a script's is not.
 */
static int exit_code_of(const Job *job) {
        bool is_ours = job->kind != JOB_SCRIPT || strcmp(job->command, "ExecStart") != 0;

        if (job->result != JOB_FAILED || !is_ours || job->exit_code != CLD_EXITED ||
            job->exit_status <= 0 || job->exit_status >= SYSTEMD_STATUS_MIN)
                return CTL_FAILURE;
        return job->exit_status;
}

static int report_result(const Job *job, bool said_error) {
        char reason[JOB_REASON_MAX];

        if (job->result == JOB_DONE)
                return CTL_OK;
        job_describe(job, reason);
        if (reason[0] == '\0')
                log_error("Job %.*s: %s", JOB_ID_SHORT, job->id, job_result_text(job->result));
        else if (!said_error || job->result != JOB_FAILED)
                log_error(
                        "Job %.*s: %s: %s", JOB_ID_SHORT, job->id, job_result_text(job->result),
                        reason);
        return exit_code_of(job);
}

static bool has_begun(const Job *job _unused_) {
        return true;
}

static bool has_its_end(const Job *job) {
        return job->ended > 0 && job->is_final;
}

/* Until the journal has the job like this; -ETIMEDOUT: it did not get it, other -errno. */
static int wait_for_entry(Ctl *ctl, const char *id, bool (*is_there)(const Job *job), Job *ret) {
        uint64_t deadline = now_monotonic() + SYNC_USEC;
        const JobQuery query = { .id = id, .max = 1 };

        for (;;) {
                _cleanup_(job_list_clear) JobList list = {};
                int r;

                r = job_journal_read(&query, &list);
                if (r < 0)
                        return r;
                if (list.n_items > 0 && is_there(&list.items[0])) {
                        *ret = list.items[0];
                        return 0;
                }
                if (now_monotonic() >= deadline || bus_step(ctl->bus, USEC_PER_SEC / 20) < 0)
                        return -ETIMEDOUT;
        }
}

int job_wait_for_end(Ctl *ctl, const char *id, Job *ret) {
        int r;

        r = wait_for_entry(ctl, id, has_its_end, ret);
        if (r >= 0)
                return CTL_OK;
        if (r == -ETIMEDOUT)
                log_error("Job %.*s: its end is not in the journal", JOB_ID_SHORT, id);
        else
                (void) log_error_errno(r, "Failed to read the journal");
        return CTL_FAILURE;
}

void job_wait_for_begin(Ctl *ctl, const char *id) {
        Job unused;

        (void) !wait_for_entry(ctl, id, has_begun, &unused);
}

static int report(const JobFollow *follow, const char *id) {
        Job job;
        int r;

        r = job_wait_for_end(follow->ctl, id, &job);
        return r == CTL_OK ? report_result(&job, follow->said_error) : r;
}

static int report_interrupted(const char *id) {
        log_notice(
                "The job goes on: 'l4d2ctl job logs --follow %.*s' shows its log, 'l4d2ctl job "
                "cancel %.*s' ends it",
                JOB_ID_SHORT, id, JOB_ID_SHORT, id);
        return INTERRUPTED;
}

static int follow_with_signals(JobFollow *follow, const char *id) {
        const struct sigaction action = { .sa_handler = note_signal };
        struct sigaction old;
        int r;

        interrupted = 0;
        (void) sigaction(SIGINT, &action, &old);
        r = follow_until_end(follow);
        if (r > 0 && follow->journal)
                r = drain_log(follow) < 0 ? -EIO : 1;
        (void) sigaction(SIGINT, &old, NULL);
        progress_hide(&follow->progress);
        if (r < 0)
                return CTL_FAILURE;
        return r > 0 ? report(follow, id) : report_interrupted(id);
}

int job_follow_to_the_end(JobFollow *follow, const char *id, uint64_t older) {
        int r;

        if (sd_id128_from_string(id, &follow->id) < 0 || read_state(follow) < 0)
                return CTL_FAILURE;
        r = follow->journal ? show_older(follow, older) : 0;
        if (r < 0) {
                (void) log_error_errno(r, "Failed to read the log of %s", follow->unit);
                return CTL_FAILURE;
        }
        return follow_with_signals(follow, id);
}
