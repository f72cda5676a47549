/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A stream that ends when the right to read it does: its session ends, its user is another one or
 * may no longer see what it shows. For server-sent events and long downloads.
 */

#include <stddef.h>

#include "app/request.h"
#include "http/stream.h"

typedef struct Stream Stream;

typedef struct StreamSource {
        const char *content_type;
        /* As in HttpStreamSource. */
        ssize_t (*read)(void *userdata, char *buffer, size_t size);
        /* Whether the user may still see it, asked when something changed; the user is the one of
         * the request's session. */
        bool (*is_allowed)(void *userdata, const WebUser *user);
        /* Without the right it breaks off, so that the client notices; else it just ends. */
        bool breaks_off;
        /* The stream is over, for whatever reason; the Stream is invalid from here on. Called
         * exactly once for each stream that answer_stream() made. */
        void (*closed)(void *userdata);
        void *userdata;
} StreamSource;

/*
 * Answers 200 with a stream. *ret (may be NULL) is valid until closed() is called. On failure
 * closed() is not called. -EACCES: the user is not logged in.
 */
int answer_stream(Request *request, const StreamSource *source, Stream **ret) _must_check_;

/* There is something to read. Any number of times, from anywhere in the event loop. */
void stream_wake(Stream *stream);

/* Ends the streams of sessions that are over, and those their user may no longer see. */
void streams_check(Web *web);
