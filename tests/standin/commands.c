/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Commands that the game has too. Their output has the game's form as far as someone reads it:
 * `status` and what `banid` and `writeid` leave behind.
 */

#include "commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "console.h"
#include "cvar.h"
#include "files.h"
#include "lists.h"
#include "log.h"
#include "network.h"
#include "players.h"
#include "text.h"

/* Whether there is such a map, "name" or "name mode". Returns the length of the name. */
static int find_map(const Server *s, const char *what, char *ret_path, size_t path_size) {
        size_t size = strcspn(what, " ");

        if (size == 0 || size >= sizeof(s->map) || memchr(what, '/', size))
                return -ENOENT;

        snprintf(ret_path, path_size, "%s/maps/%.*s.bsp", s->game, (int) size, what);
        return access(ret_path, R_OK) < 0 ? -ENOENT : (int) size;
}

/* A number that the file's size makes, negative as the real ones often are. */
static int map_crc(const char *path) {
        struct stat st;

        return stat(path, &st) < 0 ? 0 : -1000000007 - (int) (st.st_size % 1000000);
}

int game_load_map(Server *s, const char *what, const char *mode) {
        char path[320];
        int size;

        size = find_map(s, what, path, sizeof(path));
        if (size < 0)
                return size;

        /* One argument may hold both: +map "c1m1_hotel versus" */
        if (!mode && what[size] == ' ')
                mode = what + size + 1;

        snprintf(s->map, sizeof(s->map), "%.*s", size, what);
        if (mode)
                cvar_set(cvar_find("mp_gamemode"), mode);
        snprintf(s->mode, sizeof(s->mode), "%s", cvar_string("mp_gamemode"));
        log_line(s, "Loading map \"%s\"", s->map);
        log_cvars(s);

        s->hang_seconds = cvar_number("standin_changelevel_hang");
        s->quiet_until = now_ms() + cvar_number("standin_changelevel_time") * 1000ULL;
        (void) console_exec(s, "server.cfg");
        log_line(s, "Started map \"%s\" (CRC \"%d\")", s->map, map_crc(path));
        if (s->ready)
                players_enter_again(s);

        if (network_open_tv(s) < 0 && s->strict_port)
                game_quit(s, 1);
        else
                files_write(s);
        return 0;
}

void game_quit(Server *s, int status) {
        s->stop = true;
        s->exit_status = status;
}

/* `map` begins again, without the players; `changelevel` takes them along. */
static void run_map(Server *s, int argc, char **argv) {
        const bool is_map = strcasecmp(argv[0], "map") == 0;
        char path[320];

        if (argc < 2) {
                console_print(s, "Usage: %s <map> [mode]\n", argv[0]);
                return;
        }
        if (find_map(s, argv[1], path, sizeof(path)) < 0) {
                log_say(s, "CModelLoader::Map_IsValid:  No such map 'maps/%s.bsp'", argv[1]);
                log_say(s,
                        is_map ? "map load failed: %s not found or invalid"
                               : "changelevel failed: %s not found",
                        argv[1]);
                return;
        }

        if (s->ready && is_map)
                players_drop_all(s, "Server shutting down");
        (void) game_load_map(s, argv[1], is_map && argc > 2 ? argv[2] : NULL);
}

/* Servers print one of three things here, depending on what Steam told them. */
static void print_addresses(Server *s) {
        console_print(s, "udp/ip  : %s:%u ", s->address, s->port);
        switch (s->lan ? 0 : cvar_number("standin_status")) {
        case 1:
                console_print(s, "[ public " PUBLIC_ADDRESS ":%u ]\n", s->port);
                break;
        case 2:
                console_print(s, "[ public same ]\n");
                break;
        default:
                console_print(s, "[ public n/a ]\n");
        }
}

static void run_status(Server *s, int argc, char **argv) {
        bool plain = cvar_number("standin_status") == 0;

        (void) argc;
        (void) argv;
        console_print(s, "hostname: %s\n", cvar_string("hostname"));
        console_print(
                s, "version : %s %u %s  (unknown)\n", s->version, s->engine->build(),
                s->lan ? "insecure" : "secure");
        print_addresses(s);
        console_print(s, "os      : Linux Dedicated\n");
        console_print(s, "map     : %s%s\n", s->map, plain ? "" : " at ( 120, -48, 64 )");
        console_print(
                s, "players : %u humans, %u bots (%u max) (%s) (unreserved)\n\n", s->n_humans,
                s->n_bots, cvar_number("maxplayers"),
                s->n_humans > 0 ? "not hibernating" : "hibernating");
        players_print(s);
}

/* An empty server sleeps. */
static double frames_per_second(const Server *s) {
        if (cvar_number("standin_fps") > 0)
                return cvar_number("standin_fps");

        return s->n_humans > 0 ? s->tick_rate : 0;
}

/* In and Out are bytes a second, Uptime is minutes, FPS the server's frames. */
static void run_stats(Server *s, int argc, char **argv) {
        uint64_t ms = now_ms() - s->started + 1;

        (void) argc;
        (void) argv;
        console_print(s, "CPU   In    Out   Uptime  Users   FPS    Players\n");
        console_print(
                s, "%6.2f %.2f %.2f %7u %5u %7.2f %7u\n", 0.0,
                (double) s->bytes_in * 1000 / (double) ms,
                (double) s->bytes_out * 1000 / (double) ms, (unsigned) (ms / 60000), s->n_humans,
                frames_per_second(s), s->n_humans + s->n_bots);
}

static void run_record(Server *s, int argc, char **argv) {
        int r;

        if (argc < 2 || s->tv_fd < 0) {
                console_print(
                        s, argc < 2 ? "Usage: %s <file>\n" : "SourceTV not active.\n", argv[0]);
                return;
        }

        r = files_record(s, argv[1]);
        if (r < 0)
                console_print(s, "Can't record to %s.dem: %s\n", argv[1], strerror(-r));
        else
                console_print(s, "Recording SourceTV demo to %s.dem...\n", argv[1]);
}

static void run_say(Server *s, int argc, char **argv) {
        Buffer text = {};

        text_join(&text, 1, argc, argv);
        printf("Console: %s\n", (const char *) text.data);
        log_line(s, "\"Console<0><Console><Console>\" say \"%s\"", (const char *) text.data);
        buffer_done(&text);
}

static void run_echo(Server *s, int argc, char **argv) {
        Buffer text = {};

        text_join(&text, 1, argc, argv);
        console_print(s, "%s\n", (const char *) text.data);
        buffer_done(&text);
}

/* `quit` and `exit`; `_restart` does not start anything again either, that is left to others. */
static void run_quit(Server *s, int argc, char **argv) {
        (void) argc;
        log_line(s, "server_message: \"%s\"", argv[0]);
        game_quit(s, 0);
}

static void run_exec(Server *s, int argc, char **argv) {
        if (argc < 2)
                console_print(s, "Usage: exec <file below cfg>\n");
        else if (strstr(argv[1], "..") || console_exec(s, argv[1]) < 0)
                console_print(s, "exec: couldn't exec %s\n", argv[1]);
}

static void run_cvarlist(Server *s, int argc, char **argv) {
        lists_print(s, argc > 1 ? argv[1] : "");
}

static void run_log(Server *s, int argc, char **argv) {
        int r;

        if (argc == 2 && strcmp(argv[1], "off") == 0) {
                log_close(s);
                return;
        }
        if (argc != 2 || strcmp(argv[1], "on") != 0) {
                console_print(
                        s, "Usage:  log < on | off >\n%scurrently logging\n",
                        log_is_on() ? "" : "not ");
                return;
        }

        r = log_open(s);
        if (r < 0)
                console_print(s, "Unable to open logfile: %s\n", strerror(-r));
}

static void run_crash(Server *s, int argc, char **argv) {
        char command[] = "standin_crash", *words[] = { command };

        (void) argc;
        (void) argv;
        console_run_words(s, 1, words);
}

const Command game_commands[] = {
        { "status", run_status, "What server this is and who plays." },
        { "stats", run_stats, "What the server makes of processor and network." },
        { "tv_record", run_record, "Record a demo." },
        { "say", run_say, "Tell the players something." },
        { "echo", run_echo, "Print the arguments." },
        { "quit", run_quit, "End the server." },
        { "exit", run_quit, "End the server." },
        { "_restart", run_quit, "End the server." },
        { "crash", run_crash, "End the server by a fault." },
        { "map", run_map, "Load a map." },
        { "changelevel", run_map, "Go on to another map." },
        { "exec", run_exec, "Run a file below cfg." },
        { "cvarlist", run_cvarlist, "List the variables." },
        { "log", run_log, "Log to a file, on or off." },
        { NULL, NULL, NULL },
};
