/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * srcds_linux, the stand-in: takes what the game's server takes, starts up in the same order
 * (engine, sockets, `+` commands, map with server.cfg, ready), then serves everything from one
 * poll() loop in one thread.
 */

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "a2s.h"
#include "commands.h"
#include "console.h"
#include "cvar.h"
#include "lines.h"
#include "log.h"
#include "network.h"
#include "rcon.h"
#include "steam.h"
#include "text.h"

#define DEFAULT_MAP       "c1m1_hotel"
#define DEFAULT_TICK_RATE 30U

enum { POLL_SIGNAL, POLL_UDP, POLL_RCON, POLL_MAX = POLL_RCON + 1 + RCON_CLIENTS_MAX };

uint64_t now_ms(void) {
        struct timespec ts;

        clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t) ts.tv_sec * 1000 + (uint64_t) ts.tv_nsec / 1000000;
}

/* Words that begin another option or command; -1 and the like are values. */
static bool is_option(const char *word) {
        return word[0] == '+' || (word[0] == '-' && (word[1] < '0' || word[1] > '9'));
}

/* The value behind the last of these words, NULL for none. */
static const char *option(const Server *s, const char *name, const char *other) {
        const char *value = NULL;

        for (int i = 1; i + 1 < s->argc; i++)
                if (strcmp(s->argv[i], name) == 0 || strcmp(s->argv[i], other) == 0)
                        value = s->argv[i + 1];

        return value;
}

static bool has_option(const Server *s, const char *name) {
        for (int i = 1; i < s->argc; i++)
                if (strcmp(s->argv[i], name) == 0)
                        return true;

        return false;
}

/* Sets *ret if there is such an option. */
static int parse_port(const Server *s, const char *name, const char *other, uint16_t *ret) {
        const char *port = option(s, name, other);
        uint32_t number;

        if (!port)
                return 0;

        if (parse_number(port, UINT16_MAX, &number) < 0 || number == 0) {
                printf("ERROR: Invalid port '%s'.\n", port);
                return -EINVAL;
        }

        *ret = (uint16_t) number;
        return 0;
}

/* The game ignores -tickrate; a plugin with the files addons/tickrate_enabler.* makes it count. */
static unsigned parse_tick_rate(const Server *s) {
        const char *rate = option(s, "-tickrate", "-tickrate");
        char path[256];
        uint32_t number;

        snprintf(path, sizeof(path), "%s/addons/tickrate_enabler.so", s->game);
        if (!rate || access(path, R_OK) < 0 || parse_number(rate, 1000, &number) < 0 || number == 0)
                return DEFAULT_TICK_RATE;

        return number;
}

static int parse_options(Server *s) {
        const char *game = option(s, "-game", "-game");
        const char *address = option(s, "-ip", "+ip");
        int r;

        s->game = game ? game : "left4dead2";
        s->address = address ? address : "0.0.0.0";
        s->has_address = address;
        s->strict_port = has_option(s, "-strictportbind");
        s->tick_rate = parse_tick_rate(s);

        r = parse_port(s, "-port", "+hostport", &s->port);
        if (r < 0)
                return r;

        r = parse_port(s, "+clientport", "-clientport", &s->client_port);
        if (r < 0)
                return r;

        return parse_port(s, "-steamport", "-steamport", &s->steam_port);
}

/* By name alone: that the library is found is the wrapper's LD_LIBRARY_PATH. */
static int load_engine(Server *s) {
        void *library = dlopen(ENGINE_LIBRARY, RTLD_NOW);

        if (library)
                s->engine = dlsym(library, ENGINE_SYMBOL);
        if (!s->engine) {
                printf("Failed to open %s (%s)\n", ENGINE_LIBRARY, dlerror());
                return -ENOENT;
        }

        return 0;
}

/* The version is the game's, not the program's: an update changes this file. */
static int read_version(Server *s) {
        char path[256], line[128];
        FILE *f;

        snprintf(path, sizeof(path), "%s/gameinfo.txt", s->game);
        if (access(path, R_OK) < 0) {
                printf("Setup file 'gameinfo.txt' doesn't exist in subdirectory '%s'.\n", s->game);
                return -ENOENT;
        }

        snprintf(s->version, sizeof(s->version), "%s", s->engine->version());
        snprintf(path, sizeof(path), "%s/steam.inf", s->game);
        f = fopen(path, "re");
        if (!f)
                return 0;

        while (fgets(line, sizeof(line), f))
                if (sscanf(line, "PatchVersion=%31[0-9.]", s->version) == 1)
                        break;
        fclose(f);
        return 0;
}

/* Each `+command` with the words up to the next option. */
static void run_arguments(Server *s) {
        for (int i = 1; i < s->argc && !s->stop;) {
                char *words[64], **argv = s->argv + i;
                int n = 1;

                while (i + n < s->argc && !is_option(argv[n]))
                        n++;
                i += n;

                if (argv[0][0] != '+' || argv[0][1] == '\0' || n > 64)
                        continue;
                memcpy(words, argv, (size_t) n * sizeof(*words));
                words[0]++;
                console_run_words(s, n, words);
        }
}

static int start(Server *s) {
        int r;

        r = parse_options(s);
        if (r < 0)
                return r;

        r = load_engine(s);
        if (r < 0)
                return r;

        r = read_version(s);
        if (r < 0)
                return r;

        printf("Setting breakpad minidump AppID = 222860\n");
        printf("Console initialized.\n");
        printf("Game_srv.so loaded for \"Left 4 Dead 2\"\n");

        r = network_open(s);
        if (r < 0)
                return r;

        r = network_open_client(s);
        if (r < 0)
                return r;

        printf("Network: IP %s, mode MP, dedicated Yes, ports %u SV / %u CL\n", s->address, s->port,
               s->client_port);
        steam_start(s);

        (void) console_exec(s, "banned_user.cfg");
        (void) console_exec(s, "banned_ip.cfg");
        run_arguments(s);
        if (*s->map == '\0' && !s->stop && !has_option(s, "+map"))
                (void) game_load_map(s, DEFAULT_MAP, NULL);
        return 0;
}

static void become_ready(Server *s) {
        if (s->ready || *s->map == '\0' || now_ms() < s->ready_at)
                return;

        s->ready = true;
        s->quiet_until = 0;
        if (!s->lan) {
                printf("Connection to Steam servers successful.\n");
                printf("   Public IP is " PUBLIC_ADDRESS ".\n");
                printf("VAC secure mode is activated.\n");
        }
        s->hibernating = s->n_humans == 0;
        if (s->hibernating)
                printf("Server is hibernating\n");
}

static int open_signals(void) {
        sigset_t set;

        signal(SIGPIPE, SIG_IGN);
        sigemptyset(&set);
        sigaddset(&set, SIGINT);
        sigaddset(&set, SIGTERM);
        sigprocmask(SIG_BLOCK, &set, NULL);
        return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void handle_signal(Server *s, int fd) {
        struct signalfd_siginfo info;

        if (read(fd, &info, sizeof(info)) != sizeof(info))
                return;

        log_line(
                s, "server_message: \"quit\" (%s)",
                info.ssi_signo == SIGINT ? "SIGINT" : "SIGTERM");
        if (cvar_number("standin_quit_time") > 0) {
                (void) sleep(cvar_number("standin_quit_time"));
                printf("standin: said goodbye\n");
        }
        game_quit(s, 0);
}

/* Milliseconds until something is due: a scheduled line, readiness, lines to write. */
static int next_timeout(const Server *s, int lines) {
        uint64_t now = now_ms(), due = console_next_due(s);
        int timeout = -1;

        if (!s->ready && *s->map != '\0' && s->ready_at < due)
                due = s->ready_at;
        if (rcon_next_due(s) < due)
                due = rcon_next_due(s);
        if (due != UINT64_MAX)
                timeout = due <= now ? 0 : (int) (due - now);

        return lines >= 0 && (timeout < 0 || lines < timeout) ? lines : timeout;
}

/* The game has one thread, which reads the map meanwhile. The answer to who asked for it is sent.
 */
static void load_map(Server *s) {
        unsigned left = s->hang_seconds;

        s->hang_seconds = 0;
        while (left > 0)
                left = sleep(left);
}

static void serve(Server *s, int signal_fd) {
        struct pollfd fds[POLL_MAX];

        fds[POLL_SIGNAL] = (struct pollfd) { .fd = signal_fd, .events = POLLIN };
        fds[POLL_UDP] = (struct pollfd) { .fd = s->udp_fd, .events = POLLIN };

        while (!s->stop) {
                nfds_t n;

                /* First: a query that came while it started is answered. */
                become_ready(s);
                n = POLL_RCON + rcon_poll(s, fds + POLL_RCON);
                if (poll(fds, n, next_timeout(s, lines_write(s))) < 0 && errno != EINTR)
                        break;

                s->engine->frame();
                if (fds[POLL_SIGNAL].revents)
                        handle_signal(s, signal_fd);
                if (fds[POLL_UDP].revents)
                        a2s_serve(s);
                rcon_serve(s, fds + POLL_RCON, n - POLL_RCON);
                console_run_scheduled(s);
                load_map(s);
        }
}

int main(int argc, char **argv, char **environment) {
        Server s = {
                .argc = argc,
                .argv = argv,
                .environment = environment,
                .port = 27015,
                .client_port = 27005,
                .steam_port = 26900,
                .tv_fd = -1,
        };
        int signal_fd;

        setvbuf(stdout, NULL, _IOLBF, 0);
        s.started = s.ready_at = now_ms();

        signal_fd = open_signals();
        s.rcon = rcon_new();
        if (signal_fd < 0 || start(&s) < 0)
                return EXIT_FAILURE;

        serve(&s, signal_fd);

        rcon_flush(&s);
        log_close(&s);
        s.rcon = rcon_free(s.rcon);
        return s.exit_status;
}
