/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "jobs/follow.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "jobs/progress.h"
#include "journal/journal.h"
#include "journal/sync.h"
#include "systemd/properties.h"

enum {
        LOOK_USEC = 100 * 1000, /* without a journal */
        SYNC_USEC = 10 * 1000 * 1000,
        LATE_LOOKS = 20, /* for the last lines, when journald can't be asked to write them */
        INTERRUPTED = 128 + SIGINT,
        SYSTEMD_STATUS_MIN = 200, /* exit statuses that are systemd's own */
};

static volatile sig_atomic_t is_interrupted;

static void interrupt(int number _unused_) {
        is_interrupted = 1;
}

typedef struct Following {
        Ctl *ctl;
        const char *unit, *name;
        UnitJobs *jobs;
        JournalFollower *follower; /* NULL: the caller may not read the journal */
        UnitStatusWatch watch;
        sd_bus_slot *slot;
        Progress progress;
        bool said_error; /* the job has said why it failed */
} Following;

static void following_done(Following *f) {
        progress_hide(&f->progress);
        sd_bus_slot_unref(f->slot);
        journal_follower_free(f->follower);
        unit_jobs_free(f->jobs);
}

/* --- lines of the journal -----------------------------------------------------------------------
 */

static int priority_of(sd_journal *journal) {
        _cleanup_free_ char *text = NULL;

        if (journal_get_text(journal, "PRIORITY", &text) < 0 || text[0] < '0' || text[0] > '7')
                return LOG_INFO;
        return text[0] - '0';
}

/* Only what its processes wrote, not systemd's lines about the unit. */
static bool is_of_process(sd_journal *journal, const char *unit) {
        _cleanup_free_ char *text = NULL;

        return journal_get_text(journal, "_SYSTEMD_UNIT", &text) >= 0 && strcmp(text, unit) == 0;
}

/* Messages are messages of ours, output is output. */
static int print_entry(sd_journal *journal, void *userdata) {
        Following *f = userdata;
        _cleanup_free_ char *text = NULL;
        int priority;

        if (!is_of_process(journal, f->unit) || journal_get_text(journal, "MESSAGE", &text) < 0)
                return 0;
        priority = priority_of(journal);
        progress_hide(&f->progress);
        if (priority <= LOG_NOTICE)
                log_message(priority, "%s", text);
        else
                printf("%s\n", text);
        if (priority <= LOG_ERR)
                f->said_error = true;
        return 0;
}

/* 0 when there was nothing to print, or -errno. */
static int pass_on(Following *f) {
        uint64_t n_lost = 0;
        int r;

        r = journal_follower_step(f->follower, print_entry, f, &n_lost);
        if (n_lost > 0) {
                progress_hide(&f->progress);
                log_count(
                        LOG_WARNING, n_lost,
                        "%" PRIu64 " line of the journal was removed before it could be shown",
                        "%" PRIu64 " lines of the journal were removed before they could be shown",
                        n_lost);
        }
        (void) fflush(stdout);
        progress_show(&f->progress);
        return r;
}

static void pass_on_rest(Following *f) {
        int looks = journal_sync(SYNC_USEC) >= 0 ? 1 : LATE_LOOKS;

        while (looks > 0) {
                int r = pass_on(f);

                if (r < 0)
                        return;
                looks -= r == 0;
        }
}

/* --- following ----------------------------------------------------------------------------------
 */

static void show_status(const char *text, void *userdata) {
        Following *f = userdata;

        progress_set(&f->progress, text);
}

static int start(Following *f) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        f->watch = (UnitStatusWatch) { show_status, f };
        r = unit_jobs_new(f->ctl->bus, &f->jobs);
        if (r >= 0)
                r = bus_watch_status(f->ctl->bus, f->unit, &f->watch, &f->slot);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to listen to systemd");
                return CTL_FAILURE;
        }
        /* First where new lines begin. */
        r = journal_follower_new(f->unit, &f->follower);
        if (r < 0)
                log_warning(
                        "Failed to read the journal, so the job's output is not shown: %s",
                        strerror(-r));

        r = unit_jobs_add(f->jobs, "StartUnit", f->unit, &error);
        if (r < 0) {
                log_error("Failed to start %s: %s", f->unit, bus_error_message(&error, r));
                return sd_bus_error_has_name(&error, SD_BUS_ERROR_ACCESS_DENIED) ||
                                       sd_bus_error_has_name(
                                               &error,
                                               SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED)
                               ? CTL_DENIED
                               : CTL_FAILURE;
        }
        return CTL_OK;
}

/* NULL: it was interrupted, or systemd went away (*ret_error). */
static const char *wait_for_end(Following *f, int *ret_error) {
        *ret_error = 0;
        while (!is_interrupted) {
                const UnitJob *job = unit_jobs_find(f->jobs, f->unit);
                int r;

                if (job && job->result)
                        return job->result;
                r = f->follower ? pass_on(f) : 0;
                if (r >= 0)
                        r = bus_step(f->ctl->bus, f->follower ? 0 : LOOK_USEC);
                if (r < 0) {
                        *ret_error = r;
                        return NULL;
                }
        }
        return NULL;
}

/* --- its end ------------------------------------------------------------------------------------
 */

/* The exit status of a step, from the end of its property: "… CODE STATUS". 0: none, or not so. */
static int exit_status(const UnitProperties *properties, const char *step) {
        const char *text = unit_property(properties, step);
        const char *status = text ? strrchr(text, ' ') : NULL, *code = status;

        while (code && code > text && code[-1] != ' ')
                code--;
        return code && atoi(code) == CLD_EXITED ? atoi(status) : 0;
}

/* The exit status of the step that failed first. */
static int status_of(Ctl *ctl, const char *unit) {
        static const char *const steps[] = { "ExecStartPre", "ExecStart", "ExecStartPost" };
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        UnitProperties properties = {};
        int status = 0;

        if (bus_get_properties(ctl->bus, unit, &properties, &error) >= 0)
                for (size_t i = 0; i < ELEMENTSOF(steps) && status == 0; i++)
                        status = exit_status(&properties, steps[i]);
        unit_properties_clear(&properties);
        return status > 0 && status < SYSTEMD_STATUS_MIN ? status : CTL_FAILURE;
}

static int explain(const Following *f, const char *result) {
        if (strcmp(result, "done") == 0)
                return CTL_OK;
        if (strcmp(result, "canceled") == 0)
                log_error("%s was cancelled", f->unit);
        else if (strcmp(result, "timeout") == 0)
                log_error("%s took longer than its time limit, so systemd ended it", f->unit);
        else if (!f->said_error)
                log_error("%s failed; see 'journalctl -u %s'", f->unit, f->unit);
        return strcmp(result, "failed") == 0 ? status_of(f->ctl, f->unit) : CTL_FAILURE;
}

static int say_it_goes_on(const Following *f) {
        log_notice(
                "The job goes on: 'l4d2ctl job logs %s' follows it, 'systemctl stop %s' cancels it",
                f->name, f->unit);
        return INTERRUPTED;
}

static int follow(Following *f) {
        struct sigaction action = { .sa_handler = interrupt }, before;
        const char *result;
        int error;

        (void) sigaction(SIGINT, &action, &before);
        result = wait_for_end(f, &error);
        if (result && f->follower)
                pass_on_rest(f);
        (void) sigaction(SIGINT, &before, NULL);
        progress_set(&f->progress, "");
        if (error < 0) {
                (void) log_error_errno(error, "Failed to follow %s", f->unit);
                return CTL_FAILURE;
        }
        return result ? explain(f, result) : say_it_goes_on(f);
}

int job_check_idle(Ctl *ctl, const char *unit, const char *name) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        UnitQuery query = { .unit = unit };
        bool runs = false;
        int r;

        r = ctl_open_bus(ctl);
        if (r != CTL_OK)
                return r;
        r = bus_query_units(ctl->bus, &query, 1, &error);
        if (r < 0)
                log_error("Failed to ask systemd about %s: %s", unit, bus_error_message(&error, r));
        else
                runs = strcmp(query.state.active_state, "inactive") != 0 &&
                       strcmp(query.state.active_state, "failed") != 0;
        unit_query_clear(&query);
        if (r < 0)
                return CTL_FAILURE;
        if (!runs)
                return CTL_OK;
        log_error(
                "%s runs already: 'l4d2ctl job logs %s' follows it, 'systemctl stop %s' cancels it",
                unit, name, unit);
        return CTL_CONFLICT;
}

int job_run(Ctl *ctl, const char *unit, const char *name) {
        Following f = { .ctl = ctl, .unit = unit, .name = name };
        int r;

        r = ctl_open_bus(ctl);
        if (r != CTL_OK)
                return r;
        progress_init(&f.progress, stdout);
        r = start(&f);
        if (r == CTL_OK && !ctl->options.no_wait)
                r = follow(&f);
        following_done(&f);
        return r;
}
