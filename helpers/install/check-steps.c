/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Root's part of the check for an update, around the question to Steam: whether it is to be asked
 * at all, the build that is installed, and the alert. An installation goes before a check: it ends
 * one that runs, and none begins meanwhile, because both run steamcmd in the same home. Each looks
 * at the other's unit when its own is active already, so one of them sees the other.
 */

#include <fcntl.h>
#include <string.h>

#include "alert/name.h"
#include "base/exit-code.h"
#include "base/file.h"
#include "base/identity.h"
#include "base/log.h"
#include "content/job-unit.h"
#include "content/update-check.h"
#include "game/build-id.h"
#include "install/check.h"
#include "journal/sync.h"
#include "spec/overlay-dir.h"
#include "systemd/bus.h"

enum { MANIFEST_SIZE_MAX = 1024 * 1024 };

/* --- begin --------------------------------------------------------------------------------------
 */

/* As the owner: what is in the manifest is read in the sandbox. */
static int copy_manifest(void *userdata) {
        static const FileLimits limits = { .size_max = MANIFEST_SIZE_MAX, .linked = true };
        const Paths *paths = userdata;
        _cleanup_close_ int out_fd = update_check_open_dir(paths), root_fd = -EBADF,
                            tree_fd = -EBADF;
        _cleanup_free_ char *version = NULL, *text = NULL;
        size_t size;
        int r;

        if (out_fd < 0)
                return out_fd;
        if (unlinkat(out_fd, UPDATE_CHECK_MANIFEST, 0) < 0 && errno != ENOENT)
                return -errno;
        root_fd = open(paths->installation_dir, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (root_fd < 0)
                return -errno;
        r = overlay_dir_open_current(root_fd, &tree_fd, &version);
        if (r < 0)
                return r;
        r = read_file_beneath(tree_fd, BUILD_ID_DIR "/" BUILD_ID_MANIFEST, &limits, &text, &size);
        return r < 0 ? r : write_file_atomic(out_fd, UPDATE_CHECK_MANIFEST, text, size, 0644);
}

/* Whether steamcmd has made the current version. Other errors leave its build unknown. */
static bool find_installed(Paths *paths) {
        _cleanup_close_ int fd = update_check_open_dir(paths);
        _cleanup_(identity_done) Identity owner = {};
        int r;

        if (fd < 0)
                return true; /* the next step says so */
        r = identity_of_owner(fd, &owner);
        if (r >= 0)
                r = identity_run(&owner, copy_manifest, paths);
        if (r == -ENOENT || r == -ENODATA || r == -ESTALE)
                return false;
        if (r < 0)
                log_warning("Failed to find the build of the current version: %s", strerror(-r));
        return true;
}

/* -errno: can't be told. */
static int is_active(sd_bus *bus, JobKind kind) {
        _cleanup_(job_unit_clear) JobUnit unit = {};
        char name[JOB_UNIT_MAX];
        int r;

        r = job_unit_name(kind, NULL, name);
        if (r >= 0)
                r = job_unit_read(bus, name, &unit, NULL);
        return r < 0 ? r : unit.is_active;
}

static bool is_installing(void) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        int r;

        r = bus_open(&bus);
        if (r >= 0)
                r = is_active(bus, JOB_INSTALL);
        if (r < 0)
                log_warning("Failed to ask systemd about an installation: %s", strerror(-r));
        return r > 0;
}

/* Why Steam is not asked, on a day on which no user wants it; NULL: it is. */
static const char *find_obstacle(const Install *install, bool is_installed) {
        if (!install->config->checks_daily)
                return "update_check=never";
        if (!is_installed)
                return "steamcmd has not installed the game on this host";
        if (access(install->config->steamcmd, X_OK) < 0)
                return "steamcmd= of left4me.conf does not name a program";
        return NULL;
}

static int begin_wanted(const Install *install) {
        (void) find_installed(install->paths);
        if (is_installing()) {
                log_error("Failed to check for an update: an installation of the game runs; try "
                          "again after it");
                return INSTALL_CHECK_FAILED;
        }
        if (access(install->config->steamcmd, X_OK) < 0) {
                (void) log_error_errno(
                        -errno,
                        "Failed to check for an update: steamcmd is not at %s; set steamcmd= in %s",
                        install->config->steamcmd, install->paths->config_file);
                return INSTALL_CHECK_FAILED;
        }
        return CTL_OK;
}

static int begin_daily(const Install *install) {
        const char *obstacle = find_obstacle(install, find_installed(install->paths));

        if (!obstacle && is_installing())
                obstacle = "an installation runs, which finds the newest build itself";
        if (!obstacle)
                return CTL_OK;
        log_info("Steam is not asked for an update: %s", obstacle);
        return INSTALL_CHECK_SKIPPED;
}

int install_check_begin(Install *install) {
        int r;

        r = update_check_request_take(install->paths) ? begin_wanted(install)
                                                      : begin_daily(install);
        if (r != CTL_OK)
                return r;
        return install_write_environment(install, "check-environment") == CTL_OK
                       ? CTL_OK
                       : INSTALL_CHECK_FAILED;
}

/* --- end ----------------------------------------------------------------------------------------
 */

int install_check_end(Install *install _unused_) {
        journal_take_last_lines();
        return CTL_OK;
}

/* --- the alert ----------------------------------------------------------------------------------
 */

static int start_alert(sd_bus_error *reterr) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        _cleanup_(unit_jobs_freep) UnitJobs *jobs = NULL;
        char unit[ALERT_UNIT_MAX];
        int r;

        alert_unit_name(ALERT_GAME_UPDATE, ALERT_HOST, unit);
        r = bus_open(&bus);
        if (r >= 0)
                r = unit_jobs_new(bus, &jobs);
        return r < 0 ? r : unit_jobs_add(jobs, "StartUnit", unit, reterr);
}

/* The check itself has succeeded. */
int install_check_tell(Install *install) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        UpdateCheck check;
        int r;

        if (update_check_read(install->paths, &check) < 0 || !check.is_news)
                return CTL_OK;
        r = start_alert(&error);
        if (r < 0)
                log_warning("Failed to start the alert: %s", bus_error_message(&error, r));
        return CTL_OK;
}

/* --- an installation ----------------------------------------------------------------------------
 */

static int end_check(sd_bus *bus, sd_bus_error *reterr) {
        _cleanup_(unit_jobs_freep) UnitJobs *jobs = NULL;
        char unit[JOB_UNIT_MAX];
        int r;

        r = is_active(bus, JOB_CHECK);
        if (r <= 0)
                return r;
        log_info("Ending the check for an update, which runs");
        r = job_unit_name(JOB_CHECK, NULL, unit);
        if (r >= 0)
                r = unit_jobs_new(bus, &jobs);
        if (r >= 0)
                r = unit_jobs_add(jobs, "StopUnit", unit, reterr);
        return r < 0 ? r : unit_jobs_wait(jobs);
}

void install_end_check(void) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        int r;

        r = bus_open(&bus);
        if (r >= 0)
                r = end_check(bus, &error);
        if (r < 0)
                log_warning(
                        "Failed to end a check for an update: %s", bus_error_message(&error, r));
}
