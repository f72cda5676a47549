/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A server hangs, or no longer: says so, and restarts it when its spec wants that. */

#include "watch/watch.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "base/time-text.h"

#define USEC_PER_HOUR (3600 * USEC_PER_SEC)

/* The oldest one gives way. */
static void remember_restart(Watched *watched, uint64_t at) {
        size_t oldest = 0;

        for (size_t i = 1; i < RESTARTS_PER_HOUR; i++)
                if (watched->restarts[i] < watched->restarts[oldest])
                        oldest = i;
        if (watched->restarts[oldest] < at)
                watched->restarts[oldest] = at;
}

/* text: it was not restarted then. */
static int take_restart(LiveEvent *event, void *userdata) {
        uint64_t now = now_realtime();

        /* The clock may have been set back since: then it counts for an hour at most. */
        if (!event->text)
                remember_restart(userdata, event->at < now ? event->at : now);
        return 0;
}

/* Restarts by an earlier watcher are in its events. */
static int read_restarts(Watched *watched) {
        const LiveEventQuery query = {
                .instance = watched->name,
                .kinds = UINT32_C(1) << LIVE_RESTART,
                .since = now_realtime() - USEC_PER_HOUR,
                .limit = 8 * RESTARTS_PER_HOUR,
        };
        int r;

        if (watched->has_restarts)
                return 0;
        r = live_events_read(&query, take_restart, watched, NULL);
        watched->has_restarts = r >= 0;
        return r;
}

static bool has_too_many(const Watched *watched) {
        uint64_t now = now_realtime();

        for (size_t i = 0; i < RESTARTS_PER_HOUR; i++)
                if (watched->restarts[i] < now - USEC_PER_HOUR)
                        return false;
        return true;
}

static void say_restart(Watched *watched, const char *why_not) {
        LiveEvent event = { .kind = LIVE_RESTART };

        if (why_not) {
                log_warning("'%s' hangs and is not restarted: %s", watched->name, why_not);
                event.text = strdup(why_not);
        } else
                log_warning("'%s' hangs and is restarted, as its spec says", watched->name);
        watched_event(watched, &event, NULL);
}

void watched_hangs(Watched *watched) {
        LiveEvent event = { .kind = LIVE_HANG };

        watched->was_hung = true;
        log_warning("'%s' hangs: it has not answered for a while", watched->name);
        watched_event(watched, &event, NULL);
        if (watched->on_hang != HANG_RESTART)
                return;
        /* Without an answer, better no restart than one after the other. */
        if (read_restarts(watched) < 0)
                say_restart(watched, _("its earlier restarts can't be read"));
        else if (has_too_many(watched))
                say_restart(watched, _("it was restarted three times within an hour"));
        else {
                remember_restart(watched, now_realtime());
                watched->hang_restarts++;
                say_restart(watched, NULL);
                watch_bus_restart(watched);
        }
}

void watched_recovered(Watched *watched) {
        LiveEvent event = { .kind = LIVE_RECOVERED };

        watched->was_hung = false;
        log_info("'%s' answers again", watched->name);
        watched_event(watched, &event, NULL);
}
