/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The two streams of events: one of all servers the user may see, and one of a server's state and
 * log. Neither has a queue: changes of state are counted, so a slow reader gets the newest of each
 * server, and lines are read from the log's ring.
 */

#include <inttypes.h>
#include <string.h>

#include "app/access.h"
#include "app/answer.h"
#include "app/event-stream.h"
#include "pages/events.h"
#include "pages/pages.h"
#include "pages/server-lookup.h"
#include "serverlog/event.h"
#include "serverlog/hub.h"
#include "servers/servers.h"

/* For both streams: the changes of servers that were not yet sent. */
typedef struct Changes {
        Web *web;
        EventStream *stream;
        ServersListener listener;
        uint64_t seen; /* the last generation that was dealt with */
        char *text;    /* an event being sent */
        size_t size, sent;
} Changes;

static void on_change(void *userdata) {
        Changes *changes = userdata;

        event_stream_wake(changes->stream);
}

static void changes_listen(Changes *changes, Web *web, EventStream *stream) {
        changes->web = web;
        changes->stream = stream;
        changes->listener = (ServersListener) { .changed = on_change, .userdata = changes };
        servers_listen(web->servers, &changes->listener);
}

static void changes_unlisten(Changes *changes) {
        if (changes->stream)
                servers_unlisten(changes->web->servers, &changes->listener);
        free(changes->text);
}

/* Makes the event of a change; its id says from where on to go on. */
static int changes_make(Changes *changes, const char *event, Server *server) {
        _cleanup_free_ char *gone = NULL;
        const char *text = NULL;
        char id[EVENTS_ID_MAX];
        int r;

        if (server_is_gone(server) && asprintf(&gone, "{\"name\":\"%s\"}", server_name(server)) < 0)
                return -ENOMEM;
        r = gone ? 0 : server_event_text(server, &text);
        if (r < 0)
                return r;
        events_id(changes->web, server_generation(server), id);
        return event_format(
                event ? NULL : id,
                gone    ? "gone"
                : event ? event
                        : "server",
                gone ? gone : text, &changes->text, &changes->size);
}

static ssize_t changes_read(Changes *changes, char *buffer, size_t size) {
        size_t n = changes->size - changes->sent;

        if (n > size)
                n = size;
        memcpy(buffer, changes->text + changes->sent, n);
        changes->sent += n;
        if (changes->sent == changes->size) {
                free(TAKE_PTR(changes->text));
                changes->size = changes->sent = 0;
        }
        return (ssize_t) n;
}

/* --- all servers --------------------------------------------------------------------------------
 */

typedef struct AllEvents {
        Changes changes;
        WebUser user; /* its name and whether it is an admin's; nothing else is kept */
} AllEvents;

void events_id(Web *web, uint64_t generation, char ret[static EVENTS_ID_MAX]) {
        (void) snprintf(ret, EVENTS_ID_MAX, "%" PRIx64 "-%" PRIx64, web->started, generation);
}

/* Parses an id of this run of the service. Returns 0, the beginning, for another run's or none. */
static uint64_t parse_id(const Web *web, const char *id) {
        uint64_t started, generation;
        char end;

        if (!id || sscanf(id, "%" SCNx64 "-%" SCNx64 "%c", &started, &generation, &end) != 2 ||
            started != web->started || generation > servers_generation(web->servers))
                return 0;
        return generation;
}

static int next_event(AllEvents *all) {
        Changes *changes = &all->changes;
        Server *server;

        while ((server = servers_next_change(changes->web->servers, changes->seen))) {
                changes->seen = server_generation(server);
                if (user_may_see(&all->user, server_blueprint(server)))
                        return changes_make(changes, NULL, server);
        }
        return 0;
}

static ssize_t all_read(void *userdata, char *buffer, size_t size) {
        AllEvents *all = userdata;

        if (!all->changes.text && next_event(all) < 0)
                return -ENOMEM;
        return all->changes.text ? changes_read(&all->changes, buffer, size) : 0;
}

static bool all_is_allowed(void *userdata, const WebUser *user) {
        AllEvents *all = userdata;

        all->user.is_admin = user->is_admin;
        return true;
}

static void all_closed(void *userdata) {
        AllEvents *all = userdata;

        changes_unlisten(&all->changes);
        free(all);
}

int page_events(Request *request) {
        AllEvents *all = calloc(1, sizeof(*all));
        const EventSource source = {
                .read = all_read,
                .is_allowed = all_is_allowed,
                .closed = all_closed,
                .userdata = all,
        };
        EventStream *stream;
        int r;

        if (!all)
                return -ENOMEM;
        all->changes.seen = parse_id(request->web, event_stream_last_id(request));
        all->user.is_admin = request->user->is_admin;
        memcpy(all->user.name, request->user->name, sizeof(all->user.name));

        r = event_stream_start(request, &source, &stream);
        if (r < 0 || !stream) {
                free(all);
                return r;
        }
        changes_listen(&all->changes, request->web, stream);
        return 0;
}

/* --- one server ---------------------------------------------------------------------------------
 */

typedef struct ServerEvents {
        Changes changes;
        LogViewer *viewer;
        char name[INSTANCE_NAME_MAX + 1];
} ServerEvents;

static void on_lines(void *userdata) {
        ServerEvents *events = userdata;

        event_stream_wake(events->changes.stream);
}

static int next_state(ServerEvents *events) {
        Changes *changes = &events->changes;
        Server *server;

        if (changes->seen == servers_generation(changes->web->servers))
                return 0;
        server = servers_find_known(changes->web->servers, events->name);
        if (server && server_generation(server) > changes->seen) {
                int r = changes_make(changes, "state", server);

                if (r < 0)
                        return r;
        }
        changes->seen = servers_generation(changes->web->servers);
        return 0;
}

static ssize_t server_read(void *userdata, char *buffer, size_t size) {
        ServerEvents *events = userdata;

        if (!events->changes.text && log_viewer_is_between_events(events->viewer) &&
            next_state(events) < 0)
                return -ENOMEM;
        if (events->changes.text)
                return changes_read(&events->changes, buffer, size);
        return log_viewer_read(events->viewer, buffer, size);
}

static bool server_is_allowed(void *userdata, const WebUser *user) {
        ServerEvents *events = userdata;

        return server_is_visible(events->changes.web, events->name, user);
}

static void server_closed(void *userdata) {
        ServerEvents *events = userdata;

        changes_unlisten(&events->changes);
        log_viewer_free(events->viewer);
        free(events);
}

static int start_server_events(Request *request, ServerEvents *events) {
        const EventSource source = {
                .read = server_read,
                .is_allowed = server_is_allowed,
                .closed = server_closed,
                .userdata = events,
        };
        char unit[UNIT_NAME_MAX];
        EventStream *stream;
        int r;

        unit_name(UNIT_SERVER, events->name, unit);
        r = log_viewer_new(
                request->web->logs, unit, event_stream_last_id(request),
                access_since(request, events->name), on_lines, events, &events->viewer);
        if (r < 0)
                return r;
        r = event_stream_start(request, &source, &stream);
        if (r >= 0 && stream) {
                changes_listen(&events->changes, request->web, stream);
                return 1;
        }
        return r;
}

int page_server_events(Request *request) {
        const char *name = request_parameter(request, "name");
        ServerEvents *events;
        int r;

        if (!servers_find(request->web->servers, name))
                return answer_error(request, 404, NULL);
        events = calloc(1, sizeof(*events));
        if (!events)
                return -ENOMEM;
        memcpy(events->name, name, strlen(name) + 1);

        r = start_server_events(request, events);
        if (r > 0)
                return 0;
        server_closed(events);
        return r;
}
