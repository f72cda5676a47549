/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "servers/internal.h"

#include <string.h>

#include "base/log.h"
#include "base/time-text.h"
#include "server/owner.h"

/* How long one that is gone is remembered: browsers that are told so take seconds. */
#define GONE_AGE       (60 * USEC_PER_SEC)
#define READY_INTERVAL (USEC_PER_SEC / 2)

enum { N_ENDS_MAX = 4 };

/* --- the table ----------------------------------------------------------------------------------
 */

/* Where a name is, or would be. */
static size_t place_of(const Servers *servers, const char *name) {
        size_t low = 0, high = servers->n_items;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (strcmp(servers->items[middle]->name, name) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

Server *servers_find_any(Servers *servers, const char *name) {
        size_t i = place_of(servers, name);

        return i < servers->n_items && strcmp(servers->items[i]->name, name) == 0
                       ? servers->items[i]
                       : NULL;
}

Server *servers_find(Servers *servers, const char *name) {
        Server *server = servers_find_any(servers, name);

        return server && !server->is_gone ? server : NULL;
}

Server *servers_find_known(Servers *servers, const char *name) {
        return servers_find_any(servers, name);
}

Server *servers_get(Servers *servers, size_t n) {
        for (size_t i = 0; i < servers->n_items; i++)
                if (!servers->items[i]->is_gone && n-- == 0)
                        return servers->items[i];
        return NULL;
}

void *server_get_kept(const Server *server) {
        return server->views[language_current()].kept;
}

void server_set_kept(Server *server, void *kept, void (*release)(void *kept)) {
        ServerView *view = &server->views[language_current()];

        if (view->kept)
                view->release_kept(view->kept);
        view->kept = kept;
        view->release_kept = release;
}

static void clear_views(Server *server) {
        for (size_t i = 0; i < LANGUAGES_MAX; i++) {
                ServerView *view = &server->views[i];

                sd_json_variant_unref(view->base);
                sd_json_variant_unref(view->model);
                if (view->kept)
                        view->release_kept(view->kept);
                free(view->event_text);
                *view = (ServerView) {};
        }
}

static Server *server_free(Server *server) {
        unit_fetch_free(server->fetch);
        unit_state_clear(&server->unit);
        server_spec_clear(&server->spec);
        sd_event_source_disable_unref(server->watch);
        free(server->live);
        clear_views(server);
        free(server->blueprint);
        free(server);
        return NULL;
}

int servers_add(Servers *servers, const char *name, Server **ret) {
        size_t i = place_of(servers, name);
        Server **items, *server;

        server = servers_find_any(servers, name);
        if (server) {
                *ret = server;
                return 0;
        }

        items = reallocarray(servers->items, servers->n_items + 1, sizeof(Server *));
        if (!items)
                return -ENOMEM;
        servers->items = items;
        server = calloc(1, sizeof(*server));
        if (!server)
                return -ENOMEM;

        memmove(items + i + 1, items + i, (servers->n_items - i) * sizeof(Server *));
        items[i] = server;
        servers->n_items++;
        server->servers = servers;
        memcpy(server->name, name, strlen(name) + 1);
        unit_names(name, &server->units);
        /* It was not shown yet; it appears when something is known about it. */
        server->is_gone = true;
        server->is_ready = -ENODATA;
        server->spec_is_stale = server->live_is_stale = true;
        servers_touch(servers, server);
        *ret = server;
        return 0;
}

/* --- what changed -------------------------------------------------------------------------------
 */

void servers_touch(Servers *servers, Server *server) {
        if (server)
                server->is_dirty = true;
        else
                for (size_t i = 0; i < servers->n_items; i++)
                        servers->items[i]->is_dirty = true;
        (void) sd_event_source_set_enabled(servers->publish, SD_EVENT_ONESHOT);
}

/* Neither a spec nor a unit that runs or failed: it is not there, as for l4d2ctl list. */
static bool is_absent(const Server *server) {
        return !server->spec.exists && server->state == SERVER_REFUSED;
}

/* The blueprint's owner may see the server, and also that it is gone. */
static int remember_blueprint(Server *server) {
        const Spec *spec = server->spec.spec;
        char *copy = NULL;

        if (spec && spec->blueprint) {
                copy = strdup(spec->blueprint);
                if (!copy)
                        return -ENOMEM;
        }
        if (!copy != !server->blueprint || (copy && strcmp(copy, server->blueprint) != 0))
                server->is_end_known = false;
        free(server->blueprint);
        server->blueprint = copy;
        return 0;
}

/*
 * The kernel does not announce that a port was bound, so this looks again until it is: a server
 * that had its port open has it until it ends.
 */
static void look_at_port(Servers *servers, Server *server) {
        const UnitState *unit = server_get_unit(server);

        if (server->is_ready > 0 && server->state == SERVER_RUNNING &&
            server->ready_pid == unit->main_pid)
                return;
        server->ready_pid = unit->main_pid;
        server->is_ready =
                servers->host_sockets->diag_fd < 0
                        ? -EOPNOTSUPP
                        : server_is_ready(server->state, unit, servers->host_sockets->diag_fd);
        if (server->is_ready == 0)
                (void) sd_event_source_set_enabled(servers->ready_timer, SD_EVENT_ONESHOT);
}

static int on_ready_timer(sd_event_source *source, uint64_t now _unused_, void *userdata) {
        Servers *servers = userdata;

        for (size_t i = 0; i < servers->n_items; i++)
                if (servers->items[i]->is_ready == 0)
                        servers_touch(servers, servers->items[i]);
        /* Servers that are still not ready switch it on again. */
        return sd_event_source_set_time_relative(source, READY_INTERVAL);
}

/*
 * A look into the journal takes milliseconds, so a few are done before other things have their
 * turn. The current owner of a server doesn't see facts from an earlier owner's time.
 */
static void look_at_last_end(Servers *servers, Server *server) {
        const UnitState *unit = server_get_unit(server);
        const Spec *spec = server->spec.spec;
        uint64_t since = now_realtime() - LAST_END_AGE, owned = 0;

        if (!servers->is_known || (server->is_end_known && server->end_pid == unit->main_pid))
                return;
        if (servers->n_ends++ >= N_ENDS_MAX) {
                servers_touch(servers, server);
                return;
        }

        server->is_end_known = true;
        server->end_pid = unit->main_pid;
        server->last_end.usec = 0;
        if (server_owner_since(
                    servers->specs, server->name, spec ? spec->blueprint : NULL, &owned) < 0)
                return;
        if (last_end_find(server->units.server, owned > since ? owned : since, &server->last_end) <=
            0)
                server->last_end.usec = 0;
}

/* 1: something that is shown changed. */
static int refresh(Servers *servers, Server *server) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *base = NULL;
        bool was_gone = server->is_gone;
        int r;

        server->state = servers->is_known
                                ? server_state(&server->unit, server_spec_is_refused(&server->spec))
                                : SERVER_UNKNOWN;
        look_at_port(servers, server);
        server_live_update(server);
        /* While systemd can't be asked, a server without a spec is neither there nor gone. */
        server->is_gone =
                servers->is_known ? is_absent(server) : server->is_gone && !server->spec.exists;
        if (server->is_gone && !was_gone)
                server->gone_since = now_monotonic();
        if (server->is_gone)
                return !was_gone;

        r = remember_blueprint(server);
        if (r < 0)
                return r;
        look_at_last_end(servers, server);
        r = server_make_base(server, &base);
        if (r < 0)
                return r;
        if (!was_gone && server->views[0].base &&
            sd_json_variant_equal(base, server->views[0].base))
                return 0;

        clear_views(server);
        server->views[0].base = TAKE_PTR(base);
        return 1;
}

/* Forgets servers that were gone long enough for all listeners to have heard of it. */
static void forget_gone(Servers *servers) {
        uint64_t now = now_monotonic();
        size_t n = 0;

        for (size_t i = 0; i < servers->n_items; i++) {
                Server *server = servers->items[i];

                if (server->is_gone && !server->fetch && !server->spec_is_stale &&
                    now - server->gone_since > GONE_AGE)
                        server_free(server);
                else
                        servers->items[n++] = server;
        }
        servers->n_items = n;
}

static void tell(Servers *servers) {
        /* A listener may unlisten itself. */
        for (ServersListener *listener = servers->listeners, *next; listener; listener = next) {
                next = listener->next;
                listener->changed(listener->userdata);
        }
}

static int on_publish(sd_event_source *source _unused_, void *userdata) {
        Servers *servers = userdata;
        uint64_t before = servers->generation;
        int r;

        servers->n_ends = 0;
        servers_specs_update(servers);
        servers_bus_fetch(servers);
        for (size_t i = 0; i < servers->n_items; i++) {
                Server *server = servers->items[i];

                /* The answer to a running request makes it dirty again. */
                if (!server->is_dirty || server->fetch)
                        continue;
                server->is_dirty = false;
                r = refresh(servers, server);
                if (r < 0)
                        (void) log_error_errno(r, "Failed to make a model of '%s'", server->name);
                if (r > 0)
                        server->generation = ++servers->generation;
        }
        if (servers->generation != before)
                tell(servers);
        forget_gone(servers);
        return 0;
}

uint64_t servers_generation(const Servers *servers) {
        return servers->generation;
}

uint64_t server_generation(const Server *server) {
        return server->generation;
}

Server *servers_next_change(const Servers *servers, uint64_t after) {
        Server *next = NULL;

        if (after >= servers->generation)
                return NULL;
        for (size_t i = 0; i < servers->n_items; i++) {
                Server *server = servers->items[i];

                if (server->generation > after && (!next || server->generation < next->generation))
                        next = server;
        }
        return next;
}

void servers_listen(Servers *servers, ServersListener *listener) {
        listener->next = servers->listeners;
        servers->listeners = listener;
}

void servers_unlisten(Servers *servers, ServersListener *listener) {
        for (ServersListener **l = &servers->listeners; *l; l = &(*l)->next)
                if (*l == listener) {
                        *l = listener->next;
                        return;
                }
}

/* --- one server ---------------------------------------------------------------------------------
 */

const char *server_name(const Server *server) {
        return server->name;
}

const char *server_blueprint(const Server *server) {
        return server->blueprint;
}

ServerState server_get_state(const Server *server) {
        return server->state;
}

const ServerSpec *server_get_spec(const Server *server) {
        return &server->spec;
}

const LastEnd *server_get_last_end(const Server *server) {
        const LastEnd *end = &server->last_end;

        return end->usec > 0 && end->usec + LAST_END_AGE >= now_realtime() ? end : NULL;
}

const UnitState *server_get_unit(const Server *server) {
        static const UnitState nothing = {};

        return server->servers->is_known ? &server->unit : &nothing;
}

int server_event_text(Server *server, const char **ret) {
        ServerView *view = &server->views[language_current()];

        if (!view->event_text) {
                _cleanup_(sd_json_variant_unrefp) sd_json_variant *model = NULL;
                int r = server_to_model(server, &model);

                if (r >= 0)
                        r = sd_json_variant_format(model, 0, &view->event_text);
                if (r < 0)
                        return r;
        }
        *ret = view->event_text;
        return 0;
}

bool server_is_gone(const Server *server) {
        return server->is_gone;
}

/* --- all together -------------------------------------------------------------------------------
 */

int servers_new(
        sd_event *event, const SpecContext *specs, const HostSockets *host_sockets, Servers **ret) {
        _cleanup_(servers_freep) Servers *servers = calloc(1, sizeof(*servers));
        int r;

        if (!servers)
                return -ENOMEM;
        servers->event = sd_event_ref(event);
        servers->specs = specs;
        servers->host_sockets = host_sockets;
        r = sd_event_add_defer(event, &servers->publish, on_publish, servers);
        if (r < 0)
                return r;
        /* One change of a unit is several messages: all that have come are read first. */
        r = sd_event_source_set_priority(servers->publish, SD_EVENT_PRIORITY_NORMAL + 10);
        if (r < 0)
                return r;
        r = servers_host_watch(servers);
        if (r >= 0)
                r = sd_event_add_time_relative(
                        event, &servers->ready_timer, CLOCK_MONOTONIC, READY_INTERVAL,
                        USEC_PER_SEC / 10, on_ready_timer, servers);
        if (r >= 0)
                r = servers_specs_watch(servers);
        if (r >= 0)
                r = servers_live_watch(servers);
        if (r < 0)
                return r;
        servers_bus_open(servers);

        *ret = TAKE_PTR(servers);
        return 0;
}

static bool is_settled(const Servers *servers) {
        for (size_t i = 0; i < servers->n_items; i++)
                if (servers->items[i]->is_dirty || servers->items[i]->wants_fetch)
                        return false;
        return servers->is_known && !servers->names_are_stale;
}

int servers_settle(Servers *servers, uint64_t timeout_usec) {
        uint64_t now = now_monotonic(), end = now + timeout_usec;

        for (; !is_settled(servers) && now < end; now = now_monotonic()) {
                int r = sd_event_run(servers->event, end - now);

                if (r < 0)
                        return r;
        }
        return 0;
}

Servers *servers_free(Servers *servers) {
        if (!servers)
                return NULL;
        for (size_t i = 0; i < servers->n_items; i++)
                server_free(servers->items[i]);
        free(servers->items);
        servers_bus_close(servers);
        servers_specs_close(servers);
        servers_live_close(servers);
        sd_event_source_disable_unref(servers->host_timer);
        sd_event_source_disable_unref(servers->ready_timer);
        sd_event_source_disable_unref(servers->publish);
        sd_event_unref(servers->event);
        free(servers);
        return NULL;
}
