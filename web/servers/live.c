/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The live states that left4me-watch writes, one file a server: read again when inotify says that
 * one was replaced. A file that stays as it is for longer than the watcher's pauses is one of a
 * left4me-watch that has stopped. Values are old then, and also when the game has not answered for
 * as long: the watcher keeps the last ones of a server that it can't ask. Pages say how old.
 */

#include "servers/internal.h"

#include <string.h>
#include <sys/inotify.h>

#include "base/log.h"
#include "base/time-text.h"
#include "base/timer.h"

#define LOOK_INTERVAL (5 * USEC_PER_SEC)

/* --- watching -----------------------------------------------------------------------------------
 */

static void all_stale(Servers *servers) {
        for (size_t i = 0; i < servers->n_items; i++)
                servers->items[i]->live_is_stale = true;
        servers_touch(servers, NULL);
}

/* The server of "NAME.json"; NULL: another file, or an unknown server. */
static Server *find_by_file(Servers *servers, const char *file) {
        static const char ending[] = ".json";
        size_t length = strlen(file), n = sizeof(ending) - 1;
        char name[INSTANCE_NAME_MAX + 1];

        if (length <= n || length - n > INSTANCE_NAME_MAX || strcmp(file + length - n, ending) != 0)
                return NULL;
        memcpy(name, file, length - n);
        name[length - n] = '\0';
        return servers_find_any(servers, name);
}

static int on_state(
        sd_event_source *source _unused_, const struct inotify_event *event, void *userdata) {
        Servers *servers = userdata;
        Server *server = event->len > 0 ? find_by_file(servers, event->name) : NULL;

        if (event->mask & IN_Q_OVERFLOW)
                all_stale(servers);
        /* The directory is gone: the timer looks for another. */
        if (event->mask & IN_IGNORED)
                servers->live_watch = sd_event_source_disable_unref(servers->live_watch);
        if (server) {
                server->live_is_stale = true;
                servers_touch(servers, server);
        }
        return 0;
}

static void watch(Servers *servers) {
        int r;

        if (servers->live_watch)
                return;
        r = sd_event_add_inotify(
                servers->event, &servers->live_watch, servers->specs->paths->watch_dir,
                IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CLOSE_WRITE | IN_ONLYDIR, on_state,
                servers);
        if (r >= 0)
                all_stale(servers);
        else if (r != -ENOENT && r != -ENOTDIR && !servers->live_has_complained)
                (void) log_error_errno(r, "Failed to watch the live states of servers");
        servers->live_has_complained = r < 0;
}

/* --- reading ------------------------------------------------------------------------------------
 */

static LiveAge age_of(const Server *server) {
        const HostConfig *config = server->servers->specs->config;

        return live_state_age(
                server->live, config->watch_interval_sec * USEC_PER_SEC, now_realtime());
}

const LiveState *server_get_live(const Server *server) {
        const LiveState *live = server->live;

        return live && server->state == SERVER_RUNNING &&
                               live_state_is_of(live, server_get_unit(server)->invocation_id)
                       ? live
                       : NULL;
}

bool server_live_is_old(const Server *server) {
        return server->live_age != LIVE_NEW;
}

bool server_is_unwatched(const Server *server) {
        return server->live_age == LIVE_UNWATCHED;
}

void server_live_update(Server *server) {
        _cleanup_free_ LiveState *live = NULL;
        int r;

        if (server->live_is_stale) {
                server->live_is_stale = false;
                r = live_state_read(server->servers->specs->paths, server->name, &live);
                if (r < 0 && r != -ENOENT)
                        (void) log_error_errno(
                                r, "Failed to read the live state of '%s'", server->name);
                free(server->live);
                server->live = TAKE_PTR(live);
        }
        server->live_age = server->live ? age_of(server) : LIVE_NEW;
}

/* Nothing announces that a file was not replaced. */
static int on_timer(sd_event_source *source, uint64_t now _unused_, void *userdata) {
        Servers *servers = userdata;

        watch(servers);
        for (size_t i = 0; i < servers->n_items; i++) {
                Server *server = servers->items[i];

                if (server->live && age_of(server) != server->live_age)
                        servers_touch(servers, server);
        }
        return timer_start(source, LOOK_INTERVAL);
}

int servers_live_watch(Servers *servers) {
        watch(servers);
        return sd_event_add_time_relative(
                servers->event, &servers->live_timer, CLOCK_MONOTONIC, LOOK_INTERVAL, USEC_PER_SEC,
                on_timer, servers);
}

void servers_live_close(Servers *servers) {
        sd_event_source_disable_unref(servers->live_watch);
        sd_event_source_disable_unref(servers->live_timer);
}
