/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trial/session.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "jobs/jobs.h"
#include "render/unit-writer.h"

#define UNIT_DIR  "/run/systemd/system"
#define TRIAL_DIR "/run/left4me/trial"
/* Behind what left4me-generator and `systemctl edit` make. */
#define DROP_IN "zz-left4me-trial.conf"
#define GATE    "gate"
/* The guard reads this file when it starts: how long it waits for the lock. */
#define LIMIT "limit"

/* Time that a trial may take beyond its minutes: for strace to attach and to write the rest, and
 * for the server to start and to stop. */
enum { GRACE_SECONDS = 5 * 60 };

/* The properties that the trial lifts. */
static const char *const lifted[] = { "SystemCallFilter", "SocketBindDeny",
                                      "RestrictAddressFamilies" };

/* --- the normal unit -------------------------------------------------------------------------- */

static int reload(const TrialSession *session) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r = bus_reload(session->ctl->bus, &error);

        if (r < 0) {
                log_error("Failed to reload systemd: %s", bus_error_message(&error, r));
                return CTL_FAILURE;
        }
        return CTL_OK;
}

/* Removes the drop-in where the guard did not: it was killed with all its processes. */
static int remove_drop_in(const TrialSession *session) {
        _cleanup_free_ char *path = NULL;

        if (asprintf(&path, UNIT_DIR "/%s.d/" DROP_IN, session->units.server) < 0) {
                path = NULL;
                return CTL_FAILURE;
        }
        if (unlink(path) < 0) {
                if (errno == ENOENT)
                        return CTL_OK;
                (void) log_error_errno(-errno, "Failed to remove %s", path);
                return CTL_FAILURE;
        }
        log_warning("%s did not end a trial: l4d2ctl ends it", session->units.trial);
        return reload(session);
}

/* --- opening ---------------------------------------------------------------------------------- */

static int take_lock(TrialSession *session) {
        session->directory_fd = open(TRIAL_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (session->directory_fd < 0) {
                (void) log_error_errno(
                        -errno,
                        "Failed to open %s, which 'systemd-tmpfiles --create left4me.conf' creates",
                        TRIAL_DIR);
                return CTL_FAILURE;
        }
        session->lock_fd = openat(
                session->directory_fd, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (session->lock_fd < 0) {
                (void) log_error_errno(-errno, "Failed to open %s/lock", TRIAL_DIR);
                return CTL_FAILURE;
        }
        if (flock(session->lock_fd, LOCK_EX | LOCK_NB) < 0) {
                log_error("Another trial is going on: wait for its end");
                return CTL_CONFLICT;
        }
        return CTL_OK;
}

static bool is_over(const UnitState *state) {
        return strcmp(state->active_state, "inactive") == 0 ||
               strcmp(state->active_state, "failed") == 0;
}

/* A trial whose l4d2ctl was killed is being ended by its guard, which waits for the lock. */
static int check_guards(Ctl *ctl) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(strv_freep) char **units = NULL;
        char pattern[UNIT_NAME_MAX];
        int r;

        unit_name(UNIT_TRIAL, "*", pattern);
        r = bus_list_units(ctl->bus, pattern, &units, &error);
        for (char **unit = units; r >= 0 && unit && *unit; unit++) {
                UnitQuery q = { .unit = *unit };
                bool over = true;

                r = bus_query_units(ctl->bus, &q, 1, &error);
                if (r >= 0)
                        over = is_over(&q.state);
                unit_query_clear(&q);
                if (!over) {
                        log_error("%s is still ending another trial: try again in a moment", *unit);
                        return CTL_CONFLICT;
                }
        }
        if (r < 0) {
                log_error("Failed to look for other trials: %s", bus_error_message(&error, r));
                return CTL_FAILURE;
        }
        return CTL_OK;
}

static int read_properties(const TrialSession *session, UnitProperties *ret) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        r = bus_get_properties(session->ctl->bus, session->units.server, ret, &error);
        if (r < 0) {
                log_error(
                        "Failed to read %s: %s", session->units.server,
                        bus_error_message(&error, r));
                return CTL_FAILURE;
        }
        return CTL_OK;
}

static int check_stopped(Ctl *ctl, const char *name) {
        bool running;
        int r;

        r = jobs_is_running(ctl, name, &running);
        if (r != CTL_OK || !running)
                return r;
        log_error("Failed to try '%s': it is running. Stop it first: l4d2ctl stop %s", name, name);
        return CTL_CONFLICT;
}

int trial_session_open(Ctl *ctl, const char *name, TrialSession *ret) {
        int r;

        *ret = (TrialSession) {
                .ctl = ctl,
                .name = name,
                .directory_fd = -EBADF,
                .lock_fd = -EBADF,
                .gate_fd = -EBADF,
        };
        unit_names(name, &ret->units);
        r = ctl_open_bus(ctl);
        if (r == CTL_OK)
                r = take_lock(ret);
        if (r == CTL_OK)
                r = check_guards(ctl);
        if (r == CTL_OK)
                r = check_stopped(ctl, name);
        if (r == CTL_OK)
                r = remove_drop_in(ret);
        return r == CTL_OK ? read_properties(ret, &ret->before) : r;
}

/* --- the drop-in ------------------------------------------------------------------------------ */

static void write_unit(UnitWriter *w, const TrialSession *session) {
        /* The shell has standard input from the gate, the server has none. */
        const char *const command[] = {
                "/bin/sh",
                "-c",
                "read -r go && exec \"$0\" \"$1\" </dev/null",
                "/usr/lib/left4me/left4me-launch",
                session->name,
                NULL,
        };

        unit_writer_comment(
                w, "Written by l4d2ctl trial, removed by the unit that it is bound to.");
        unit_writer_section(w, "Unit");
        unit_writer_word(w, "BindsTo", session->units.trial);
        unit_writer_word(w, "After", session->units.trial);
        unit_writer_section(w, "Service");
        unit_writer_reset(w, "ExecStart");
        unit_writer_command(w, "ExecStart", command);
        /* It would open the gate as well, which waits for a writer when this process is gone. */
        unit_writer_reset(w, "ExecStop");
        unit_writer_text(w, "StandardInput", "file:" TRIAL_DIR "/" GATE);
        unit_writer_word(w, "Restart", "no");
        for (size_t i = 0; i < ELEMENTSOF(lifted); i++)
                unit_writer_reset(w, lifted[i]);
}

static int write_drop_in(const TrialSession *session) {
        _cleanup_(unit_writer_done) UnitWriter w = {};
        _cleanup_close_ int units_fd = -EBADF, fd = -EBADF;
        char directory[sizeof(session->units.server) + 2];
        const char *text;
        size_t size;
        int r;

        write_unit(&w, session);
        r = unit_writer_finish(&w, &text, &size);
        if (r < 0)
                return r;
        units_fd = open(UNIT_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (units_fd < 0)
                return -errno;
        (void) snprintf(directory, sizeof(directory), "%s.d", session->units.server);
        fd = make_directory_beneath(units_fd, directory, 0755);
        return fd < 0 ? fd : write_file_atomic(fd, DROP_IN, text, size, 0644);
}

static int make_gate(TrialSession *session) {
        if (unlinkat(session->directory_fd, GATE, 0) < 0 && errno != ENOENT)
                return -errno;
        if (mkfifoat(session->directory_fd, GATE, 0600) < 0)
                return -errno;
        /* For both directions, so that it doesn't wait for the shell and the shell finds a writer.
         */
        session->gate_fd =
                openat(session->directory_fd, GATE, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
        return session->gate_fd < 0 ? -errno : 0;
}

/* "no" is the value of an empty list that systemd shows with a boolean in front. */
static bool is_lifted(const UnitProperties *properties, const char *name) {
        const char *value = unit_property(properties, name);

        return !value || value[0] == '\0' || strcmp(value, "no") == 0;
}

/* A drop-in of the host that is read after ours would make the trial tell half of it. */
static int check_lifted(const TrialSession *session) {
        _cleanup_(unit_properties_clear) UnitProperties now = {};
        int r;

        r = read_properties(session, &now);
        for (size_t i = 0; r == CTL_OK && i < ELEMENTSOF(lifted); i++) {
                if (is_lifted(&now, lifted[i]))
                        continue;
                log_error(
                        "Failed to lift %s= for the trial: a drop-in that sorts after %s sets it; see 'systemctl cat %s'",
                        lifted[i], DROP_IN, session->units.server);
                r = CTL_FAILURE;
        }
        return r;
}

static int lift(TrialSession *session) {
        int r;

        r = make_gate(session);
        if (r >= 0)
                r = write_drop_in(session);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to write the trial's drop-in");
                return CTL_FAILURE;
        }
        r = reload(session);
        return r == CTL_OK ? check_lifted(session) : r;
}

/* --- starting and ending ---------------------------------------------------------------------- */

static int add_job(TrialSession *session, const char *method, const char *unit) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r = 0;

        if (!session->jobs)
                r = unit_jobs_new(session->ctl->bus, &session->jobs);
        if (r >= 0)
                r = unit_jobs_add(session->jobs, method, unit, &error);
        if (r < 0) {
                log_error("Failed to ask systemd for %s: %s", unit, bus_error_message(&error, r));
                return CTL_FAILURE;
        }
        return CTL_OK;
}

static int wait_for_job(TrialSession *session, const char *unit) {
        const UnitJob *job;
        int r;

        r = unit_jobs_wait(session->jobs);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to wait for systemd");
                return CTL_FAILURE;
        }
        job = unit_jobs_find(session->jobs, unit);
        if (job && strcmp(job->result, "done") == 0)
                return CTL_OK;
        log_error(
                "Failed to start or stop %s: systemd says '%s'; see 'journalctl -u %s'", unit,
                job ? job->result : "nothing", unit);
        return CTL_FAILURE;
}

static int run_job(TrialSession *session, const char *method, const char *unit) {
        int r = add_job(session, method, unit);

        return r == CTL_OK ? wait_for_job(session, unit) : r;
}

static int get_main_pid(const TrialSession *session, uint32_t *ret) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        UnitQuery q = { .unit = session->units.server };
        int r;

        r = bus_query_units(session->ctl->bus, &q, 1, &error);
        *ret = r >= 0 ? q.state.main_pid : 0;
        unit_query_clear(&q);
        if (*ret > 0)
                return CTL_OK;
        log_error(
                "Failed to start '%s': it has no process; see 'journalctl -u %s'", session->name,
                session->units.server);
        return CTL_FAILURE;
}

static int write_limit(const TrialSession *session, uint64_t minutes) {
        char text[64];
        int n, r;

        n = snprintf(
                text, sizeof(text), "LEFT4ME_TRIAL_SECONDS=%" PRIu64 "\n",
                minutes * 60 + GRACE_SECONDS);
        r = write_file_atomic(session->directory_fd, LIMIT, text, (size_t) n, 0600);
        if (r >= 0)
                return CTL_OK;
        (void) log_error_errno(r, "Failed to write %s/%s", TRIAL_DIR, LIMIT);
        return CTL_FAILURE;
}

int trial_session_start(TrialSession *session, uint64_t minutes, uint32_t *ret_pid) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        r = write_limit(session, minutes);
        if (r != CTL_OK)
                return r;
        /* The guard comes first: from here on the drop-in is taken away whatever happens. */
        r = run_job(session, "StartUnit", session->units.trial);
        if (r != CTL_OK)
                return r;
        session->is_guarded = true;
        r = lift(session);
        if (r != CTL_OK)
                return r;
        (void) !bus_reset_failed(session->ctl->bus, session->units.server, &error);
        r = run_job(session, "StartUnit", session->units.server);
        return r == CTL_OK ? get_main_pid(session, ret_pid) : r;
}

int trial_session_open_gate(TrialSession *session) {
        static const char go[] = "go\n";

        if (write(session->gate_fd, go, sizeof(go) - 1) == (ssize_t) sizeof(go) - 1)
                return CTL_OK;
        (void) log_error_errno(-errno, "Failed to let '%s' begin", session->name);
        return CTL_FAILURE;
}

int trial_session_stop(TrialSession *session) {
        return add_job(session, "StopUnit", session->units.trial);
}

static bool same_value(const UnitProperties *a, const UnitProperties *b, const char *name) {
        const char *x = unit_property(a, name), *y = unit_property(b, name);

        return x && y ? strcmp(x, y) == 0 : x == y;
}

static int check_restored(const TrialSession *session) {
        _cleanup_(unit_properties_clear) UnitProperties now = {};
        int r;

        r = read_properties(session, &now);
        for (size_t i = 0; r == CTL_OK && i < ELEMENTSOF(lifted); i++)
                if (!same_value(&session->before, &now, lifted[i]))
                        r = CTL_FAILURE;
        if (r != CTL_OK)
                log_error(
                        "%s is not as it was before the trial. Don't start it: remove %s/%s.d/%s and run 'systemctl daemon-reload'",
                        session->units.server, UNIT_DIR, session->units.server, DROP_IN);
        return r;
}

/* systemd forgets how a unit ended that did not fail. */
static void read_result(TrialSession *session) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        UnitQuery q = { .unit = session->units.server };

        if (bus_query_units(session->ctl->bus, &q, 1, &error) >= 0 && q.state.active_state &&
            strcmp(q.state.active_state, "failed") == 0) {
                session->has_failed = true;
                describe_result(&q.state, session->result, sizeof(session->result));
        }
        unit_query_clear(&q);
}

int trial_session_wait(TrialSession *session) {
        int r = wait_for_job(session, session->units.trial);

        session->is_guarded = false;
        read_result(session);
        r = exit_code_merge(r, remove_drop_in(session));
        return exit_code_merge(r, check_restored(session));
}

void trial_session_close(TrialSession *session) {
        if (session->is_guarded && trial_session_stop(session) == CTL_OK)
                (void) !trial_session_wait(session);
        unit_jobs_free(session->jobs);
        unit_properties_clear(&session->before);
        session->gate_fd = safe_close(session->gate_fd);
        session->lock_fd = safe_close(session->lock_fd);
        session->directory_fd = safe_close(session->directory_fd);
}
