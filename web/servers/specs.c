/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The specs' side of the table of servers: which there are and what they say, read again when
 * inotify says that a file changed, when a blueprint did, and when systemd was reloaded.
 */

#include "servers/internal.h"

#include <dirent.h>
#include <string.h>
#include <sys/inotify.h>

#include "base/log.h"

/* A directory of blueprints/. */
typedef struct OwnerWatch {
        sd_event_source *source;
        struct OwnerWatch *next;
} OwnerWatch;

static const uint32_t directory_events = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                         IN_CLOSE_WRITE | IN_ATTRIB | IN_ONLYDIR | IN_EXCL_UNLINK;

static void wake(Servers *servers) {
        (void) sd_event_source_set_enabled(servers->publish, SD_EVENT_ONESHOT);
}

void servers_specs_stale(Servers *servers) {
        servers->names_are_stale = true;
        for (size_t i = 0; i < servers->n_items; i++)
                servers->items[i]->spec_is_stale = true;
        wake(servers);
}

/* --- watching -----------------------------------------------------------------------------------
 */

static int on_instances(
        sd_event_source *source _unused_, const struct inotify_event *event, void *userdata) {
        Servers *servers = userdata;
        Server *server = event->len > 0 ? servers_find_any(servers, event->name) : NULL;

        if (event->mask & IN_Q_OVERFLOW)
                servers_specs_stale(servers);
        /* Gone, or another directory: the watch is set again as well. */
        if (server) {
                server->watch = sd_event_source_disable_unref(server->watch);
                server->spec_is_stale = true;
        }
        servers->names_are_stale = true;
        wake(servers);
        return 0;
}

static int on_instance(
        sd_event_source *source _unused_, const struct inotify_event *event _unused_,
        void *userdata) {
        Server *server = userdata;

        server->spec_is_stale = true;
        wake(server->servers);
        return 0;
}

static int on_blueprints(
        sd_event_source *source _unused_, const struct inotify_event *event _unused_,
        void *userdata) {
        Servers *servers = userdata;

        servers->owners_are_stale = true;
        /* The resolved spec may have changed, whichever blueprint it names. */
        for (size_t i = 0; i < servers->n_items; i++) {
                const Spec *spec = servers->items[i]->spec.spec;

                if (!spec || spec->blueprint)
                        servers->items[i]->spec_is_stale = true;
        }
        wake(servers);
        return 0;
}

static int watch_owner(Servers *servers, const char *path) {
        OwnerWatch *owner = calloc(1, sizeof(*owner));
        int r;

        if (!owner)
                return -ENOMEM;
        r = sd_event_add_inotify(
                servers->event, &owner->source, path, directory_events, on_blueprints, servers);
        if (r < 0) {
                free(owner);
                /* Gone again, or no directory. */
                return r == -ENOENT || r == -ENOTDIR ? 0 : r;
        }
        owner->next = servers->owners;
        servers->owners = owner;
        return 0;
}

static void free_owners(Servers *servers) {
        while (servers->owners) {
                OwnerWatch *owner = servers->owners;

                servers->owners = owner->next;
                sd_event_source_disable_unref(owner->source);
                free(owner);
        }
}

/* Owners are few and rarely change: all watches are set again. */
static int watch_owners(Servers *servers) {
        const char *directory = servers->specs->paths->blueprints_dir;
        _cleanup_(closedirp) DIR *d = opendir(directory);
        const struct dirent *entry;

        free_owners(servers);
        if (!d)
                return errno == ENOENT ? 0 : -errno;
        while ((entry = readdir(d))) {
                _cleanup_free_ char *path = NULL;
                int r;

                if (entry->d_name[0] == '.')
                        continue;
                if (asprintf(&path, "%s/%s", directory, entry->d_name) < 0)
                        return -ENOMEM;
                r = watch_owner(servers, path);
                if (r < 0)
                        return r;
        }
        return 0;
}

static void watch_instance(Servers *servers, Server *server) {
        _cleanup_free_ char *path = NULL;
        int r;

        if (asprintf(&path, "%s/%s", servers->specs->paths->instances_dir, server->name) < 0)
                return;
        r = sd_event_add_inotify(
                servers->event, &server->watch, path, directory_events, on_instance, server);
        if (r < 0 && r != -ENOENT && r != -ENOTDIR)
                (void) log_error_errno(r, "Failed to watch the spec of '%s'", server->name);
}

int servers_specs_watch(Servers *servers) {
        const Paths *paths = servers->specs->paths;
        int r;

        r = sd_event_add_inotify(
                servers->event, &servers->instances_watch, paths->instances_dir, directory_events,
                on_instances, servers);
        if (r < 0)
                return r;
        r = sd_event_add_inotify(
                servers->event, &servers->blueprints_watch, paths->blueprints_dir, directory_events,
                on_blueprints, servers);
        if (r < 0 && r != -ENOENT)
                return r;
        servers->owners_are_stale = true;
        servers_specs_stale(servers);
        return 0;
}

/* --- reading ------------------------------------------------------------------------------------
 */

static int find_names(Servers *servers) {
        _cleanup_(closedirp) DIR *d = opendir(servers->specs->paths->instances_dir);
        const struct dirent *entry;
        Server *server;
        int r;

        if (!d)
                return -errno;
        while ((entry = readdir(d))) {
                if (!instance_name_is_valid(entry->d_name))
                        continue;
                r = servers_add(servers, entry->d_name, &server);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < servers->n_items; i++) {
                server = servers->items[i];
                if (server->watch)
                        continue;
                watch_instance(servers, server);
                server->spec_is_stale = true;
        }
        return 0;
}

/* A change of another server may fix a refused one: a port becomes free. */
static void doubt_refused(Servers *servers) {
        for (size_t i = 0; i < servers->n_items; i++) {
                const ServerSpec *spec = &servers->items[i]->spec;

                if (spec_errors_any(&spec->errors) || spec->is_unread)
                        servers->items[i]->spec_is_stale = true;
        }
}

static void read_spec(Servers *servers, Server *server, const SpecSet *all) {
        _cleanup_(server_spec_clear) ServerSpec spec = {};
        int r;

        server->spec_is_stale = false;
        r = server_spec_load(servers->specs, server->name, all, &spec);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to read the spec of '%s'", server->name);
                return;
        }
        server_spec_clear(&server->spec);
        server->spec = spec;
        spec = (ServerSpec) {};
        servers_touch(servers, server);
}

static size_t count_stale(const Servers *servers) {
        size_t n = 0;

        for (size_t i = 0; i < servers->n_items; i++)
                n += servers->items[i]->spec_is_stale;
        return n;
}

void servers_specs_update(Servers *servers) {
        _cleanup_(spec_set_freep) SpecSet *all = NULL;
        size_t n_stale;
        int r = 0;

        if (servers->owners_are_stale)
                r = watch_owners(servers);
        servers->owners_are_stale = false;
        if (r < 0)
                (void) log_error_errno(r, "Failed to watch blueprints");

        r = servers->names_are_stale ? find_names(servers) : 0;
        servers->names_are_stale = false;
        if (r < 0)
                (void) log_error_errno(r, "Failed to look for specs");

        if (count_stale(servers) == 0)
                return;
        doubt_refused(servers);
        n_stale = count_stale(servers);
        /* Loaded once for all, unless it is a single one, which hardly ever needs it. */
        if (n_stale > 1 && spec_set_load(servers->specs, NULL, NULL, &all) < 0)
                all = NULL;
        for (size_t i = 0; i < servers->n_items; i++)
                if (servers->items[i]->spec_is_stale)
                        read_spec(servers, servers->items[i], all);
}

void servers_specs_close(Servers *servers) {
        free_owners(servers);
        sd_event_source_disable_unref(servers->instances_watch);
        sd_event_source_disable_unref(servers->blueprints_watch);
}
