/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * An answer without a known end: server-sent events, or a long download. The connection sleeps,
 * outside of libmicrohttpd's loop, while there is nothing to send: a thousand of them cost memory
 * and no time. Who doesn't read what is sent to him within STREAM_DEADLINE is cut off.
 *
 * That a sleeping stream's client is gone is noticed when something is sent: a source of events
 * should send a comment now and then.
 */

#include <stddef.h>
#include <sys/types.h>

#include "app/request.h"

typedef struct Stream Stream;

enum { STREAM_SLEEP = 0, STREAM_END = -1, STREAM_ABORT = -2 };

typedef struct StreamSource {
        const char *content_type;
        /*
         * Fills the buffer and returns how much, at least 1; STREAM_SLEEP when there is nothing now
         * (stream_wake() ends that), STREAM_END when all is sent, STREAM_ABORT to break off so that
         * the client notices. size is some hundred bytes to 32 KiB.
         */
        ssize_t (*read)(void *userdata, char *buffer, size_t size);
        /* Whether the user may still see it, asked when something changed; the user is the one of
         * the request's session. */
        bool (*is_allowed)(void *userdata, const WebUser *user);
        /* Without the right it breaks off, so that the client notices; else it just ends. */
        bool breaks_off;
        /* The stream is over, for whatever reason; the Stream is invalid from here on. Called
         * exactly once for each stream that response_stream() made. */
        void (*closed)(void *userdata);
        void *userdata;
} StreamSource;

/*
 * Answers 200 with a stream. *ret (may be NULL) is valid until closed() is called. On failure
 * closed() is not called.
 */
int response_stream(Request *request, const StreamSource *source, Stream **ret) _must_check_;

/* There is something to read. Any number of times, from anywhere in the event loop. */
void stream_wake(Stream *stream);

/* Ends the streams of sessions that are over, and those their user may no longer see. */
void streams_check(Web *web);

/* How many streams there are. */
size_t stream_count(void);
