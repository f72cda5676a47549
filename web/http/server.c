/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http/server.h"

#include <microhttpd.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/time-text.h"
#include "http/accept.h"
#include "http/internal.h"
#include "http/stream.h"

enum { RUNS_OF_TURN = 32 };

/* Honest clients need less time. */
static const uint64_t durations[_DEADLINE_MAX] = {
        [DEADLINE_HEADERS] = 15 * USEC_PER_SEC,
        [DEADLINE_BODY] = 30 * USEC_PER_SEC,
        [DEADLINE_RESPONSE] = 60 * USEC_PER_SEC,
        [DEADLINE_STREAM] = 30 * USEC_PER_SEC,
};

static HttpConnection *connection_of(struct MHD_Connection *mhd) {
        const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

        return info ? info->socket_context : NULL;
}

/* --- libmicrohttpd's callbacks ---------------------------------------------------------------- */

static void on_connection(
        void *userdata, struct MHD_Connection *mhd, void **context,
        enum MHD_ConnectionNotificationCode code) {
        HttpServer *s = userdata;

        if (code == MHD_CONNECTION_NOTIFY_STARTED) {
                HttpConnection *c = TAKE_PTR(s->accepted);

                /* Made by http/accept.c just before; without memory there it is NULL. */
                if (c) {
                        c->mhd = mhd;
                        c->request->mhd = mhd;
                        s->n_connections++;
                        http_connection_deadline(c, DEADLINE_HEADERS);
                }
                *context = c;
        } else if (*context) {
                s->n_connections--;
                http_connection_free(*context);
                *context = NULL;
                http_accept_resume(s);
        }
}

/* The request line: the only place that has the URI as it was sent. */
static void *on_request_line(_unused_ void *userdata, const char *uri, struct MHD_Connection *mhd) {
        HttpConnection *c = connection_of(mhd);

        if (c)
                c->server->handlers.begin(c->request, uri);
        return NULL;
}

/* Answers when there is an answer, or puts the connection to sleep until there is. */
static enum MHD_Result proceed(HttpConnection *c) {
        HttpRequest *request = c->request;

        if (request->response) {
                enum MHD_Result r = MHD_queue_response(c->mhd, request->status, request->response);

                http_connection_deadline(
                        c, request->is_stream ? DEADLINE_STREAM : DEADLINE_RESPONSE);
                return r;
        }
        /* Without a handler that will answer later, close the connection. */
        if (!request->is_waiting)
                return MHD_NO;
        http_connection_deadline(c, DEADLINE_NONE);
        http_connection_suspend(c);
        return MHD_YES;
}

/* NOLINTNEXTLINE(readability-function-size): libmicrohttpd wants so many parameters. */
static enum MHD_Result on_request(
        _unused_ void *userdata, struct MHD_Connection *mhd, _unused_ const char *url,
        const char *method, const char *version, const char *data, size_t *data_size,
        void **context) {
        HttpConnection *c = connection_of(mhd);
        HttpRequest *request;

        if (!c)
                return MHD_NO;
        request = c->request;

        if (!*context) {
                *context = c;
                c->server->handlers.headers(request, method, version);
                /* An answer now ends the connection, and would be right only if the body must not
                 * be read. Else another call follows, at once for a request without a body. */
                if (request->response && request->must_close)
                        return proceed(c);
                http_connection_deadline(c, DEADLINE_BODY);
                return MHD_YES;
        }

        if (*data_size > 0) {
                uint64_t before = request->sunk;

                if (http_request_body(request, data, *data_size) < 0)
                        return MHD_NO;
                /* A long body has its time again and again, as long as enough of it comes. */
                if (request->sunk / HTTP_SINK_STEP != before / HTTP_SINK_STEP)
                        http_connection_deadline(c, DEADLINE_BODY);
                *data_size = 0;
                return MHD_YES;
        }

        http_request_close_sink(request);
        if (!request->is_started && !request->response)
                c->server->handlers.run(request);
        return proceed(c);
}

static void on_completed(
        _unused_ void *userdata, struct MHD_Connection *mhd, _unused_ void **context,
        _unused_ enum MHD_RequestTerminationCode code) {
        HttpConnection *c = connection_of(mhd);

        if (!c)
                return;
        c->server->handlers.clear(c->request);
        http_connection_deadline(c, DEADLINE_HEADERS);
        if (c->server->is_stopping)
                (void) shutdown(c->fd, SHUT_RD);
}

/* Paths and queries are decoded by our own, stricter code. */
static size_t keep_escapes(
        _unused_ void *userdata, _unused_ struct MHD_Connection *mhd, char *text) {
        return strlen(text);
}

/* --- the loop --------------------------------------------------------------------------------- */

static int run(HttpServer *s) {
        uint64_t timeout = 0;

        /* It reads 8 KiB of each connection at a time: an upload would pay a turn of the event
         * loop for each. */
        for (int i = 0; i < RUNS_OF_TURN && timeout == 0; i++) {
                /* The loop would go on without any HTTP; after an exit the service manager
                 * restarts it. */
                if (MHD_run(s->daemon) != MHD_YES) {
                        (void) sd_event_exit(s->event, -EIO);
                        return log_error_errno(-EIO, "Failed to run the HTTP library");
                }
                if (MHD_get_timeout64(s->daemon, &timeout) != MHD_YES)
                        timeout = UINT64_MAX;
        }
        if (timeout == 0)
                http_server_schedule(s);
        if (s->is_stopping && s->n_connections == 0)
                (void) sd_event_exit(s->event, 0);
        return 0;
}

static int on_epoll(
        _unused_ sd_event_source *source, _unused_ int fd, _unused_ uint32_t events,
        void *userdata) {
        return run(userdata);
}

static int on_scheduled(_unused_ sd_event_source *source, void *userdata) {
        return run(userdata);
}

static void on_deadline(Deadline *deadline, _unused_ void *userdata) {
        HttpConnection *c = (HttpConnection *) (void *) ((char *) deadline -
                                                         offsetof(HttpConnection, deadline));

        http_connection_abort(c);
}

static int on_patience_over(
        _unused_ sd_event_source *source, _unused_ uint64_t now, void *userdata) {
        HttpServer *s = userdata;

        if (s->n_connections > 0)
                log_info("%zu connections did not end in time", s->n_connections);
        return sd_event_exit(s->event, 0);
}

void http_server_drain(HttpServer *s, uint64_t patience) {
        if (s->is_stopping)
                return;

        s->is_stopping = true;
        http_accept_stop(s);
        http_streams_end();
        http_server_schedule(s);
        if (sd_event_add_time_relative(
                    s->event, &s->patience, CLOCK_MONOTONIC, patience, 1000, on_patience_over, s) <
            0)
                (void) sd_event_exit(s->event, 0);
}

/* --- making and freeing ----------------------------------------------------------------------- */

static int start_daemon(HttpServer *s) {
        unsigned flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME |
                         MHD_USE_NO_THREAD_SAFETY;
        const union MHD_DaemonInfo *info;

        s->daemon = MHD_start_daemon(
                flags, 0, NULL, NULL, on_request, s, MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
                MHD_OPTION_NOTIFY_COMPLETED, on_completed, s, MHD_OPTION_URI_LOG_CALLBACK,
                on_request_line, s, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
                MHD_OPTION_CONNECTION_LIMIT, (unsigned) HTTP_CONNECTIONS_MAX + 64,
                MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t) HTTP_MEMORY_MAX,
                MHD_OPTION_CONNECTION_TIMEOUT, 0U,
                /* 2, the strictest, would close at an empty line before a request, which one is to
                 * be let pass (RFC 9112, 2.2). */
                MHD_OPTION_CLIENT_DISCIPLINE_LVL, 1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
                MHD_OPTION_END);
        if (!s->daemon)
                return -ENOMEM;

        info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
        if (!info || info->epoll_fd < 0)
                return -EOPNOTSUPP;
        return sd_event_add_io(s->event, &s->epoll, info->epoll_fd, EPOLLIN, on_epoll, s);
}

bool http_server_is_stopping(const HttpServer *s) {
        return s && s->is_stopping;
}

int http_server_new(sd_event *event, const HttpHandlers *handlers, HttpServer **ret) {
        _cleanup_(http_server_freep) HttpServer *s = calloc(1, sizeof(*s));
        int r;

        if (!s)
                return -ENOMEM;
        s->event = event;
        s->handlers = *handlers;
        TAILQ_INIT(&s->suspended);

        r = deadlines_new(event, durations, on_deadline, s, &s->deadlines);
        if (r < 0)
                return r;
        r = sd_event_add_defer(event, &s->scheduled, on_scheduled, s);
        if (r < 0)
                return r;
        r = start_daemon(s);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(s);
        return 0;
}

HttpServer *http_server_free(HttpServer *s) {
        HttpConnection *c;

        if (!s)
                return NULL;

        http_accept_free(s);
        if (s->daemon) {
                /* Nothing may be suspended when it is stopped. */
                while ((c = TAILQ_FIRST(&s->suspended)))
                        http_connection_resume(c);
                MHD_stop_daemon(s->daemon);
        }
        sd_event_source_disable_unref(s->epoll);
        sd_event_source_disable_unref(s->scheduled);
        sd_event_source_disable_unref(s->patience);
        deadlines_free(s->deadlines);
        free(s);
        return NULL;
}
