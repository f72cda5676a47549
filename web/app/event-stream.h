/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Server-sent events over a stream: a comment after some silence, to notice a viewer who is gone;
 * limits, so that one user can't take all connections; an end when the session ends, or when its
 * user may no longer see the server they watch.
 */

#include "app/request.h"
#include "auth/users.h"

enum {
        EVENT_STREAMS_MAX = 2048,          /* in all */
        EVENT_STREAMS_OF_SESSION_MAX = 32, /* a browser's windows */
        EVENT_STREAMS_OF_USER_MAX = 1024,
};

typedef struct EventStreams EventStreams;
typedef struct EventStream EventStream;

typedef struct EventSource {
        /* Fills the buffer with events, also with parts of one; 0: there is nothing now, and what
         * was given so far ended with a whole event; negative: the reader is dropped. */
        ssize_t (*read)(void *userdata, char *buffer, size_t size);
        /* Whether the user may still see it: asked when something changed. */
        bool (*is_allowed)(void *userdata, const WebUser *user);
        /* The stream is over; called once for each that was started. */
        void (*closed)(void *userdata);
        void *userdata;
} EventSource;

/*
 * Answers with the stream, or with 503 when there are too many; then *ret is NULL, and closed() is
 * not called, as on failure.
 */
int event_stream_start(Request *request, const EventSource *source, EventStream **ret) _must_check_;

/* The id of the event that the viewer has seen last; NULL: it names none. A page says where it
 * ends, in the query; a browser that comes back says where it was. */
const char *event_stream_last_id(const Request *request);

/* There is something to read. */
void event_stream_wake(EventStream *stream);

int event_streams_new(Web *web, EventStreams **ret) _must_check_;

/* After the HTTP server. */
EventStreams *event_streams_free(EventStreams *streams);
DEFINE_CLEANUP(EventStreams *, event_streams_free)
