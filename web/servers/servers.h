/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * All servers and what is known about them, kept current by what systemd and the file system
 * announce: a page costs no call on the bus and reads no spec. When systemd can't be asked, the
 * state is "unknown", not the last one that was known. Sources: servers/bus.c for systemd,
 * servers/specs.c for specs, servers/live.c for live states; servers/model.c makes JSON of it.
 */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>
#include <systemd/sd-json.h>

#include "live/state.h"
#include "server/last-end.h"
#include "server/spec.h"
#include "server/state.h"
#include "servers/host-sockets.h"
#include "systemd/unit-names.h"

typedef struct Servers Servers;
typedef struct Server Server;

/* Begins to watch. The context and the sockets are borrowed. */
int servers_new(
        sd_event *event, const SpecContext *specs, const HostSockets *host_sockets, Servers **ret)
        _must_check_;

/* Runs the event loop until systemd has answered or the time is over, which does not count as a
 * failure. */
int servers_settle(Servers *servers, uint64_t timeout_usec) _must_check_;

/* All specs are to be read again: what they are checked against has changed. */
void servers_specs_stale(Servers *servers);

/* The host's address may be another one: the host configuration has changed. */
void servers_host_stale(Servers *servers);

/* Returns NULL for an unknown server. Valid until the event loop goes on. */
Server *servers_find(Servers *servers, const char *name);

/* By name, from 0; NULL after the last. */
Server *servers_get(Servers *servers, size_t i);

/* Also one that is gone, see below. */
Server *servers_find_known(Servers *servers, const char *name);

const char *server_name(const Server *server);
/* Returns "owner/name" of the blueprint that it has, or had while it existed; NULL: none, or
 * unknown. */
const char *server_blueprint(const Server *server);
ServerState server_get_state(const Server *server);

/* How it last ended by itself, within the last day; NULL: it did not, or this is unknown. */
const LastEnd *server_get_last_end(const Server *server);

/* The live state of its present run, borrowed until the event loop goes on; NULL: there is none. */
const LiveState *server_get_live(const Server *server);
/* Its values (players, map, FPS) are about an earlier time: the game has not answered since, or
 * left4me-watch has stopped writing it. */
bool server_live_is_old(const Server *server);
/* The second of these: its health is about an earlier time too. */
bool server_is_unwatched(const Server *server);
/* It hangs, or players can't join because it is a LAN server. */
bool server_is_in_trouble(const Server *server);

/* It does not run although its spec has autostart. */
bool server_is_down(const Server *server);
const ServerSpec *server_get_spec(const Server *server);
/* Returns systemd's state of the unit; empty when the unit is not loaded, or the state is
 * unknown. */
const UnitState *server_get_unit(const Server *server);

/*
 * Returns the server as models have it, see models/README.md, in the current language. It is made
 * again when the server changed and, for values that no signal announces (memory, processor time,
 * "3min ago"), when it is older than a second. A reference.
 */
int server_to_model(Server *server, sd_json_variant **ret) _must_check_;

/*
 * One thing that a page made of the model and keeps beside it: the server releases it when it makes
 * a new model. NULL: not set.
 */
void *server_get_kept(const Server *server);
void server_set_kept(Server *server, void *kept, void (*release)(void *kept));

/* Its name and state alone, for pages about something else. A reference. */
int server_to_short_model(Server *server, sd_json_variant **ret) _must_check_;

/* server_to_model() as one line of JSON, made once after each change; owned by the server. */
int server_event_text(Server *server, const char **ret) _must_check_;

/*
 * Changes are counted, each server's last one has its number. A server that is gone stays for a
 * while with is_gone, so that who shows it can be told: servers_find() and servers_get() skip it.
 */
uint64_t servers_generation(const Servers *servers);
uint64_t server_generation(const Server *server);

/* Returns the next change after a generation: the server with the lowest later one, or NULL. */
Server *servers_next_change(const Servers *servers, uint64_t after);
bool server_is_gone(const Server *server);

/* Called from the event loop after each change. */
typedef struct ServersListener {
        void (*changed)(void *userdata);
        void *userdata;
        struct ServersListener *next; /* internal */
} ServersListener;

void servers_listen(Servers *servers, ServersListener *listener);
void servers_unlisten(Servers *servers, ServersListener *listener);

Servers *servers_free(Servers *servers);
DEFINE_CLEANUP(Servers *, servers_free)
