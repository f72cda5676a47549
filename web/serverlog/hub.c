/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "serverlog/hub.h"

#include <string.h>

#include "base/log.h"
#include "base/time-text.h"
#include "base/timer.h"
#include "journal/entry.h"
#include "journal/tail.h"
#include "query/game-log.h"
#include "serverlog/event.h"
#include "serverlog/feed.h"

enum {
        BUCKETS = 256,
        /* Entries read at once: their events must fit into a ring several times, so that a viewer
         * as fast as this process is never dropped. */
        ENTRIES_AT_ONCE = 256,
        /* Time that it takes to serve one viewer, and that others get too, in µs. */
        USEC_PER_VIEWER = 50,
};

#define LOOK_AGAIN (JOURNAL_LOOK_AGAIN_MSEC * UINT64_C(1000))

TAILQ_HEAD(FeedList, LogFeed);

struct LogHub {
        sd_event *event;
        JournalTail *tail; /* NULL: without viewers */
        sd_event_source *timer, *changes;
        struct FeedList buckets[BUCKETS];
        size_t n_feeds, n_dirty;
        size_t backlogs_bytes;
};

static struct FeedList *bucket_of(LogHub *hub, const char *unit) {
        unsigned hash = 5381;

        for (const char *p = unit; *p; p++)
                hash = hash * 33 + (unsigned char) *p;
        return &hub->buckets[hash % BUCKETS];
}

static LogFeed *find_feed(LogHub *hub, const char *unit) {
        for (LogFeed *feed = TAILQ_FIRST(bucket_of(hub, unit)); feed;
             feed = TAILQ_NEXT(feed, link)) {
                if (strcmp(feed->unit, unit) == 0)
                        return feed;
        }
        return NULL;
}

/* --- new entries --------------------------------------------------------------------------------
 */

typedef struct NewEntry {
        LogHub *hub;
        sd_journal *journal;
        JournalEntry entry;
        /* Made for the first feed that wants it. */
        char *text;
        size_t size;
        const LogFeed *last; /* an entry may belong to one unit for two reasons */
} NewEntry;

static int make_event(NewEntry *new) {
        _cleanup_free_ char *cursor = NULL;
        int r;

        if (new->text)
                return 0;
        r = sd_journal_get_cursor(new->journal, &cursor);
        if (r < 0)
                return r;
        return log_event_line(&new->entry, cursor, now_realtime(), &new->text, &new->size);
}

static int add_to_unit(const char *unit, size_t size, void *userdata) {
        char name[LOG_UNIT_MAX];
        NewEntry *new = userdata;
        LogFeed *feed;
        int r;

        if (size >= sizeof(name))
                return 0;
        memcpy(name, unit, size);
        name[size] = '\0';
        feed = find_feed(new->hub, name);
        if (!feed || feed == new->last)
                return 0;

        r = make_event(new);
        if (r >= 0)
                r = log_ring_append(
                        feed->ring, journal_tail_position(new->hub->tail), new->entry.realtime,
                        new->text, new->size);
        if (r < 0)
                return r;
        new->last = feed;
        new->hub->n_dirty += !feed->is_dirty;
        feed->is_dirty = true;
        return 0;
}

static int on_entry(sd_journal *journal, void *userdata) {
        NewEntry *new = userdata;
        int r;

        new->journal = journal;
        new->last = NULL;
        r = journal_entry_read(journal, &new->entry);
        if (r >= 0 && !game_log_line_is_poll(new->entry.message, new->entry.message_size))
                r = journal_for_units(journal_entry_get, &new->entry, add_to_unit, new);
        free(TAKE_PTR(new->text));
        return r;
}

/* The lost entries may belong to any server. */
static void announce_gap(LogHub *hub, uint64_t n_lost) {
        _cleanup_free_ char *text = NULL;
        size_t size;

        if (log_event_gap(n_lost, &text, &size) < 0)
                return;
        for (size_t i = 0; i < BUCKETS; i++) {
                for (LogFeed *feed = TAILQ_FIRST(&hub->buckets[i]); feed;
                     feed = TAILQ_NEXT(feed, link)) {
                        (void) !log_ring_append(feed->ring, NULL, now_realtime(), text, size);
                        hub->n_dirty += !feed->is_dirty;
                        feed->is_dirty = true;
                }
        }
}

/* Returns how many viewers there were to tell. */
static size_t tell_viewers(LogHub *hub) {
        size_t n = 0;

        for (size_t i = 0; i < BUCKETS && hub->n_dirty > 0; i++) {
                for (LogFeed *feed = TAILQ_FIRST(&hub->buckets[i]); feed;
                     feed = TAILQ_NEXT(feed, link)) {
                        LogViewer *viewer;

                        if (!feed->is_dirty)
                                continue;
                        feed->is_dirty = false;
                        hub->n_dirty--;
                        for (viewer = TAILQ_FIRST(&feed->viewers); viewer;
                             viewer = TAILQ_NEXT(viewer, link)) {
                                viewer->ready(viewer->userdata);
                                n++;
                        }
                }
        }
        return n;
}

static void look_again(LogHub *hub, uint64_t delay) {
        if (timer_start(hub->timer, delay) < 0)
                log_error("Failed to set a timer: logs stand still");
}

static int on_timer(sd_event_source *source _unused_, uint64_t now _unused_, void *userdata) {
        LogHub *hub = userdata;
        NewEntry new = { .hub = hub };
        uint64_t n_lost = 0, pause;
        size_t n_told;
        int64_t n;

        n = journal_tail_pass(hub->tail, ENTRIES_AT_ONCE, on_entry, &new, &n_lost);
        if (n < 0) {
                (void) log_error_errno((int) n, "Failed to read the journal");
                look_again(hub, USEC_PER_SEC);
                return 0;
        }
        if (n_lost > 0)
                announce_gap(hub, n_lost);
        n_told = tell_viewers(hub);

        /* Many viewers get several lines at once rather than each at once. */
        pause = n_told * USEC_PER_VIEWER;
        look_again(hub, pause > LOOK_AGAIN ? pause : n == ENTRIES_AT_ONCE ? 1 : LOOK_AGAIN);
        return 0;
}

static int on_changes(
        sd_event_source *source _unused_, int fd _unused_, uint32_t events _unused_,
        void *userdata) {
        LogHub *hub = userdata;
        int r = journal_tail_process(hub->tail);

        if (r < 0)
                (void) log_error_errno(r, "Failed to follow the journal");
        return 0;
}

/* --- beginning and ending -----------------------------------------------------------------------
 */

static void stop(LogHub *hub) {
        hub->timer = sd_event_source_disable_unref(hub->timer);
        hub->changes = sd_event_source_disable_unref(hub->changes);
        hub->tail = journal_tail_free(hub->tail);
}

static int start(LogHub *hub) {
        int r;

        if (hub->tail)
                return 0;
        r = journal_tail_new(&hub->tail);
        if (r >= 0)
                r = sd_event_add_io(
                        hub->event, &hub->changes, journal_tail_fd(hub->tail), EPOLLIN, on_changes,
                        hub);
        if (r >= 0)
                r = sd_event_add_time_relative(
                        hub->event, &hub->timer, CLOCK_MONOTONIC, LOOK_AGAIN, 1, on_timer, hub);
        /* Send first: viewers set the pace, and the ring is never overrun. */
        if (r >= 0)
                r = sd_event_source_set_priority(hub->timer, SD_EVENT_PRIORITY_NORMAL + 5);
        if (r < 0)
                stop(hub);
        return r;
}

static LogFeed *feed_free(LogFeed *feed) {
        log_ring_free(feed->ring);
        free(feed);
        return NULL;
}

DEFINE_CLEANUP(LogFeed *, feed_free)

static int add_feed(LogHub *hub, const char *unit, bool is_resumed, LogFeed **ret) {
        _cleanup_(feed_freep) LogFeed *feed = calloc(1, sizeof(*feed));
        int r;

        if (!feed)
                return -ENOMEM;
        feed->hub = hub;
        TAILQ_INIT(&feed->viewers);
        memcpy(feed->unit, unit, strlen(unit) + 1);
        r = log_ring_new(FEED_BYTES, FEED_PLACES, &feed->ring);
        if (r < 0)
                return r;
        /* After a restart of the service all viewers come back: they find what they missed here. */
        r = feed_preload(
                feed, is_resumed ? RESUME_LINES_MAX : LOG_BACKLOG,
                journal_tail_position(hub->tail));
        if (r < 0)
                return r;

        TAILQ_INSERT_TAIL(bucket_of(hub, unit), feed, link);
        hub->n_feeds++;
        *ret = TAKE_PTR(feed);
        return 0;
}

static void drop_feed_if_unwatched(LogFeed *feed) {
        LogHub *hub = feed->hub;

        if (!TAILQ_EMPTY(&feed->viewers))
                return;
        TAILQ_REMOVE(bucket_of(hub, feed->unit), feed, link);
        hub->n_dirty -= feed->is_dirty;
        feed_free(feed);
        if (--hub->n_feeds == 0)
                stop(hub);
}

int log_viewer_new(
        LogHub *hub, const char *unit, const char *last_event_id, uint64_t since,
        LogViewerReady ready, void *userdata, LogViewer **ret) {
        _cleanup_(log_viewer_freep) LogViewer *viewer = calloc(1, sizeof(*viewer));
        LogFeed *feed;
        int r;

        if (strlen(unit) >= LOG_UNIT_MAX)
                return -ENAMETOOLONG;
        if (!viewer)
                return -ENOMEM;
        viewer->since = since;
        viewer->ready = ready;
        viewer->userdata = userdata;
        r = start(hub);
        if (r < 0)
                return r;
        feed = find_feed(hub, unit);
        if (!feed) {
                r = add_feed(hub, unit, last_event_id != NULL, &feed);
                if (r < 0) {
                        if (hub->n_feeds == 0)
                                stop(hub);
                        return r;
                }
        }

        viewer->feed = feed;
        TAILQ_INSERT_TAIL(&feed->viewers, viewer, link);
        r = viewer_place(
                viewer, last_event_id, journal_tail_position(hub->tail), &hub->backlogs_bytes);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(viewer);
        return 0;
}

static void forget_backlog(LogViewer *viewer) {
        viewer->feed->hub->backlogs_bytes -= viewer->backlog_size;
        viewer->backlog_size = viewer->backlog_sent = 0;
        free(TAKE_PTR(viewer->backlog));
}

static ssize_t read_backlog(LogViewer *viewer, char *buffer, size_t size) {
        size_t n = viewer->backlog_size - viewer->backlog_sent;

        if (n > size)
                n = size;
        memcpy(buffer, viewer->backlog + viewer->backlog_sent, n);
        viewer->backlog_sent += n;
        if (viewer->backlog_sent == viewer->backlog_size)
                forget_backlog(viewer);
        return (ssize_t) n;
}

ssize_t log_viewer_read(LogViewer *viewer, char *buffer, size_t size) {
        ssize_t n;

        if (viewer->backlog_size > viewer->backlog_sent)
                n = read_backlog(viewer, buffer, size);
        else
                n = log_ring_read(viewer->feed->ring, &viewer->offset, buffer, size);
        if (n > 1)
                memcpy(viewer->tail, buffer + n - 2, 2);
        else if (n == 1) {
                viewer->tail[0] = viewer->tail[1];
                viewer->tail[1] = buffer[0];
        }
        return n;
}

bool log_viewer_is_between_events(const LogViewer *viewer) {
        return viewer->tail[1] == '\0' || (viewer->tail[0] == '\n' && viewer->tail[1] == '\n');
}

LogViewer *log_viewer_free(LogViewer *viewer) {
        if (!viewer)
                return NULL;
        if (viewer->feed) {
                forget_backlog(viewer);
                TAILQ_REMOVE(&viewer->feed->viewers, viewer, link);
                drop_feed_if_unwatched(viewer->feed);
        }
        free(viewer);
        return NULL;
}

int log_hub_new(sd_event *event, LogHub **ret) {
        LogHub *hub = calloc(1, sizeof(*hub));

        if (!hub)
                return -ENOMEM;
        hub->event = sd_event_ref(event);
        for (size_t i = 0; i < BUCKETS; i++)
                TAILQ_INIT(&hub->buckets[i]);
        *ret = hub;
        return 0;
}

LogHub *log_hub_free(LogHub *hub) {
        if (!hub)
                return NULL;
        stop(hub);
        sd_event_unref(hub->event);
        free(hub);
        return NULL;
}
