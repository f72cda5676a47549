/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl trial NAME: runs a server once with less protection, records what it does that its unit
 * would refuse, and says what allows it. Files are not shown to it that it doesn't normally see:
 * that it asks for them is enough to know.
 */

#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/strv.h"
#include "base/text.h"
#include "base/time-text.h"
#include "common/audit-log.h"
#include "server/state.h"
#include "servers/generated.h"
#include "specs/instance.h"
#include "trial/report.h"
#include "trial/session.h"
#include "trial/trace.h"
#include "verbs/verbs.h"

typedef struct Trial {
        TrialSession session;
        TrialTrace trace;
        TrialUnit unit;
        TrialReport report;
        char *tree;
        uint16_t port; /* of the game */
} Trial;

/* --- what the host has ------------------------------------------------------------------------ */

static uid_t game_uid;
static gid_t game_gid;

/* The home directories of people, which may lie anywhere. NULL-terminated. */
static char **homes;

static bool is_home(const char *path) {
        for (char **home = homes; home && *home; home++)
                if (strcmp(*home, path) == 0)
                        return true;
        return false;
}

static int find_homes(void) {
        enum { FIRST_PERSON = 1000, NOBODY = 65534 };
        const struct passwd *user;
        size_t n = 0;
        int r = 0;

        setpwent();
        while (r >= 0 && (user = getpwent()))
                if (user->pw_uid >= FIRST_PERSON && user->pw_uid != NOBODY)
                        r = strv_add(&homes, &n, user->pw_dir);
        endpwent();
        return r < 0 ? log_error_errno(r, "Failed to list the users of this host") : 0;
}

static int find_game_user(void) {
        const struct passwd *user = getpwnam("left4me-game");

        if (!user) {
                log_error("Failed to find the user left4me-game: run systemd-sysusers");
                return CTL_FAILURE;
        }
        game_uid = user->pw_uid;
        game_gid = user->pw_gid;
        /* So that look_as_game() has the groups that the unit has, and none of root's. */
        if (initgroups(user->pw_name, user->pw_gid) < 0) {
                (void) log_error_errno(-errno, "Failed to take the groups of %s", user->pw_name);
                return CTL_FAILURE;
        }
        return find_homes() < 0 ? CTL_FAILURE : CTL_OK;
}

/* The file system user is the game's only in here. The kernel takes root's rights along with it. */
static void look_as_game(const char *path, TrialFile *ret) {
        struct stat st;

        *ret = (TrialFile) {};
        if (fstatat(AT_FDCWD, path, &st, AT_NO_AUTOMOUNT) >= 0)
                ret->is_roots = st.st_uid == 0 && !(st.st_mode & S_IWOTH) &&
                                (!(st.st_mode & S_IWGRP) || st.st_gid == 0);
        (void) setfsgid(game_gid);
        (void) setfsuid(game_uid);
        if (fstatat(AT_FDCWD, path, &st, AT_NO_AUTOMOUNT) >= 0) {
                ret->exists = true;
                ret->is_directory = S_ISDIR(st.st_mode);
                ret->is_readable = faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) >= 0;
                ret->is_writable = faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) >= 0;
        }
        (void) setfsuid(0);
        (void) setfsgid(0);
        ret->is_home = is_home(path);
}

static bool read_link(const char *path, char target[static TRIAL_SUBJECT_MAX]) {
        ssize_t n = readlink(path, target, TRIAL_SUBJECT_MAX - 1);

        if (n < 0)
                return false;
        target[n] = '\0';
        return true;
}

/* --- one trial -------------------------------------------------------------------------------- */

static int note_event(const StraceEvent *event, void *userdata) {
        TrialDenial denials[TRIAL_DENIALS_MAX];
        Trial *trial = userdata;
        size_t n = trial_judge(&trial->unit, event, denials);
        int r = 0;

        if (trial_is_game_port(event, trial->port))
                trial->report.is_ready = true;
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = trial_findings_add(&trial->report.findings, &denials[i]);
        return r;
}

static int attach(Trial *trial, uint32_t pid) {
        _cleanup_free_ char *set = NULL;
        int r;

        r = trial_trace_set(&trial->session.before, &set);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to list the calls to trace");
                return CTL_FAILURE;
        }
        return trial_trace_start(pid, set, note_event, trial, &trial->trace);
}

/* Before anything is lifted, so that Ctrl-C comes early enough. */
static void warn(const Trial *trial) {
        log_warning(
                "'%s' will run with less protection: SystemCallFilter=, SocketBindDeny= and "
                "RestrictAddressFamilies= are lifted for this server alone until the trial ends",
                trial->session.name);
}

static void tell_what_to_do(uint64_t minutes) {
        log_notice(
                "Recording for %" PRIu64 " minutes: join the server and use its plugins. Ctrl-C "
                "ends the trial and shows what was found.",
                minutes);
}

/* Ends the trial and reads what strace still has to say. */
static int finish(Trial *trial) {
        int r, q;

        r = trial_session_stop(&trial->session);
        q = trial_trace_drain(&trial->trace);
        r = exit_code_merge(r, q);
        if (trial->session.is_guarded)
                r = exit_code_merge(r, trial_session_wait(&trial->session));
        return r;
}

/*
 * systemd learns the end of a traced process from strace, as late as that lets go of it, and may
 * have regarded it as ended well by then (units.md). strace knows better.
 */
static void note_end_of_process(Trial *trial) {
        static char failed[] = "failed", exit_code[] = "exit-code", by_signal[] = "signal";
        UnitState state = { .active_state = failed };
        int code, status;

        if (!strace_reader_get_end(trial->trace.reader, &code, &status) ||
            (code == CLD_EXITED && status == 0))
                return;
        state.result = code == CLD_EXITED ? exit_code : by_signal;
        state.exit_code = code;
        state.exit_status = status;
        trial->report.has_failed = true;
        describe_result(&state, trial->report.result, sizeof(trial->report.result));
}

/* How the server ended, if it did so by itself. */
static void note_end(Trial *trial, TrialEnd end) {
        TrialReport *report = &trial->report;

        if (end == TRIAL_END_SERVER) {
                report->has_failed = trial->session.has_failed;
                memcpy(report->result, trial->session.result, sizeof(report->result));
                if (!report->has_failed)
                        note_end_of_process(trial);
        } else if (end == TRIAL_END_FAULT) {
                report->has_failed = true;
                (void) snprintf(
                        report->result, sizeof(report->result), _("crashed by %s"),
                        strace_reader_fault(trial->trace.reader));
        }
}

static int record(Trial *trial, uint64_t minutes) {
        static const char *const ends[] = {
                [TRIAL_END_TIME] = "time",     [TRIAL_END_SIGNAL] = "signal",
                [TRIAL_END_SERVER] = "server", [TRIAL_END_STRACE] = "strace",
                [TRIAL_END_FAULT] = "fault",
        };
        uint64_t start = now_monotonic();
        TrialEnd end;
        int r;

        r = trial_session_open_gate(&trial->session);
        if (r != CTL_OK)
                return r;
        tell_what_to_do(minutes);
        r = trial_trace_read(&trial->trace, minutes * 60 * USEC_PER_SEC, &end);
        if (r != CTL_OK)
                return r;

        if (end == TRIAL_END_SERVER || end == TRIAL_END_FAULT)
                log_warning("'%s' ended during the trial", trial->session.name);
        trial->report.ended = ends[end];
        trial->report.seconds = (now_monotonic() - start) / USEC_PER_SEC;
        trial->report.is_i386 = strace_reader_is_i386(trial->trace.reader);
        r = finish(trial);
        trial->report.n_lost = strace_reader_lost(trial->trace.reader);
        trial->report.is_cut = trial->trace.is_cut;
        note_end(trial, end);
        return r;
}

static int run(Ctl *ctl, Trial *trial) {
        uint32_t pid;
        int r;

        warn(trial);
        r = trial_session_start(&trial->session, ctl->options.minutes, &pid);
        if (r == CTL_OK)
                r = attach(trial, pid);
        if (r == CTL_OK)
                r = record(trial, ctl->options.minutes);
        if (r != CTL_OK)
                return r;

        trial_findings_check_places(&trial->report.findings, &trial->unit);
        trial_findings_sort(&trial->report.findings);
        return ctl->options.json ? trial_report_print_json(ctl, &trial->report)
                                 : trial_report_print(&trial->report);
}

static void clear(Trial *trial) {
        trial_session_close(&trial->session);
        trial_trace_close(&trial->trace);
        trial_findings_clear(&trial->report.findings);
        free(trial->tree);
        strv_free(homes);
        homes = NULL;
}

static int prepare(Ctl *ctl, const char *name, const Spec *spec, Trial *trial) {
        if (asprintf(&trial->tree, "%s/%s/merged", ctl->paths->runtime_dir, name) < 0) {
                trial->tree = NULL;
                (void) log_error_errno(-ENOMEM, "Failed to try '%s'", name);
                return CTL_FAILURE;
        }
        trial->unit = (TrialUnit) { &trial->session.before, trial->tree, look_as_game, read_link };
        trial->port = spec->settings.port;
        trial->report = (TrialReport) {
                .name = name,
                .tree = trial->tree,
                .password = spec->rcon_password,
                .properties = &trial->session.before,
        };
        return trial_session_open(ctl, name, &trial->session);
}

static int check_caller(void) {
        if (geteuid() == 0)
                return CTL_OK;
        log_error("Failed to run a trial: only root may lift a server's protection; use sudo");
        return CTL_FAILURE;
}

int verb_trial(Ctl *ctl) {
        Trial trial = { .trace = { .pipe_fd = -EBADF, .signal_fd = -EBADF },
                        .session = {
                                .directory_fd = -EBADF, .lock_fd = -EBADF, .gate_fd = -EBADF } };
        _cleanup_(spec_freep) Spec *spec = NULL;
        int r;

        r = ctl_check_names(ctl, 0);
        if (r == CTL_OK)
                r = check_caller();
        if (r == CTL_OK)
                r = instance_load(ctl, ctl->operands[0], &spec);
        if (r == CTL_OK)
                r = trial_trace_check_host();
        if (r == CTL_OK)
                r = find_game_user();
        if (r == CTL_OK)
                r = generated_update(ctl, ctl->operands, 1);
        if (r != CTL_OK)
                return r;

        r = prepare(ctl, ctl->operands[0], spec, &trial);
        if (r == CTL_OK) {
                audit_log(ctl->operands[0], "trial");
                r = run(ctl, &trial);
        }
        clear(&trial);
        return r;
}
