/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Writes events, each server within a budget: the namespace's journal has a limit, and a server
 * that prints a million joins must push out neither the events of others nor the samples. An hour's
 * events of a full server fit several times. Alerts are started whether or not the event fits, and
 * have their own pause.
 */

#include "watch/watch.h"

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/time-text.h"

/* The last watcher wrote this event of the line, and ended before the next. */
static bool was_written(const Resume *resume, LiveEventKind kind, const char *cursor) {
        return cursor && resume->cursor && resume->kinds & UINT32_C(1) << kind &&
               strcmp(cursor, resume->cursor) == 0;
}

static void write_event(Watched *watched, LiveEvent *event, const char *cursor) {
        const char *invocation = cursor ? watched->log.invocation_id : watched->unit.invocation_id;
        int r;

        (void) snprintf(event->instance, sizeof(event->instance), "%s", watched->name);
        r = live_event_write(event, invocation, cursor);
        if (r < 0)
                (void) log_error_errno(r, "Failed to write an event of '%s'", watched->name);
}

/* Events that the watcher noticed itself, without a line, are few and always written: for example,
 * restarts of a hung server are counted by them. */
void watched_event(Watched *watched, LiveEvent *event, const char *cursor) {
        if (event->at == 0)
                event->at = now_realtime();
        if (!was_written(&watched->watch->resume, event->kind, cursor)) {
                if (!cursor || event_budget_take(&watched->budget, event->kind, now_monotonic()))
                        write_event(watched, event, cursor);
                watched_alert(watched, event);
        }
        live_event_clear(event);
}

void watched_say_left_out(Watched *watched) {
        LiveEvent event = { .kind = LIVE_LEFT_OUT, .at = now_realtime() };

        if (watched->budget.n_out == 0)
                return;
        if (asprintf(&event.text, "%" PRIu64, watched->budget.n_out) < 0)
                event.text = NULL;
        watched->budget.n_out = 0;
        write_event(watched, &event, NULL);
        live_event_clear(&event);
}
