/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Gathers the facts of an alert for left4me-alert@KIND:NAME.service, which may read neither specs
 * nor the journal: left4me-alert-facts@.service runs it before each. Leaves them as
 * /run/left4me/alerts/KIND:NAME.json. When an alert like this was sent a short while ago, it leaves
 * no file, and systemd then skips the alert. MONITOR_… variables of systemd tell how a server
 * ended.
 *
 * Usage: left4me-alert-facts KIND:NAME
 *
 * Exit status: 0 done, 1 failed and said why, 64 wrong usage.
 */

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/utsname.h>
#include <sysexits.h>
#include <unistd.h>

#include "alert/facts.h"
#include "alert/past.h"
#include "base/file.h"
#include "base/log.h"
#include "base/paths.h"
#include "base/text.h"
#include "base/time-text.h"
#include "content/job-journal.h"
#include "spec/config.h"
#include "spec/resolvers.h"
#include "systemd/exit-word.h"

/* How long the journal may take to get a job's last entry. */
#define FINAL_USEC (5 * USEC_PER_SEC)

enum { FINAL_PAUSE_USEC = 100 * 1000 };

/* How much longer than the interval a file stays, with the number of alerts that were left out. */
#define FILES_AGE (24 * 3600 * USEC_PER_SEC)

typedef struct Alert {
        AlertName name;
        const Paths *paths;
        HostConfig *config;
        int dir_fd;                 /* where alerts are left */
        char facts[ALERT_UNIT_MAX]; /* names of files there */
        char past[ALERT_UNIT_MAX];
} Alert;

static int write_facts(const Alert *alert, const AlertFacts *facts) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        _cleanup_free_ char *text = NULL;
        int r;

        r = alert_facts_to_json(facts, &object);
        if (r >= 0)
                r = sd_json_variant_format(object, SD_JSON_FORMAT_NEWLINE, &text);
        return r < 0 ? r : write_file_atomic(alert->dir_fd, alert->facts, text, strlen(text), 0640);
}

/* systemd's words about the unit whose failure started this one, see systemd.exec(5). */
static bool read_end(LastEnd *ret) {
        const char *result = getenv("MONITOR_SERVICE_RESULT"), *code = getenv("MONITOR_EXIT_CODE"),
                   *status = getenv("MONITOR_EXIT_STATUS");

        if (!result)
                return false;
        *ret = (LastEnd) {};
        (void) snprintf(ret->result, sizeof(ret->result), "%s", result);
        if (code)
                ret->exit_code = exit_word_to_code(code);
        if (status)
                ret->exit_status = (int32_t) strtol(status, NULL, 10);
        /* A signal has its name there. */
        for (int signal = 1; status && ret->exit_code != CLD_EXITED && signal < NSIG; signal++)
                if (sigabbrev_np(signal) && strcmp(sigabbrev_np(signal), status) == 0)
                        ret->exit_status = signal;
        return true;
}

static int leave_facts(const Alert *alert, uint64_t left_out) {
        _cleanup_(alert_facts_clear) AlertFacts facts = {
                .name = &alert->name,
                .time = now_realtime(),
                .left_out = left_out,
        };
        SpecContext specs = {};
        struct utsname host;
        UpdateCheck check;
        LastEnd end;
        bool has_specs;
        int r;

        if (uname(&host) < 0)
                return -errno;
        facts.host = host.nodename;
        if (read_end(&end))
                facts.end = &end;
        if (alert->name.kind == ALERT_GAME_UPDATE && update_check_read(alert->paths, &check) >= 0)
                facts.check = &check;
        facts.invocation = getenv("MONITOR_INVOCATION_ID");
        has_specs = spec_context_open(alert->paths, alert->config, &specs) >= 0;
        r = alert_facts_gather(&facts, has_specs ? &specs : NULL);
        if (has_specs)
                spec_context_close(&specs);
        if (r >= 0)
                r = resolvers_write(alert->config, alert->dir_fd, 0640);
        return r < 0 ? r : write_facts(alert, &facts);
}

/* Facts of an earlier alert must not be sent again. */
static int forget_facts(const Alert *alert) {
        return unlinkat(alert->dir_fd, alert->facts, 0) < 0 && errno != ENOENT ? -errno : 0;
}

/*
 * A job that a person has cancelled ends as failed, too. systemd has written its last entry about
 * it before it starts this program, but the journal may have it a moment later. ref: NULL for the
 * installation of the game, which has none.
 */
static bool job_was_cancelled(JobKind kind, const char *ref) {
        const char *id = getenv("MONITOR_INVOCATION_ID");
        const JobQuery query = {
                .ref = ref,
                .kinds = 1U << kind,
                .id = id,
                .max = 1,
                .without_users = true,
        };
        uint64_t deadline = now_monotonic() + FINAL_USEC;

        while (id) {
                _cleanup_(job_list_clear) JobList list = {};

                if (job_journal_read(&query, &list) < 0)
                        return false;
                if (list.n_items > 0 && list.items[0].is_final)
                        return list.items[0].result == JOB_CANCELLED;
                if (now_monotonic() >= deadline)
                        return false;
                (void) usleep(FINAL_PAUSE_USEC);
        }
        return false;
}

/* The daily builds are not a job. Their program ends by itself, or a stop kills it. */
static bool refresh_was_stopped(void) {
        LastEnd end;

        return read_end(&end) && strcmp(end.result, "signal") == 0 && end.exit_status == SIGKILL;
}

static bool was_cancelled(const AlertName *name) {
        switch (name->kind) {
        case ALERT_INSTALL:
                return job_was_cancelled(JOB_INSTALL, NULL);
        case ALERT_JOB:
                return job_was_cancelled(name->job, name->ref);
        case ALERT_REFRESH:
                return refresh_was_stopped();
        default:
                return false;
        }
}

/* Names of overlays and servers come and go. Without this the alert is as good. */
static void remove_old_files(const Alert *alert, uint64_t interval) {
        uint64_t now = now_realtime(), age = interval + FILES_AGE;
        int r = alert_files_remove_old(alert->dir_fd, now > age ? now - age : 0);

        if (r < 0)
                log_warning("Failed to remove files of old alerts: %s", strerror(-r));
}

/* 1: it is sent now; 0: too soon, so it is counted. Several at the same time send one. */
static int take_turn(const Alert *alert, uint64_t interval, uint64_t *ret_left_out) {
        bool is_due = alert->name.kind == ALERT_TEST;
        AlertPast past;
        uint64_t now;
        int r;

        if (flock(alert->dir_fd, LOCK_EX) < 0)
                return -errno;
        now = now_realtime(); /* not before another one's, which would look like a clock set back */
        r = alert_past_load(alert->dir_fd, alert->past, &past);
        if (r >= 0) {
                is_due = is_due || alert_past_is_due(&past, now, interval);
                if (is_due)
                        *ret_left_out = alert_past_send(&past, now);
                r = alert_past_save(alert->dir_fd, alert->past, &past);
        }
        (void) flock(alert->dir_fd, LOCK_UN);
        return r < 0 ? r : is_due;
}

static int prepare(const Alert *alert) {
        uint64_t interval = alert->config->alert_interval * 60 * USEC_PER_SEC;
        uint64_t left_out = 0;
        int r;

        r = forget_facts(alert);
        if (r >= 0 && was_cancelled(&alert->name)) {
                log_info("Not sent: the job was cancelled");
                return 0;
        }
        if (r >= 0)
                r = take_turn(alert, interval, &left_out);
        if (r == 0)
                log_info("Not sent: an alert like this was sent a short while ago");
        if (r <= 0)
                return r;
        remove_old_files(alert, interval);
        return leave_facts(alert, left_out);
}

static int open_alerts(Alert *alert, const char *instance) {
        _cleanup_free_ char *directory = NULL;

        (void) snprintf(alert->facts, sizeof(alert->facts), "%s.json", instance);
        alert_past_name(&alert->name, alert->past);
        if (asprintf(&directory, "%s/alerts", alert->paths->run_dir) < 0)
                return -ENOMEM;
        alert->dir_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return alert->dir_fd < 0 ? -errno : 0;
}

int main(int argc, char *argv[]) {
        _cleanup_(spec_errors_clear) SpecErrors errors = {};
        _cleanup_(paths_freep) Paths *paths = NULL;
        Alert alert = { .dir_fd = -EBADF };
        int r;

        text_setup();
        log_setup("left4me-alert-facts", LOG_TARGET_STDERR);

        if (argc != 2 || alert_name_parse(argv[1], &alert.name) < 0) {
                log_error("Usage: left4me-alert-facts KIND:NAME");
                return EX_USAGE;
        }

        r = paths_from_environment(&paths);
        alert.paths = paths;
        /* A configuration with errors still has what is needed here. */
        if (r >= 0)
                r = host_config_load(paths, &errors, &alert.config);
        if (r >= 0)
                r = open_alerts(&alert, argv[1]);
        if (r >= 0)
                r = prepare(&alert);
        host_config_free(alert.config);
        (void) safe_close(alert.dir_fd);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to gather the facts of '%s'", argv[1]);
                return EXIT_FAILURE;
        }
        return EXIT_SUCCESS;
}
