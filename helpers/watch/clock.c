/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The host's clock is set: moves the times that the watcher remembers over to the new clock, so
 * that a server is empty, hangs or was restarted for as long as before. Spans that only this
 * process measures are CLOCK_MONOTONIC, which is not set; these here are also in files, for others.
 */

#include <limits.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include "base/log.h"
#include "base/time-text.h"
#include "watch/watch.h"

/* Returns the clock's distance from the boot; only setting the clock changes it by more than a bit.
 */
static uint64_t clock_offset(void) {
        return now_realtime() - now_boottime();
}

/* The timer never elapses. The kernel cancels it when the clock is set; with ECANCELED it was set
 * once more meanwhile, and the timer is armed all the same. */
static int arm(int fd) {
        const struct itimerspec never = {
                .it_value.tv_sec = sizeof(time_t) > 4 ? INT64_MAX / 1000000000 : INT_MAX,
        };

        if (timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) < 0 &&
            errno != ECANCELED)
                return -errno;
        return 0;
}

static void move_times(Watched *watched, int64_t by, uint64_t now) {
        for (size_t i = 0; i < RESTARTS_PER_HOUR; i++)
                watched->restarts[i] = live_time_move(watched->restarts[i], by, now);
        watched->log.map_since = live_time_move(watched->log.map_since, by, now);
        watched->played.at = live_time_move(watched->played.at, by, now);
        if (!watched->state)
                return;
        live_state_move(watched->state, by, now);
        watched_write(watched);
}

static int on_set(
        sd_event_source *source _unused_, int fd, uint32_t events _unused_, void *userdata) {
        Watch *w = userdata;
        uint64_t offset, ticks, now = now_realtime();
        int r;

        if (read(fd, &ticks, sizeof(ticks)) >= 0 || errno != ECANCELED)
                return 0;
        /* First, so that it is noticed when the clock is set again meanwhile. */
        r = arm(fd);
        if (r < 0)
                return log_error_errno(r, "Failed to watch the clock");
        offset = clock_offset();
        for (size_t i = 0; i < w->n_items; i++)
                move_times(w->items[i], (int64_t) (offset - w->clock_offset), now);
        w->clock_offset = offset;
        return 0;
}

int watch_clock_open(Watch *w) {
        int r;

        w->clock_fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
        if (w->clock_fd < 0)
                return -errno;
        w->clock_offset = clock_offset();
        r = arm(w->clock_fd);
        if (r >= 0)
                r = sd_event_add_io(w->event, &w->clock, w->clock_fd, EPOLLIN, on_set, w);
        /* Before anything takes a time of the new clock. */
        return r < 0 ? r : sd_event_source_set_priority(w->clock, SD_EVENT_PRIORITY_IMPORTANT);
}

void watch_clock_close(Watch *w) {
        w->clock = sd_event_source_disable_unref(w->clock);
        w->clock_fd = safe_close(w->clock_fd);
}
