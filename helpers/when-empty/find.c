/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "when-empty/when-empty.h"

#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "layer/tree-record.h"
#include "server/owner.h"

/* Forgets everything but the name. */
static void clear(Waiting *waiting) {
        unit_query_clear(&waiting->query);
        server_spec_clear(&waiting->spec);
        console_free(waiting->console);
        waiting->console = NULL;
        waiting->error = 0;
        waiting->n_empty = waiting->warned = 0;
        waiting->is_empty = false;
        waiting->is_asked = false;
        waiting->retry = 0;
}

void waiting_done(Waiting *waiting) {
        clear(waiting);
}

static Waiting *find(WhenEmpty *w, const char *name) {
        for (size_t i = 0; i < w->n_items; i++)
                if (strcmp(w->items[i].name, name) == 0)
                        return &w->items[i];
        return NULL;
}

static Waiting *add(WhenEmpty *w, const char *name) {
        Waiting *items = reallocarray(w->items, w->n_items + 1, sizeof(*items));
        Waiting *waiting;

        if (!items)
                return NULL;
        w->items = items;
        waiting = &items[w->n_items++];
        *waiting = (Waiting) {};
        (void) snprintf(waiting->name, sizeof(waiting->name), "%.*s", INSTANCE_NAME_MAX, name);
        unit_names(name, &waiting->units);
        return waiting;
}

static bool is_same(const QueuedRestart *a, const QueuedRestart *b) {
        /* The clock moves the other times. */
        if (a->deadline_boottime > 0 || b->deadline_boottime > 0)
                return a->deadline_boottime == b->deadline_boottime &&
                       strcmp(a->invocation_id, b->invocation_id) == 0;
        return a->queued_usec == b->queued_usec && a->deadline_usec == b->deadline_usec &&
               strcmp(a->invocation_id, b->invocation_id) == 0;
}

static int take_over(WhenEmpty *w, const char *name, const QueuedRestart *restart) {
        Waiting *waiting = find(w, name);

        if (!waiting)
                waiting = add(w, name);
        if (!waiting)
                return log_error_errno(-ENOMEM, "Failed to find servers that wait");

        if (!is_same(&waiting->restart, restart))
                clear(waiting);
        waiting->restart = *restart;
        waiting->is_found = true;
        return 0;
}

/* The path unit sees such a file, too: without the service that waits it would start one after the
 * other. */
static void look_at_other(WhenEmpty *w, const char *name) {
        if (!queued_restart_is_beside(&w->specs, name) && !build_wish_is_beside(&w->specs, name))
                return;
        w->has_unreadable = true;
        if (!w->has_warned)
                log_warning(
                        "%s has a queued restart in a directory without a server: remove it",
                        w->paths->instances_dir);
        w->has_warned = true;
}

int when_empty_check_owner(WhenEmpty *w, const char *name, const char *owner) {
        int r = server_owner_is(&w->specs, name, owner);

        if (r > 0 || r == -ENOMEM)
                return r;
        /* One whose owner can't be read from its spec could not be restarted, either. */
        if (r < 0)
                (void) log_error_errno(r, "Failed to find the owner of '%s'", name);
        log_info(
                "'%s' does not belong to the user '%s' now, who asked for a restart: it is "
                "forgotten",
                name, owner);
        return 0;
}

/* Waits for its players, unless the server has changed hands since. */
static int look_at_restart(WhenEmpty *w, const char *name, const QueuedRestart *restart) {
        int r = when_empty_check_owner(w, name, restart->owner);

        if (r > 0)
                return take_over(w, name, restart);
        if (r == 0)
                r = queued_restart_remove(&w->specs, name);
        if (r < 0)
                (void) log_error_errno(r, "Failed to remove the queued restart of '%s'", name);
        w->has_unreadable |= r < 0;
        return r == -ENOMEM ? r : 0;
}

static bool is_of_disk(int error) {
        return error == -ENOSPC || error == -EDQUOT || error == -EROFS || error == -EIO;
}

static int look_at(WhenEmpty *w, const char *name) {
        QueuedRestart restart;
        int r;

        /* First: what was wished may be a queued restart by now. */
        r = when_empty_look_at_builds(w, name);
        if (r < 0 && !is_of_disk(r))
                return r;
        /* It has been said, and concerns this server alone. */
        w->has_unreadable |= r < 0;
        r = queued_restart_load(&w->specs, name, &restart);
        if (r >= 0)
                return look_at_restart(w, name, &restart);
        if (r == -ENOTDIR)
                look_at_other(w, name);
        if (r == -ENOENT || r == -ENOTDIR)
                return 0;
        if (r == -EINVAL) {
                log_warning(
                        "The file of the queued restart of '%s' is damaged, it is removed", name);
                r = queued_restart_remove(&w->specs, name);
        }
        if (r < 0) {
                (void) log_error_errno(r, "Failed to read the queued restart of '%s'", name);
                w->has_unreadable = true;
        }
        return 0;
}

/* Forgets servers whose file is gone. */
static void drop_cancelled(WhenEmpty *w) {
        size_t n = 0;

        for (size_t i = 0; i < w->n_items; i++)
                if (w->items[i].is_found)
                        w->items[n++] = w->items[i];
                else
                        waiting_done(&w->items[i]);
        w->n_items = n;
}

static int find_files(WhenEmpty *w) {
        _cleanup_(closedirp) DIR *dir = open_listing(w->specs.instances_fd);
        const struct dirent *entry;
        int r;

        if (!dir)
                return log_error_errno(-errno, "Failed to open %s", w->paths->instances_dir);
        w->has_unreadable = false;
        w->n_builds = 0;
        for (size_t i = 0; i < w->n_items; i++)
                w->items[i].is_found = false;
        while ((r = next_entry(dir, &entry)) > 0) {
                if (!instance_name_is_valid(entry->d_name)) {
                        look_at_other(w, entry->d_name);
                        continue;
                }
                r = look_at(w, entry->d_name);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return log_error_errno(r, "Failed to read %s", w->paths->instances_dir);
        drop_cancelled(w);
        return 0;
}

static int ask_systemd(WhenEmpty *w) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_free_ UnitQuery *queries = calloc(w->n_items + 1, sizeof(*queries));
        int r;

        if (!queries)
                return log_error_errno(-ENOMEM, "Failed to ask systemd");
        for (size_t i = 0; i < w->n_items; i++) {
                unit_query_clear(&w->items[i].query);
                queries[i].unit = w->items[i].units.server;
                queries[i].overlay = w->items[i].units.overlay;
        }
        r = bus_query_units(w->bus, queries, w->n_items, &error);
        for (size_t i = 0; i < w->n_items; i++) {
                w->items[i].query = queries[i];
                w->items[i].query.unit = w->items[i].query.overlay = NULL; /* it may move */
                unit_state_read_tree(&w->items[i].query.state, w->paths, w->items[i].name);
        }
        if (r < 0)
                log_error(
                        "Failed to ask systemd for the servers: %s", bus_error_message(&error, r));
        return r;
}

/* Unless another one was queued since it was read, which may be about the new run. */
static int remove_ended(WhenEmpty *w, const Waiting *waiting) {
        QueuedRestart now;
        int r;

        r = queued_restart_load(&w->specs, waiting->name, &now);
        if (r >= 0 && !is_same(&waiting->restart, &now))
                return 0;
        r = queued_restart_remove(&w->specs, waiting->name);
        if (r < 0)
                return log_error_errno(
                        r, "Failed to remove the queued restart of '%s'", waiting->name);
        log_info(
                unit_state_is_active(&waiting->query.state)
                        ? N_("'%s' has restarted since: its queued restart is done")
                        : N_("'%s' does not run any more: its queued restart is forgotten, and its "
                             "next start applies all changes"),
                waiting->name);
        return 0;
}

/* A run that has ended, however, needs no restart any more. */
static int drop_ended(WhenEmpty *w) {
        for (size_t i = 0; i < w->n_items; i++) {
                Waiting *waiting = &w->items[i];
                int r;

                waiting->is_found = queued_restart_is_due(&waiting->restart, &waiting->query.state);
                r = waiting->is_found ? 0 : remove_ended(w, waiting);
                if (r < 0)
                        return r;
        }
        drop_cancelled(w);
        return 0;
}

int when_empty_find(WhenEmpty *w) {
        int r;

        r = find_files(w);
        if (r >= 0 && w->n_items > 0)
                r = ask_systemd(w);
        return r < 0 ? r : drop_ended(w);
}
