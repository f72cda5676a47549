/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Fulfils queued restarts (server/queued-restart.h): restarts each server when its players have
 * left or its deadline has come; and those that wait for a build (server/build-wish.h).
 * left4me-when-empty.path starts it when a restart is queued, and it ends when none is left.
 * Between its looks it sleeps; it asks no server without a queued restart.
 *
 * Exit status: 0 nothing is queued any more, 1 failed and said why.
 */

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "base/time-text.h"
#include "common/host-config.h"
#include "when-empty/when-empty.h"

/* µs between two looks at servers with players, and at one that seems empty or waits for a build;
 * and between two tries to restart one. */
#define INTERVAL (30 * USEC_PER_SEC)
#define SHORTLY  (5 * USEC_PER_SEC)
#define RETRY    (300 * USEC_PER_SEC)

/* --- restarting ---------------------------------------------------------------------------------
 */

static bool is_time(const Waiting *waiting) {
        uint64_t deadline = waiting->restart.deadline_usec;

        if (waiting->retry > now_monotonic())
                return false;
        return waiting->is_empty || (deadline > 0 && deadline <= now_realtime());
}

/* With a spec that has errors the server would not come back. */
static bool may_restart(Waiting *waiting) {
        if (!server_spec_is_refused(&waiting->spec))
                return true;
        log_error(
                "Failed to restart '%s': its spec has errors, which 'l4d2ctl validate %s' shows",
                waiting->name, waiting->name);
        return false;
}

/* Not RestartUnit, which would start a server that was stopped this moment. */
static bool queue(UnitJobs *jobs, const Waiting *waiting) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        r = unit_jobs_add(jobs, "TryRestartUnit", waiting->units.server, &error);
        if (r < 0)
                log_error(
                        "Failed to restart '%s': %s", waiting->name, bus_error_message(&error, r));
        return r >= 0;
}

/* The next look forgets it when the run has ended: another one may be queued by now. */
static void say_end(const UnitJobs *jobs, const Waiting *waiting) {
        const UnitJob *job = unit_jobs_find(jobs, waiting->units.server);

        if (!job)
                return;
        if (strcmp(job->result, "done") != 0)
                log_error(
                        "Failed to restart '%s': systemd says '%s'; see 'journalctl -u %s'",
                        waiting->name, job->result, waiting->units.server);
        else
                log_info(
                        waiting->is_empty ? N_("Restarted '%s', which was empty")
                                          : N_("Restarted '%s': its deadline came"),
                        waiting->name);
}

int when_empty_restart(WhenEmpty *w) {
        _cleanup_(unit_jobs_freep) UnitJobs *jobs = NULL;
        int r;

        r = unit_jobs_new(w->bus, &jobs);
        if (r < 0)
                return log_error_errno(r, "Failed to listen to systemd");
        for (size_t i = 0; i < w->n_items; i++)
                if (is_time(&w->items[i])) {
                        w->items[i].retry = now_monotonic() + RETRY;
                        (void) (may_restart(&w->items[i]) && queue(jobs, &w->items[i]));
                }
        r = unit_jobs_wait(jobs);
        if (r < 0)
                return log_error_errno(r, "Failed to wait for systemd");
        for (size_t i = 0; i < w->n_items; i++)
                say_end(jobs, &w->items[i]);
        return 0;
}

/* --- the loop -----------------------------------------------------------------------------------
 */

static int look(WhenEmpty *w) {
        int r;

        r = when_empty_find(w);
        if (r < 0)
                return r;
        (void) sd_notifyf(
                0, "STATUS=%zu %s to be restarted when empty, %zu after a build", w->n_items,
                w->n_items == 1 ? "server" : "servers", w->n_builds);
        if (w->n_items == 0)
                return 0;
        r = when_empty_ask(w);
        if (r < 0)
                return r;
        when_empty_warn(w);
        r = when_empty_restart(w);
        /* Again, for those that are done now. */
        return r < 0 ? r : when_empty_find(w);
}

/* µs until the next look. */
static uint64_t pause_of(const WhenEmpty *w) {
        uint64_t now = now_realtime(), pause = w->n_builds > 0 ? SHORTLY : INTERVAL;

        for (size_t i = 0; i < w->n_items; i++) {
                uint64_t next = queued_restart_next(&w->items[i].restart, now);

                if (next - now < pause)
                        pause = next - now;
                if (w->items[i].n_empty == 1 && !w->items[i].is_empty && pause > SHORTLY)
                        pause = SHORTLY;
        }
        return pause;
}

/* Until the time is over, or a restart was queued or cancelled. */
static int wait_for_change(int inotify_fd, uint64_t usec) {
        struct pollfd p = { .fd = inotify_fd, .events = POLLIN };
        char events[4096];

        if (poll(&p, 1, (int) ((usec + 999) / 1000)) < 0 && errno != EINTR)
                return log_error_errno(-errno, "Failed to wait");
        while (read(inotify_fd, events, sizeof(events)) > 0)
                ;
        return 0;
}

static int run(WhenEmpty *w) {
        _cleanup_close_ int inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        int r;

        if (inotify_fd < 0 || inotify_add_watch(
                                      inotify_fd, w->paths->instances_dir,
                                      IN_ATTRIB | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                                              IN_MOVED_TO | IN_ONLYDIR) < 0)
                return log_error_errno(-errno, "Failed to watch %s", w->paths->instances_dir);

        for (;;) {
                r = look(w);
                if (r < 0 || (w->n_items == 0 && w->n_builds == 0 && !w->has_unreadable))
                        return r;
                r = wait_for_change(inotify_fd, pause_of(w));
                if (r < 0)
                        return r;
        }
}

static void when_empty_done(WhenEmpty *w) {
        for (size_t i = 0; i < w->n_items; i++)
                waiting_done(&w->items[i]);
        free(w->items);
        sd_bus_flush_close_unref(w->bus);
        if (w->specs.paths)
                spec_context_close(&w->specs);
}

static int open_all(const Paths *paths, const HostConfig *config, WhenEmpty *w) {
        SpecContext specs;
        int r;

        w->paths = paths;
        r = spec_context_open(paths, config, &specs);
        if (r < 0)
                return log_error_errno(r, "Failed to open %s", paths->instances_dir);
        w->specs = specs;
        r = bus_open(&w->bus);
        return r < 0 ? log_error_errno(r, "Failed to connect to systemd") : 0;
}

/* All its writes are atomic. */
static void on_stop(int signal _unused_) {
        _exit(EXIT_SUCCESS);
}

int main(void) {
        _cleanup_(host_config_freep) HostConfig *config = NULL;
        _cleanup_(paths_freep) Paths *paths = NULL;
        _cleanup_(when_empty_done) WhenEmpty w = {};
        int r;

        /* The kernel passes a signal without a handler to no process 1 of a PID namespace, which
         * this one is: a shutdown of the host would wait for it until the timeout. */
        (void) sigaction(SIGTERM, &(struct sigaction) { .sa_handler = on_stop }, NULL);
        text_setup();
        log_setup("left4me-when-empty", LOG_TARGET_STDERR);
        r = paths_from_environment(&paths);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to use LEFT4ME_ROOT");
                return EXIT_FAILURE;
        }
        r = host_config_use(paths, &config);
        if (r < 0)
                return EXIT_FAILURE;
        r = open_all(paths, config, &w);
        if (r >= 0)
                r = run(&w);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
