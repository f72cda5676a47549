/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Shared by the files of the table of servers. */

#include "live/age.h"
#include "live/state.h"
#include "server/console.h"
#include "server/last-end.h"
#include "servers/servers.h"
#include "spec/address.h"
#include "systemd/unit-listener.h"
#include "view/language.h"

/* A server's model and what pages made of it, in one language. */
typedef struct ServerView {
        sd_json_variant *base; /* without what no signal announces */
        sd_json_variant *model;
        uint64_t model_time; /* CLOCK_MONOTONIC, µs */
        void *kept;          /* see server_get_kept() */
        void (*release_kept)(void *kept);
        char *event_text;
} ServerView;

struct Server {
        char name[INSTANCE_NAME_MAX + 1];
        Servers *servers;
        UnitNames units;

        /* servers/bus.c */
        UnitState unit; /* empty: not loaded */
        bool is_loaded, was_fetched;
        bool wants_fetch, wants_fetch_once; /* once: also while it is inactive */
        UnitFetch *fetch;

        /* servers/specs.c */
        ServerSpec spec;
        bool spec_is_stale;
        sd_event_source *watch;

        /* servers/live.c */
        LiveState *live; /* the newest, of whichever run; NULL: there is none */
        bool live_is_stale;
        LiveAge live_age;

        /* servers/servers.c, servers/model.c */
        ServerState state;
        int is_ready;       /* see server_is_ready() */
        uint32_t ready_pid; /* the main process that is_ready is about */
        LastEnd last_end;   /* usec 0: none is known */
        uint32_t end_pid;   /* which main process it was looked for at */
        bool is_end_known;
        bool is_dirty, is_gone;
        uint64_t generation, gone_since; /* CLOCK_MONOTONIC, µs */
        ServerView views[LANGUAGES_MAX]; /* by language_current(); English has a base always */
        char *blueprint;
};

struct Servers {
        sd_event *event;
        const SpecContext *specs;
        const HostSockets *host_sockets;
        char host[HOST_ADDRESS_MAX]; /* see host_address() */
        sd_event_source *host_timer, *ready_timer;
        Server **items; /* by name */
        size_t n_items;
        uint64_t generation;
        unsigned n_ends; /* how many last ends were looked for since the loop turned */
        ServersListener *listeners;
        sd_event_source *publish; /* runs when nothing more urgent is left to do */

        /* servers/bus.c */
        UnitListener listener;
        bool list_all; /* all units are asked for again after the next list */
        bool is_known; /* systemd answers, and was listened to without a break since */
        bool is_reloading;
        bool has_complained; /* that the bus can't be reached */
        size_t n_fetching;
        sd_event_source *relist;

        /* servers/specs.c */
        sd_event_source *instances_watch, *blueprints_watch;
        struct OwnerWatch *owners;
        bool names_are_stale, owners_are_stale;

        /* servers/live.c */
        sd_event_source *live_watch, *live_timer;
        bool live_has_complained;
};

/* servers/servers.c */
Server *servers_find_any(Servers *servers, const char *name); /* also one that is gone */
int servers_add(Servers *servers, const char *name, Server **ret) _must_check_;
void servers_touch(Servers *servers, Server *server); /* something about it changed; NULL: all */

/* servers/bus.c */
void servers_bus_open(Servers *servers); /* what fails is tried again */
void servers_bus_fetch(Servers *servers);
void servers_bus_close(Servers *servers);

/* servers/specs.c */
int servers_specs_watch(Servers *servers) _must_check_;
void servers_specs_update(Servers *servers); /* reads what is stale */
void servers_specs_close(Servers *servers);

/* servers/host.c */
int servers_host_watch(Servers *servers) _must_check_;

/* servers/live.c */
int servers_live_watch(Servers *servers) _must_check_;
void server_live_update(Server *server); /* reads it if it is stale */
void servers_live_close(Servers *servers);

/* servers/live-model.c: the key "live", its times apart from it, and what is wrong */
int server_add_live(const Server *server, sd_json_variant **object) _must_check_;
int server_add_live_times(const Server *server, sd_json_variant **object) _must_check_;

/* servers/model.c */
int server_make_base(Server *server, sd_json_variant **ret) _must_check_;
