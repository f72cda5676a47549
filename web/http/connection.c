/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http/connection.h"

#include <microhttpd.h>
#include <sys/socket.h>

#include "http/internal.h"

void http_server_schedule(HttpServer *s) {
        (void) sd_event_source_set_enabled(s->scheduled, SD_EVENT_ONESHOT);
}

/* libmicrohttpd must be the one to close: it finds the end of the stream and does. */
void http_connection_abort(HttpConnection *c) {
        (void) shutdown(c->fd, SHUT_RDWR);
        http_server_schedule(c->server);
}

void http_connection_deadline(HttpConnection *c, DeadlineKind kind) {
        deadline_set(c->server->deadlines, &c->deadline, kind);
}

void http_connection_suspend(HttpConnection *c) {
        MHD_suspend_connection(c->mhd);
        c->request->is_suspended = true;
        TAILQ_INSERT_TAIL(&c->server->suspended, c, suspended);
}

void http_connection_resume(HttpConnection *c) {
        if (!c->request->is_suspended)
                return;
        c->request->is_suspended = false;
        TAILQ_REMOVE(&c->server->suspended, c, suspended);
        MHD_resume_connection(c->mhd);
        http_server_schedule(c->server);
}

void http_connection_free(HttpConnection *c) {
        if (c->request) {
                if (c->request->is_suspended)
                        TAILQ_REMOVE(&c->server->suspended, c, suspended);
                http_connection_deadline(c, DEADLINE_NONE);
                c->server->handlers.clear(c->request);
                c->server->handlers.free(c->request);
        }
        if (c->n_of_address)
                (*c->n_of_address)--;
        free(c);
}
