/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Commands that the game has too. Their output has the game's form as far as someone reads it:
 * `status` and what `banid` and `writeid` leave behind.
 */

#include "commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bans.h"
#include "console.h"
#include "cvar.h"
#include "files.h"
#include "log.h"
#include "network.h"
#include "players.h"
#include "text.h"

static void join_words(Buffer *b, int argc, char **argv) {
        for (int i = 1; i < argc; i++) {
                if (i > 1)
                        buffer_put(b, " ", 1);
                buffer_put(b, argv[i], strlen(argv[i]));
        }
        buffer_put_u8(b, 0);
}

int game_load_map(Server *s, const char *what, const char *mode) {
        char path[320];
        size_t size = strcspn(what, " ");

        if (size == 0 || size >= sizeof(s->map) || memchr(what, '/', size))
                return -ENOENT;

        /* One argument may hold both: +map "c1m1_hotel versus" */
        if (!mode && what[size] == ' ')
                mode = what + size + 1;

        snprintf(path, sizeof(path), "%s/maps/%.*s.bsp", s->game, (int) size, what);
        if (access(path, R_OK) < 0)
                return -ENOENT;

        snprintf(s->map, sizeof(s->map), "%.*s", (int) size, what);
        snprintf(s->mode, sizeof(s->mode), "%s", mode ? mode : cvar_string("mp_gamemode"));
        log_line(s, "Loading map \"%s\"", s->map);

        s->quiet_until = now_ms() + cvar_number("standin_changelevel_time") * 1000ULL;
        (void) console_exec(s, "server.cfg");
        log_line(s, "Started map \"%s\" (CRC \"%08x\")", s->map, s->engine->build());

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

static void run_map(Server *s, int argc, char **argv) {
        if (argc < 2)
                console_print(s, "Usage: %s <map> [mode]\n", argv[0]);
        else if (game_load_map(s, argv[1], argc > 2 ? argv[2] : NULL) < 0)
                console_print(s, "%s failed: %s not found or invalid\n", argv[0], argv[1]);
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
                s->n_humans > 0 ? 30.0 : 0.0, s->n_humans + s->n_bots);
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

        join_words(&text, argc, argv);
        printf("Console: %s\n", (const char *) text.data);
        log_line(s, "\"Console<0><Console><Console>\" say \"%s\"", (const char *) text.data);
        buffer_done(&text);
}

static void run_echo(Server *s, int argc, char **argv) {
        Buffer text = {};

        join_words(&text, argc, argv);
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
        (void) argc;
        (void) argv;
        console_print(s, "cvar list\n--------------\n");
        for (size_t i = 0; i < n_cvars; i++)
                console_print(
                        s, "%-40s : %-8s : %-16s : %s\n", cvar_table[i].name,
                        cvar_value(cvar_table + i), cvar_table[i].notify ? ", \"nf\"" : "",
                        cvar_table[i].help);
        console_print(s, "--------------\n%3zu total convars/concommands\n", n_cvars);
}

static void run_log(Server *s, int argc, char **argv) {
        int r;

        if (argc == 2 && strcmp(argv[1], "off") == 0) {
                log_close(s);
                return;
        }
        if (argc != 2 || strcmp(argv[1], "on") != 0) {
                console_print(s, "Usage: log <on|off>\n");
                return;
        }

        r = log_open(s);
        if (r < 0)
                console_print(s, "Unable to open logfile: %s\n", strerror(-r));
}

static BanKind kind_of(const char *command) {
        return strstr(command, "ip") ? BAN_ADDRESS : BAN_USER;
}

static void run_ban(Server *s, int argc, char **argv) {
        uint32_t minutes;

        if (argc < 3 || parse_number(argv[1], 1000000, &minutes) < 0)
                console_print(s, "Usage: %s <minutes, 0 is for ever> <whom>\n", argv[0]);
        else
                ban_add(kind_of(argv[0]), argv[2], minutes);
}

static void run_unban(Server *s, int argc, char **argv) {
        if (argc < 2 || !ban_remove(kind_of(argv[0]), argv[1]))
                console_print(s, "%s:  couldn't find %s\n", argv[0], argc < 2 ? "" : argv[1]);
}

static void run_list_bans(Server *s, int argc, char **argv) {
        (void) argc;
        ban_list(s, kind_of(argv[0]));
}

static void run_write_bans(Server *s, int argc, char **argv) {
        int r = ban_write(s, kind_of(argv[0]));

        (void) argc;
        if (r < 0)
                console_print(s, "Couldn't write the ban list: %s\n", strerror(-r));
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
        { "banid", run_ban, "Ban a SteamID." },
        { "removeid", run_unban, "Lift such a ban." },
        { "listid", run_list_bans, "List such bans." },
        { "writeid", run_write_bans, "Write them to cfg/banned_user.cfg." },
        { "addip", run_ban, "Ban an address." },
        { "removeip", run_unban, "Lift such a ban." },
        { "listip", run_list_bans, "List such bans." },
        { "writeip", run_write_bans, "Write them to cfg/banned_ip.cfg." },
        { NULL, NULL, NULL },
};
