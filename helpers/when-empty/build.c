/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Restarts that wait for the build of an overlay (server/build-wish.h). When the job has ended, the
 * wish becomes a queued restart, or is forgotten: the job made no new version, the server does not
 * run or has the new version already, or it no longer belongs to the user who wished it.
 */

#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/time-text.h"
#include "content/job-unit.h"
#include "layer/outdated.h"
#include "server/owner.h"
#include "spec/overlay-dir.h"
#include "when-empty/when-empty.h"

/* --- the job ------------------------------------------------------------------------------------
 */

/* 1: it runs; 0: it has ended, or systemd knows no such run. */
static int job_runs(WhenEmpty *w, const BuildWish *wish) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(job_unit_clear) JobUnit unit = {};
        char name[JOB_UNIT_MAX];
        int r;

        r = job_unit_name(wish->kind, wish->ref, name);
        if (r >= 0)
                r = job_unit_read_state(w->bus, name, &unit, &error);
        if (r < 0) {
                log_error(
                        "Failed to ask systemd for the build of '%s': %s", wish->ref,
                        bus_error_message(&error, r));
                return r;
        }
        return unit.is_active && strcmp(unit.id, wish->job) == 0;
}

/* Whether the overlay is at another version than before the build. One that was deleted is not. */
static bool has_new_version(const WhenEmpty *w, const BuildWish *wish) {
        _cleanup_close_ int fd = -EBADF, root_fd = -EBADF;
        _cleanup_free_ char *version = NULL;

        root_fd = open(w->paths->overlays_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root_fd < 0 || overlay_dir_open(root_fd, wish->ref, &fd, &version) < 0 || !version)
                return false;
        return strcmp(version + strlen(VERSIONS_PREFIX), wish->version) != 0;
}

/* --- the server ---------------------------------------------------------------------------------
 */

/* Whether a restart gives the server another version of the overlay. */
static bool has_old_version(const WhenEmpty *w, const char *name, const char *ref) {
        _cleanup_(outdated_layers_clear) OutdatedLayers layers = {};

        if (outdated_layers_find(w->paths, name, &layers) < 0)
                return false;
        for (size_t i = 0; i < layers.n_items; i++)
                if (layers.items[i].mounted.ref && layers.items[i].current &&
                    strcmp(layers.items[i].mounted.ref, ref) == 0)
                        return true;
        return false;
}

static int find_invocation(WhenEmpty *w, const char *name, QueuedRestart *restart) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        UnitQuery query = {};
        UnitNames units;
        int r;

        unit_names(name, &units);
        query.unit = units.server;
        query.overlay = units.overlay;
        r = bus_query_units(w->bus, &query, 1, &error);
        if (r < 0)
                log_error("Failed to ask systemd for '%s': %s", name, bus_error_message(&error, r));
        else if (query.state.invocation_id)
                (void) snprintf(
                        restart->invocation_id, sizeof(restart->invocation_id), "%s",
                        query.state.invocation_id);
        /* 1: it runs. */
        r = r < 0 ? r : queued_restart_is_due(restart, &query.state);
        unit_query_clear(&query);
        return r;
}

/* A restart of the same run that is queued already and comes as early stays. */
static bool is_queued_already(const WhenEmpty *w, const char *name, const QueuedRestart *new) {
        QueuedRestart old;

        if (queued_restart_load(&w->specs, name, &old) < 0 ||
            strcmp(old.invocation_id, new->invocation_id) != 0 ||
            server_owner_is(&w->specs, name, old.owner) <= 0)
                return false;
        return new->deadline_usec == 0 ||
               (old.deadline_usec > 0 && old.deadline_usec <= new->deadline_usec);
}

/* 1: a restart is queued; 0: none is needed. */
static int queue(WhenEmpty *w, const char *name, const BuildWish *wish) {
        QueuedRestart restart = { .queued_usec = now_realtime() };
        int r;

        if (wish->is_now) {
                restart.deadline_usec = restart.queued_usec;
                restart.deadline_boottime = now_boottime();
        }
        (void) snprintf(restart.user, sizeof(restart.user), "%s", wish->user);
        (void) snprintf(restart.owner, sizeof(restart.owner), "%s", wish->owner);
        r = find_invocation(w, name, &restart);
        if (r <= 0 || is_queued_already(w, name, &restart))
                return r;
        r = queued_restart_save(&w->specs, name, &restart);
        return r < 0 ? log_error_errno(r, "Failed to queue a restart of '%s'", name) : 1;
}

/* --- all wishes ---------------------------------------------------------------------------------
 */

/* 1: a restart is queued; 0: not, which it says. */
static int fulfil(WhenEmpty *w, const char *name, const BuildWish *wish) {
        int r;

        r = when_empty_check_owner(w, name, wish->owner);
        if (r <= 0)
                return r;
        if (!has_new_version(w, wish)) {
                log_info(
                        "The build of '%s' made no new version: '%s' is not restarted", wish->ref,
                        name);
                return 0;
        }
        r = has_old_version(w, name, wish->ref) ? queue(w, name, wish) : 0;
        if (r > 0)
                log_info(
                        "The build of '%s' has ended: the restart of '%s' is queued", wish->ref,
                        name);
        else if (r == 0)
                log_info("The build of '%s' has ended: '%s' needs no restart", wish->ref, name);
        return r;
}

static int settle(WhenEmpty *w, const char *name, const BuildWish *wish) {
        int r;

        r = fulfil(w, name, wish);
        if (r < 0)
                return r;
        r = build_wish_remove(&w->specs, name, wish->ref);
        return r < 0 ? log_error_errno(
                               r, "Failed to forget the restart of '%s' after the build of '%s'",
                               name, wish->ref)
                     : 0;
}

static int look_at_wish(WhenEmpty *w, const char *name, const BuildWish *wish) {
        int r = job_runs(w, wish);

        if (r <= 0)
                return r < 0 ? r : settle(w, name, wish);
        w->n_builds++;
        return 0;
}

int when_empty_look_at_builds(WhenEmpty *w, const char *name) {
        _cleanup_(build_wishes_clear) BuildWishes wishes = {};
        size_t n_bad = 0;
        int r;

        r = build_wishes_load(&w->specs, name, &wishes, &n_bad);
        /* A directory that can't be read is said where its queued restart is looked for. */
        if (r < 0)
                return r == -ENOMEM ? log_error_errno(r, "Failed to find servers that wait") : 0;
        if (n_bad > 0 && !w->has_warned_of_builds)
                log_warning(
                        "A restart of '%s' after a build can't be read; 'l4d2ctl restart --cancel %s' "
                        "forgets it",
                        name, name);
        w->has_warned_of_builds = w->has_warned_of_builds || n_bad > 0;
        w->has_unreadable = w->has_unreadable || n_bad > 0;
        for (size_t i = 0; r >= 0 && i < wishes.n_items; i++)
                r = look_at_wish(w, name, &wishes.items[i]);
        return r;
}
