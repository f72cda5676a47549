/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/event-stream.h"

#include <string.h>
#include <sys/queue.h>

#include "app/answer.h"
#include "app/stream.h"
#include "auth/session.h"
#include "base/text.h"
#include "base/time-text.h"
#include "base/timer.h"
#include "http/response.h"

#define HEARTBEAT (15 * USEC_PER_SEC)

struct EventStream {
        EventStreams *all;
        Stream *stream;
        EventSource source;
        const Language *language;
        char session[sizeof(((Session *) NULL)->id)];
        char user[INSTANCE_NAME_MAX + 1];
        bool has_begun, is_beat_due;
        TAILQ_ENTRY(EventStream) link;
};

struct EventStreams {
        Web *web;
        sd_event_source *timer;
        size_t n_streams;
        TAILQ_HEAD(EventStreamList, EventStream) list;
};

static ssize_t on_read(void *userdata, char *buffer, size_t size) {
        /* The browser tries again after a second: a restart of the service takes less. */
        static const char begin[] = "retry: 1000\n\n", beat[] = ":\n\n";
        EventStream *stream = userdata;
        ssize_t n;

        if (!stream->has_begun && size >= sizeof(begin) - 1) {
                stream->has_begun = true;
                memcpy(buffer, begin, sizeof(begin) - 1);
                return sizeof(begin) - 1;
        }
        language_use(stream->language);
        n = stream->source.read(stream->source.userdata, buffer, size);
        language_reset();
        if (n < 0)
                return STREAM_ABORT;
        if (n == 0 && stream->is_beat_due && size >= sizeof(beat) - 1) {
                memcpy(buffer, beat, sizeof(beat) - 1);
                n = sizeof(beat) - 1;
        }
        stream->is_beat_due = false;
        return n > 0 ? n : STREAM_SLEEP;
}

static void on_closed(void *userdata) {
        EventStream *stream = userdata;
        EventSource source = stream->source;

        TAILQ_REMOVE(&stream->all->list, stream, link);
        stream->all->n_streams--;
        free(stream);
        source.closed(source.userdata);
}

static bool is_allowed(void *userdata, const WebUser *user) {
        EventStream *stream = userdata;

        return stream->source.is_allowed(stream->source.userdata, user);
}

/* --- who is gone --------------------------------------------------------------------------------
 */

static int on_heartbeat(sd_event_source *source, uint64_t now _unused_, void *userdata) {
        EventStreams *streams = userdata;

        /* Sessions also end by themselves. */
        streams_check(streams->web);
        for (EventStream *stream = TAILQ_FIRST(&streams->list); stream;
             stream = TAILQ_NEXT(stream, link)) {
                stream->is_beat_due = true;
                stream_wake(stream->stream);
        }
        return timer_start(source, HEARTBEAT);
}

static bool has_room(const EventStreams *streams, const Request *request) {
        size_t of_session = 0, of_user = 0;

        for (const EventStream *stream = TAILQ_FIRST(&streams->list); stream;
             stream = TAILQ_NEXT(stream, link)) {
                of_session += strcmp(stream->session, request->session->id) == 0;
                of_user += strcmp(stream->user, request->user->name) == 0;
        }
        return streams->n_streams < EVENT_STREAMS_MAX && of_user < EVENT_STREAMS_OF_USER_MAX &&
               of_session < EVENT_STREAMS_OF_SESSION_MAX;
}

/* --- one ----------------------------------------------------------------------------------------
 */

static int answer_too_many(Request *request) {
        int r = http_response_header(&request->http, "Retry-After", "10");

        return r < 0 ? r : answer_error(request, 503, _("Too many live pages are open."));
}

const char *event_stream_last_id(const Request *request) {
        return request_header(request, "Last-Event-ID") ?: request_query(request, "after");
}

int event_stream_start(Request *request, const EventSource *source, EventStream **ret) {
        EventStreams *streams = request->web->events;
        StreamSource stream_source = {
                .content_type = "text/event-stream",
                .read = on_read,
                .is_allowed = is_allowed,
                .closed = on_closed,
        };
        EventStream *stream;
        int r;

        *ret = NULL;
        if (!has_room(streams, request))
                return answer_too_many(request);

        stream = calloc(1, sizeof(*stream));
        if (!stream)
                return -ENOMEM;
        stream->all = streams;
        stream->source = *source;
        stream->language = request->language;
        memcpy(stream->session, request->session->id, sizeof(stream->session));
        memcpy(stream->user, request->user->name, sizeof(stream->user));
        stream_source.userdata = stream;
        r = answer_stream(request, &stream_source, &stream->stream);
        if (r < 0) {
                free(stream);
                return r;
        }

        TAILQ_INSERT_TAIL(&streams->list, stream, link);
        streams->n_streams++;
        *ret = stream;
        return 0;
}

void event_stream_wake(EventStream *stream) {
        stream_wake(stream->stream);
}

/* --- all ----------------------------------------------------------------------------------------
 */

int event_streams_new(Web *web, EventStreams **ret) {
        _cleanup_(event_streams_freep) EventStreams *streams = calloc(1, sizeof(*streams));
        int r;

        if (!streams)
                return -ENOMEM;
        streams->web = web;
        TAILQ_INIT(&streams->list);
        r = sd_event_add_time_relative(
                web->event, &streams->timer, CLOCK_MONOTONIC, HEARTBEAT, USEC_PER_SEC, on_heartbeat,
                streams);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(streams);
        return 0;
}

EventStreams *event_streams_free(EventStreams *streams) {
        if (!streams)
                return NULL;
        sd_event_source_disable_unref(streams->timer);
        free(streams);
        return NULL;
}
