/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/stream-watch.h"

#include <sys/inotify.h>

#include "app/stream.h"
#include "auth/session.h"
#include "base/time-text.h"
#include "base/timer.h"
#include "servers/servers.h"

/* A thousand streams are checked in some milliseconds: not after each of many changes. */
#define DELAY (USEC_PER_SEC / 2)

struct StreamWatch {
        Web *web;
        sd_event_source *users, *timer;
        ServersListener listener;
        bool is_armed;
};

static void arm(void *userdata) {
        StreamWatch *watch = userdata;

        if (watch->is_armed)
                return;
        watch->is_armed = timer_start(watch->timer, DELAY) >= 0;
}

static int on_timer(_unused_ sd_event_source *source, _unused_ uint64_t now, void *userdata) {
        StreamWatch *watch = userdata;

        /* A check may itself find sessions that are over, which arms it again. */
        watch->is_armed = false;
        streams_check(watch->web);
        return 0;
}

static int on_users(
        _unused_ sd_event_source *source, _unused_ const struct inotify_event *event,
        void *userdata) {
        arm(userdata);
        return 0;
}

int stream_watch_new(Web *web, StreamWatch **ret) {
        _cleanup_(stream_watch_freep) StreamWatch *watch = calloc(1, sizeof(*watch));
        int r;

        if (!watch)
                return -ENOMEM;
        watch->web = web;
        r = sd_event_add_time_relative(
                web->event, &watch->timer, CLOCK_MONOTONIC, DELAY, USEC_PER_SEC / 10, on_timer,
                watch);
        if (r < 0)
                return r;
        r = sd_event_add_inotify(
                web->event, &watch->users, web->paths->users_dir,
                IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR,
                on_users, watch);
        if (r < 0)
                return r;

        watch->is_armed = true;
        watch->listener = (ServersListener) { .changed = arm, .userdata = watch };
        servers_listen(web->servers, &watch->listener);
        sessions_listen(web->sessions, arm, watch);
        *ret = TAKE_PTR(watch);
        return 0;
}

StreamWatch *stream_watch_free(StreamWatch *watch) {
        if (!watch)
                return NULL;
        if (watch->listener.userdata) {
                servers_unlisten(watch->web->servers, &watch->listener);
                sessions_listen(watch->web->sessions, NULL, NULL);
        }
        sd_event_source_disable_unref(watch->users);
        sd_event_source_disable_unref(watch->timer);
        free(watch);
        return NULL;
}
