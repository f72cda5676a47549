/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * An answer without a known end. The connection sleeps, outside of libmicrohttpd's loop, while
 * there is nothing to send: a thousand of them cost memory and no time. A client that doesn't read
 * what is sent to it within DEADLINE_STREAM is cut off. Handlers use app/stream.h, which also
 * checks the right to read on.
 *
 * That a sleeping stream's client is gone is noticed when something is sent: a source of events
 * should send a comment now and then.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "http/request.h"

typedef struct HttpStream HttpStream;

enum { STREAM_SLEEP = 0, STREAM_END = -1, STREAM_ABORT = -2 };

typedef struct HttpStreamSource {
        const char *content_type;
        /*
         * Fills the buffer and returns how much, at least 1; STREAM_SLEEP when there is nothing now
         * (http_stream_wake() ends that), STREAM_END when all is sent, STREAM_ABORT to break off so
         * that the client notices. size is some hundred bytes to 32 KiB.
         */
        ssize_t (*read)(void *userdata, char *buffer, size_t size);
        /* The stream is over, for whatever reason; the HttpStream is invalid from here on. Called
         * exactly once for each stream that http_stream_start() made. */
        void (*closed)(void *userdata);
        void *userdata;
} HttpStreamSource;

/* Answers 200 with a stream, valid until closed() is called. On failure closed() is not called. */
int http_stream_start(HttpRequest *request, const HttpStreamSource *source, HttpStream **ret)
        _must_check_;

/* There is something to read. Any number of times, from anywhere in the event loop. */
void http_stream_wake(HttpStream *stream);

/* Sends nothing more. breaks_off: so that the client notices, and at once; else it just ends. */
void http_stream_stop(HttpStream *stream, bool breaks_off);

/* Ends all streams properly, because the service stops. */
void http_streams_end(void);
