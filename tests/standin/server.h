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
#define MAX_PLAYERS  8U

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

typedef struct Rcon Rcon;

typedef struct Server {
        int argc;
        char **argv;
        char **environment;

        const Engine *engine;
        const char *game;    /* -game: directory below the installation */
        const char *address; /* -ip */
        uint16_t port;       /* -port, or the next free one without -strictportbind */
        bool strict_port;
        uint16_t client_port; /* +clientport; the engine binds it although nothing uses it here */
        uint16_t steam_port;  /* -steamport, or the next free one */

        int udp_fd;
        int rcon_fd;
        int tv_fd; /* SourceTV's, -1 without */
        Rcon *rcon;

        char version[32];
        char map[64];
        char mode[32];
        unsigned n_humans;
        unsigned n_bots;

        /* Milliseconds of CLOCK_MONOTONIC */
        uint64_t ready_at;
        uint64_t quiet_until; /* A2S unanswered before */
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
