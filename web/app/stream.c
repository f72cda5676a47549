/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/stream.h"

#include <string.h>
#include <sys/queue.h>

#include "auth/session.h"
#include "base/time-text.h"

struct Stream {
        TAILQ_ENTRY(Stream) link;
        StreamSource source;
        HttpStream *http;
        char session[sizeof(((Session *) NULL)->id)];
        bool is_refused;
};

TAILQ_HEAD(StreamList, Stream);
static struct StreamList streams = TAILQ_HEAD_INITIALIZER(streams);

static ssize_t on_read(void *userdata, char *buffer, size_t size) {
        Stream *stream = userdata;

        return stream->source.read(stream->source.userdata, buffer, size);
}

static void on_closed(void *userdata) {
        Stream *stream = userdata;

        TAILQ_REMOVE(&streams, stream, link);
        stream->source.closed(stream->source.userdata);
        free(stream);
}

int answer_stream(Request *request, const StreamSource *source, Stream **ret) {
        Stream *stream;
        int r;

        if (!request->session)
                return -EACCES;
        stream = calloc(1, sizeof(*stream));
        if (!stream)
                return -ENOMEM;
        stream->source = *source;
        memcpy(stream->session, request->session->id, sizeof(stream->session));

        r = http_stream_start(
                &request->http,
                &(HttpStreamSource) {
                        .content_type = source->content_type,
                        .read = on_read,
                        .closed = on_closed,
                        .userdata = stream,
                },
                &stream->http);
        if (r < 0) {
                free(stream);
                return r;
        }

        TAILQ_INSERT_TAIL(&streams, stream, link);
        if (ret)
                *ret = stream;
        return 0;
}

void stream_wake(Stream *stream) {
        http_stream_wake(stream->http);
}

static bool is_allowed(Web *web, const Stream *stream) {
        const Session *session = sessions_find_id(web->sessions, stream->session, sessions_now());
        const WebUser *user = session ? users_find(web->users, session->user) : NULL;

        return user && user_identity_equal(&user->identity, &session->identity) &&
               stream->source.is_allowed(stream->source.userdata, user);
}

void streams_check(Web *web) {
        for (Stream *stream = TAILQ_FIRST(&streams); stream; stream = TAILQ_NEXT(stream, link)) {
                if (stream->is_refused || is_allowed(web, stream))
                        continue;
                stream->is_refused = true;
                http_stream_stop(stream->http, stream->source.breaks_off);
        }
}
