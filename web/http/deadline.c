/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http/deadline.h"

#include <time.h>

#include "base/time-text.h"

TAILQ_HEAD(DeadlineQueue, Deadline);

/* Deadlines need no precision. */
enum { ACCURACY = 250 * 1000 };

struct Deadlines {
        struct DeadlineQueue queues[_DEADLINE_MAX];
        uint64_t durations[_DEADLINE_MAX];
        uint64_t armed; /* when the timer goes off; UINT64_MAX: never */
        sd_event *event;
        sd_event_source *timer;
        DeadlineHandler passed;
        void *userdata;
};

static void arm(Deadlines *d, uint64_t at) {
        if (at == d->armed)
                return;

        d->armed = at;
        if (at == UINT64_MAX) {
                (void) sd_event_source_set_enabled(d->timer, SD_EVENT_OFF);
                return;
        }
        (void) sd_event_source_set_time(d->timer, at);
        (void) sd_event_source_set_enabled(d->timer, SD_EVENT_ONESHOT);
}

static int on_timer(_unused_ sd_event_source *source, uint64_t now, void *userdata) {
        Deadlines *d = userdata;
        uint64_t next = UINT64_MAX;

        d->armed = UINT64_MAX;
        for (int kind = 0; kind < _DEADLINE_MAX; kind++) {
                Deadline *first;

                while ((first = TAILQ_FIRST(&d->queues[kind])) && first->at <= now) {
                        deadline_set(d, first, DEADLINE_NONE);
                        d->passed(first, d->userdata);
                }
                if (first && first->at < next)
                        next = first->at;
        }

        /* The handler may have armed it for something earlier. */
        if (next < d->armed)
                arm(d, next);
        return 0;
}

int deadlines_new(
        sd_event *event, const uint64_t durations[static _DEADLINE_MAX], DeadlineHandler passed,
        void *userdata, Deadlines **ret) {
        _cleanup_(deadlines_freep) Deadlines *d = calloc(1, sizeof(*d));
        int r;

        if (!d)
                return -ENOMEM;

        d->event = sd_event_ref(event);
        d->passed = passed;
        d->userdata = userdata;
        d->armed = UINT64_MAX;
        for (int kind = 0; kind < _DEADLINE_MAX; kind++) {
                TAILQ_INIT(&d->queues[kind]);
                d->durations[kind] = durations[kind];
        }

        r = sd_event_add_time(event, &d->timer, CLOCK_MONOTONIC, 0, ACCURACY, on_timer, d);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(d->timer, SD_EVENT_OFF);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(d);
        return 0;
}

void deadline_set(Deadlines *d, Deadline *deadline, DeadlineKind kind) {
        uint64_t now;

        if (deadline->kind != DEADLINE_NONE)
                TAILQ_REMOVE(&d->queues[deadline->kind], deadline, link);
        deadline->kind = kind;
        if (kind == DEADLINE_NONE)
                return;

        if (sd_event_now(d->event, CLOCK_MONOTONIC, &now) < 0)
                now = now_monotonic();
        deadline->at = now + d->durations[kind];
        TAILQ_INSERT_TAIL(&d->queues[kind], deadline, link);
        if (deadline->at < d->armed)
                arm(d, deadline->at);
}

Deadline *deadlines_first(const Deadlines *d, DeadlineKind kind) {
        return TAILQ_FIRST(&d->queues[kind]);
}

Deadlines *deadlines_free(Deadlines *d) {
        if (!d)
                return NULL;
        sd_event_source_disable_unref(d->timer);
        sd_event_unref(d->event);
        free(d);
        return NULL;
}
