/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stream.h"

#include <microhttpd.h>
#include <sys/queue.h>

#include "http-server.h"
#include "response.h"
#include "stream-internal.h"

enum { STREAM_BLOCK = 8 * 1024 };

struct Stream {
        TAILQ_ENTRY(Stream) link;
        StreamSource source;
        Request *request;
        bool is_over;
};

TAILQ_HEAD(StreamList, Stream);
static struct StreamList streams = TAILQ_HEAD_INITIALIZER(streams);
static size_t n_streams;

/* libmicrohttpd has room for more of it. */
static ssize_t on_read(void *userdata, _unused_ uint64_t position, char *buffer, size_t size) {
        Stream *stream = userdata;
        HttpConnection *c = stream->request->connection;
        ssize_t n;

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
        *stream = (Stream) { .source = *source, .request = request };
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

size_t stream_count(void) {
        return n_streams;
}

void streams_end(void) {
        for (Stream *stream = TAILQ_FIRST(&streams); stream; stream = TAILQ_NEXT(stream, link)) {
                stream->is_over = true;
                stream_wake(stream);
        }
}
