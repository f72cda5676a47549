/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "engine/engine.h"

/*
 * The stand-in's state while it runs. There is one of these, made by main(), and one loop that
 * serves it; nothing here is shared with another thread.
 */

#define SCHEDULE_MAX 16U
#define PLAYERS_MAX  32U

/* As others see the server: an address for documentation. */
#define PUBLIC_ADDRESS "192.0.2.1"

/* A console line to be run later. Empty slots have no line. */
typedef struct Scheduled {
        uint64_t due;
        char *line;
} Scheduled;

/* Output on request: so many lines a second, or as fast as it goes. */
typedef struct Lines {
        uint32_t rate; /* 0: as fast as it goes */
        uint64_t total;
        uint64_t written;
        uint64_t started;
} Lines;

/* A player or a bot. */
typedef struct Player {
        unsigned user_id; /* 0: a free place */
        bool is_bot;
        char name[256];
        char steam_id[64];
        char address[64];
        const char *team; /* "" until there is one, as in the log */
        uint64_t joined;  /* now_ms() */
        unsigned score;
} Player;

typedef struct Rcon Rcon;

typedef struct Server {
        int argc;
        char **argv;
        char **environment;

        const Engine *engine;
        const char *game;    /* -game: directory below the installation */
        const char *address; /* -ip */
        bool has_address;
        uint16_t port; /* -port, or the next free one without -strictportbind */
        bool strict_port;
        uint16_t client_port; /* +clientport; the engine binds it although nothing uses it here */
        uint16_t steam_port;  /* -steamport, or the next free one */
        unsigned tick_rate;   /* -tickrate, if there is a plugin that makes it count */

        int udp_fd;
        int rcon_fd;
        int tv_fd; /* SourceTV's, -1 without */
        Rcon *rcon;

        char version[32];
        char map[64];
        char mode[32];
        Player players[PLAYERS_MAX];
        unsigned n_humans;
        unsigned n_bots;
        unsigned last_user_id;
        bool hibernating;

        /* Milliseconds of CLOCK_MONOTONIC */
        uint64_t ready_at;
        uint64_t quiet_until;  /* A2S unanswered before */
        unsigned hang_seconds; /* nothing is served for so long: a map loads */
        bool ready;
        uint64_t started;

        bool lan; /* Steam's library did not start: see steam.h */

        /* of the game's port */
        uint64_t bytes_in;
        uint64_t bytes_out;

        bool stop;
        int exit_status;

        /* Where console output goes instead of stdout while a remote command runs. */
        Buffer *reply;
        unsigned exec_depth;
        Scheduled schedule[SCHEDULE_MAX];

        Lines lines;
} Server;

uint64_t now_ms(void);
