/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http/stream.h"

#include <microhttpd.h>
#include <sys/queue.h>

#include "http/connection.h"
#include "http/response.h"

enum { STREAM_BLOCK = 8 * 1024 };

struct HttpStream {
        TAILQ_ENTRY(HttpStream) link;
        HttpStreamSource source;
        HttpRequest *request;
        bool is_over, is_broken_off;
};

TAILQ_HEAD(HttpStreams, HttpStream);
static struct HttpStreams streams = TAILQ_HEAD_INITIALIZER(streams);

/* libmicrohttpd has room for more of it. */
static ssize_t on_read(void *userdata, _unused_ uint64_t position, char *buffer, size_t size) {
        HttpStream *stream = userdata;
        HttpConnection *c = stream->request->connection;
        ssize_t n;

        if (stream->is_broken_off)
                return MHD_CONTENT_READER_END_WITH_ERROR;
        if (stream->is_over)
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
        HttpStream *stream = userdata;

        TAILQ_REMOVE(&streams, stream, link);
        stream->source.closed(stream->source.userdata);
        free(stream);
}

static void ignore_end(_unused_ void *userdata) {}

int http_stream_start(HttpRequest *request, const HttpStreamSource *source, HttpStream **ret) {
        HttpStream *stream = calloc(1, sizeof(*stream));
        struct MHD_Response *response;
        int r;

        if (!stream)
                return -ENOMEM;
        *stream = (HttpStream) { .source = *source, .request = request };
        /* Until the answer stands, a failure is the caller's to clean up after. */
        stream->source.closed = ignore_end;

        response = MHD_create_response_from_callback(
                MHD_SIZE_UNKNOWN, STREAM_BLOCK, on_read, stream, on_free);
        if (!response) {
                free(stream);
                return -ENOMEM;
        }
        TAILQ_INSERT_TAIL(&streams, stream, link);

        if (MHD_add_response_header(response, "Content-Type", source->content_type) != MHD_YES ||
            /* A proxy passes it on as it comes. */
            MHD_add_response_header(response, "X-Accel-Buffering", "no") != MHD_YES) {
                MHD_destroy_response(response);
                return -ENOMEM;
        }
        r = http_response_take(request, MHD_HTTP_OK, response);
        if (r < 0)
                return r;

        stream->source.closed = source->closed;
        request->is_stream = true;
        *ret = stream;
        return 0;
}

void http_stream_wake(HttpStream *stream) {
        HttpRequest *request = stream->request;

        if (!request->is_suspended)
                return;
        http_connection_deadline(request->connection, DEADLINE_STREAM);
        http_connection_resume(request->connection);
}

void http_stream_stop(HttpStream *stream, bool breaks_off) {
        stream->is_over = true;
        stream->is_broken_off = breaks_off;
        /* A client that does not read would keep what it has got until then. */
        if (breaks_off)
                http_connection_abort(stream->request->connection);
        http_stream_wake(stream);
}

void http_streams_end(void) {
        for (HttpStream *stream = TAILQ_FIRST(&streams); stream; stream = TAILQ_NEXT(stream, link))
                if (!stream->is_over)
                        http_stream_stop(stream, false);
}
