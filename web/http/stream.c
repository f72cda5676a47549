/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http/stream.h"

#include <microhttpd.h>
#include <string.h>
#include <sys/queue.h>

#include "http/server.h"
#include "app/response.h"
#include "auth/session.h"
#include "http/stream-internal.h"
#include "time-text.h"

enum { STREAM_BLOCK = 8 * 1024 };

struct Stream {
        TAILQ_ENTRY(Stream) link;
        StreamSource source;
        Request *request;
        char session[sizeof(((Session *) NULL)->id)];
        bool is_over, is_refused;
};

TAILQ_HEAD(StreamList, Stream);
static struct StreamList streams = TAILQ_HEAD_INITIALIZER(streams);
static size_t n_streams;

/* libmicrohttpd has room for more of it. */
static ssize_t on_read(void *userdata, _unused_ uint64_t position, char *buffer, size_t size) {
        Stream *stream = userdata;
        HttpConnection *c = stream->request->connection;
        ssize_t n;

        if (stream->is_refused && stream->source.breaks_off)
                return MHD_CONTENT_READER_END_WITH_ERROR;
        if (stream->is_over || stream->is_refused)
                return MHD_CONTENT_READER_END_OF_STREAM;

        n = stream->source.read(stream->source.userdata, buffer, size);
        switch (n) {
        case STREAM_SLEEP:
                http_connection_deadline(c, DEADLINE_NONE);
                http_connection_suspend(c);
                return 0;
        case STREAM_END:
                http_connection_deadline(c, DEADLINE_RESPONSE);
                return MHD_CONTENT_READER_END_OF_STREAM;
        case STREAM_ABORT:
                return MHD_CONTENT_READER_END_WITH_ERROR;
        default:
                http_connection_deadline(c, DEADLINE_STREAM);
                return n;
        }
}

static void on_free(void *userdata) {
        Stream *stream = userdata;

        TAILQ_REMOVE(&streams, stream, link);
        n_streams--;
        stream->source.closed(stream->source.userdata);
        free(stream);
}

static void ignore_end(_unused_ void *userdata) {}

int response_stream(Request *request, const StreamSource *source, Stream **ret) {
        Stream *stream = calloc(1, sizeof(*stream));
        struct MHD_Response *response = NULL;
        int r = -ENOMEM;

        if (!stream)
                return -ENOMEM;
        if (!request->session) {
                free(stream);
                return -EACCES;
        }
        *stream = (Stream) { .source = *source, .request = request };
        memcpy(stream->session, request->session->id, sizeof(stream->session));
        /* Until the answer stands, a failure is the caller's to clean up after. */
        stream->source.closed = ignore_end;

        response = MHD_create_response_from_callback(
                MHD_SIZE_UNKNOWN, STREAM_BLOCK, on_read, stream, on_free);
        if (!response) {
                free(stream);
                return -ENOMEM;
        }
        TAILQ_INSERT_TAIL(&streams, stream, link);
        n_streams++;

        if (MHD_add_response_header(response, "Content-Type", source->content_type) != MHD_YES ||
            /* A proxy passes it on as it comes. */
            MHD_add_response_header(response, "X-Accel-Buffering", "no") != MHD_YES) {
                MHD_destroy_response(response);
                return r;
        }
        r = response_take(request, MHD_HTTP_OK, response);
        if (r < 0)
                return r;

        stream->source.closed = source->closed;
        request->is_stream = true;
        if (ret)
                *ret = stream;
        return 0;
}

void stream_wake(Stream *stream) {
        Request *request = stream->request;

        if (!request->is_suspended)
                return;
        http_connection_deadline(request->connection, DEADLINE_STREAM);
        http_connection_resume(request->connection);
}

static bool is_allowed(Web *web, const Stream *stream) {
        const Session *session = sessions_find_id(web->sessions, stream->session, now_realtime());
        const WebUser *user = session ? users_find(web->users, session->user) : NULL;

        return user && user_identity_equal(&user->identity, &session->identity) &&
               stream->source.is_allowed(stream->source.userdata, user);
}

void streams_check(Web *web) {
        for (Stream *stream = TAILQ_FIRST(&streams); stream; stream = TAILQ_NEXT(stream, link)) {
                if (stream->is_refused || is_allowed(web, stream))
                        continue;
                stream->is_refused = true;
                /* One that does not read would keep what it has got until then. */
                if (stream->source.breaks_off)
                        http_connection_abort(stream->request->connection);
                stream_wake(stream);
        }
}

size_t stream_count(void) {
        return n_streams;
}

void streams_end(void) {
        for (Stream *stream = TAILQ_FIRST(&streams); stream; stream = TAILQ_NEXT(stream, link)) {
                stream->is_over = true;
                stream_wake(stream);
        }
}
