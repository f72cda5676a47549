/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The sources of a server's timeline: events of the game, actions of users, and starts and ends of
 * its runs. Each is read in a thread, and gives its items newest first; pages/timeline.c puts them
 * in order and makes the model of those that are shown.
 */

#include "app/request.h"
#include "journal/entry.h"
#include "live/event.h"
#include "pages/audit-trail.h"
#include "server/last-end.h"

enum {
        TIMELINE_ITEMS = 100,       /* of a page, at most; each source reads one more */
        TIMELINE_LOOKED_AT = 10000, /* entries of a source; the filter may want none of them */
};

typedef enum RunKind { RUN_STARTED, RUN_ENDED, RUN_CRASHED, RUN_CORE } RunKind;

/* A line of the log before a crash. */
typedef struct RunLine {
        JournalEntry entry;
        char *cursor;
} RunLine;

typedef struct Run {
        RunKind kind;
        char server[INSTANCE_NAME_MAX + 1];
        uint64_t usec, started; /* CLOCK_REALTIME, µs; 0: unknown */
        char invocation[33];
        char *cursor, *core; /* core: the message of systemd-coredump */
        LastEnd end;
        RunLine *lines;
        size_t n_lines;
} Run;

typedef struct TimelineItem {
        uint64_t usec;        /* CLOCK_REALTIME, µs */
        const char *position; /* a cursor, of the event, action or run: what is older follows it */
        /* One of them. */
        LiveEvent *event;
        TrailEntry *action;
        Run *run;
} TimelineItem;

typedef struct TimelineSource {
        TimelineItem items[TIMELINE_ITEMS + 1];
        size_t n_items;
        /* Set when it was left after TIMELINE_LOOKED_AT entries, before it had all items: where it
         * goes on, and the time (µs) until which all are there. */
        char *rest;
        uint64_t rest_usec;
        LiveEvent events[TIMELINE_ITEMS + 1];
        Trail trail;
        Run runs[TIMELINE_ITEMS + 1];
} TimelineSource;

typedef struct TimelineQuery {
        const char *name;     /* the server's */
        uint64_t since, now;  /* µs; see access_since() */
        uint32_t event_kinds; /* bits of LiveEventKind, 0: all */
        const char *older;    /* a position of this source; NULL: from the newest */
        bool with_cores;      /* messages of core dumps, for admins */
} TimelineQuery;

/* All: -EINVAL: older is not a position; or -errno. */
int timeline_read_events(const TimelineQuery *query, TimelineSource *ret) _must_check_;
int timeline_read_actions(const TimelineQuery *query, TimelineSource *ret) _must_check_;
int timeline_read_runs(const TimelineQuery *query, TimelineSource *ret) _must_check_;
void timeline_source_clear(TimelineSource *source);

/* The model of an item, in the current language. */
int timeline_item_to_model(const TimelineItem *item, uint64_t now, sd_json_variant **ret)
        _must_check_;

/* An item's texts; NULL: none. */
typedef struct TimelineWords {
        const char *kind;   /* for programs */
        const char *label;  /* the kind for people, in the current language */
        const char *player; /* or the user */
        uint64_t steam_id64;
        const char *text;
        bool is_bad, is_chat, is_action;
        sd_json_variant *lines; /* of the log; borrowed */
        const char *core;       /* the message of systemd-coredump */
        const char *log_href;   /* the log up to then */
} TimelineWords;

/* The model of what happened at a time; now: as in model_time(). */
int timeline_words_to_model(
        uint64_t usec, uint64_t now, const TimelineWords *words, sd_json_variant **ret)
        _must_check_;
int timeline_run_to_model(const Run *run, uint64_t now, sd_json_variant **ret) _must_check_;
void timeline_run_clear(Run *run);

/* Appends an item; the source must have room. */
static inline void timeline_add(TimelineSource *source, TimelineItem item) {
        source->items[source->n_items++] = item;
}
