/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The stand-in's own commands, by which a test makes the server end badly, try what a sandbox
 * should refuse, or tell what it was given. README.md lists them. Each reports on stdout in lines
 * that begin with "standin: ".
 */

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "a2s.h"
#include "commands.h"
#include "console.h"
#include "lines.h"
#include "network.h"
#include "rcon.h"
#include "syscall.h"
#include "text.h"

static void usage(Server *s, const char *command, const char *arguments) {
        console_report(s, "usage: %s %s", command, arguments);
}

/* How long an answer to an rcon client has to get through before what it asked for happens. */
#define ANSWER_MS 200U

/*
 * For commands after which nothing more is said: if a time is given as word `index`, or someone
 * waits for an answer, the command runs again later without it. Returns true then.
 */
static bool postponed(Server *s, int argc, char **argv, int index) {
        uint32_t seconds = 0;

        if (argc > index && parse_number(argv[index], 3600, &seconds) < 0) {
                console_report(s, "%s: not a number of seconds: %s", argv[0], argv[index]);
                return true;
        }
        if (argc <= index && !s->reply)
                return false;

        console_report(s, "%s in %u s", argv[0], seconds);
        console_schedule(
                s, seconds > 0 ? seconds * 1000ULL : ANSWER_MS, argc < index ? argc : index, argv);
        return true;
}

static void run_after(Server *s, int argc, char **argv) {
        uint32_t seconds;

        if (argc < 3 || parse_number(argv[1], 3600, &seconds) < 0)
                usage(s, argv[0], "SECONDS COMMAND…");
        else
                console_schedule(s, seconds * 1000ULL, argc - 2, argv + 2);
}

/* By a real fault: PID 1 of a namespace would not die of a signal it sends itself. */
static void run_crash(Server *s, int argc, char **argv) {
        static volatile uintptr_t nowhere;

        if (postponed(s, argc, argv, 1))
                return;

        console_report(s, "crash");
        *(volatile int *) nowhere = 1; /* NOLINT(clang-analyzer-core.NullDereference) */
}

/* As after a minute of an infinite loop. */
static void run_watchdog(Server *s, int argc, char **argv) {
        if (postponed(s, argc, argv, 1))
                return;

        printf("WatchDog! Server took too long to process (probably infinite loop).\n");
        run_crash(s, 1, argv);
}

/* SIGINT and SIGTERM are blocked and read from a signalfd, so not reading is ignoring them. */
static void run_hang(Server *s, int argc, char **argv) {
        if (postponed(s, argc, argv, 1))
                return;

        console_report(s, "hang");
        for (;;)
                pause();
}

static void run_exit(Server *s, int argc, char **argv) {
        uint32_t status = 1;

        if (argc > 1 && parse_number(argv[1], 255, &status) < 0)
                usage(s, argv[0], "[STATUS [SECONDS]]");
        else if (!postponed(s, argc, argv, 2)) {
                console_report(s, "exit %u", status);
                game_quit(s, (int) status);
        }
}

static void run_ready_delay(Server *s, int argc, char **argv) {
        uint32_t seconds;

        if (argc != 2 || parse_number(argv[1], 3600, &seconds) < 0)
                usage(s, argv[0], "SECONDS");
        else if (s->ready)
                console_report(s, "%s: already ready", argv[0]);
        else
                s->ready_at = now_ms() + seconds * 1000ULL;
}

static void run_lines(Server *s, int argc, char **argv) {
        uint32_t rate, seconds = 10;

        if (argc < 2 || parse_number(argv[1], 1000000, &rate) < 0 ||
            (argc > 2 && parse_number(argv[2], 86400, &seconds) < 0))
                usage(s, argv[0], "LINES-PER-SECOND [SECONDS]");
        else
                lines_start(s, rate, (uint64_t) rate * seconds);
}

static void run_flood(Server *s, int argc, char **argv) {
        uint32_t total = 100000;

        if (argc > 1 && parse_number(argv[1], UINT32_MAX, &total) < 0)
                usage(s, argv[0], "[LINES]");
        else
                lines_start(s, 0, total);
}

/* The line as it is, without a prefix: it stands for one of the game's. */
static void run_line(Server *s, int argc, char **argv) {
        Buffer text = {};

        (void) s;
        text_join(&text, 1, argc, argv);
        fwrite(text.data, 1, text_unescape((char *) text.data), stdout);
        putchar('\n');
        buffer_done(&text);
}

static void run_reply(Server *s, int argc, char **argv) {
        uint32_t size;

        if (argc != 2 || parse_number(argv[1], 1000000, &size) < 0) {
                usage(s, argv[0], "BYTES");
                return;
        }

        for (uint32_t i = 0; i < size; i++)
                console_print(s, "%c", i % 64 == 63 ? '\n' : 'a' + (int) (i % 26));
}

/* The COUNT of `MODE [COUNT]`: 0 for none, UINT32_MAX if it is wrong. */
static uint32_t mode_count(int argc, char **argv) {
        uint32_t count = 0;

        if (argc < 2 || argc > 3 ||
            (argc == 3 && (parse_number(argv[2], 1000000, &count) < 0 || count == 0)))
                return UINT32_MAX;

        return count;
}

static void run_rcon(Server *s, int argc, char **argv) {
        uint32_t count = mode_count(argc, argv);
        RconMode mode = argc > 1 ? rcon_mode_from_name(argv[1]) : RCON_MODES_MAX;

        if (count == UINT32_MAX || mode == RCON_MODES_MAX) {
                usage(s, argv[0], "MODE [COUNT]");
                return;
        }

        rcon_misbehave(s, mode, count);
        console_report(s, "rcon %s", argv[1]);
}

static void run_a2s(Server *s, int argc, char **argv) {
        uint32_t count = mode_count(argc, argv);
        A2sMode mode = argc > 1 ? a2s_mode_from_name(argv[1]) : A2S_MODES_MAX;

        if (count == UINT32_MAX || mode == A2S_MODES_MAX) {
                usage(s, argv[0], "MODE [COUNT]");
                return;
        }

        a2s_misbehave(mode, count);
        console_report(s, "a2s %s", argv[1]);
}

static void run_drop_rcon(Server *s, int argc, char **argv) {
        (void) argc;
        (void) argv;
        console_report(s, "dropping all rcon sessions");
        rcon_drop(s);
}

static void run_rcon_seen(Server *s, int argc, char **argv) {
        (void) argc;
        (void) argv;
        console_report(s, "authentications: %u", rcon_authentications(s));
}

static int socket_type(const char *word) {
        return strcmp(word, "udp") == 0 ? SOCK_DGRAM : strcmp(word, "tcp") == 0 ? SOCK_STREAM : -1;
}

static void run_bind(Server *s, int argc, char **argv) {
        uint32_t port;
        int fd;

        if (argc < 3 || socket_type(argv[1]) < 0 || parse_number(argv[2], UINT16_MAX, &port) < 0) {
                usage(s, argv[0], "udp|tcp PORT [ADDRESS]");
                return;
        }

        fd = network_bind(socket_type(argv[1]), argc > 3 ? argv[3] : s->address, (uint16_t) port);
        console_report(s, "bind %s %u: %s", argv[1], port, result_name(fd));
        if (fd >= 0)
                close(fd);
}

static void run_socket(Server *s, int argc, char **argv) {
        uint32_t family;
        int fd;

        if (argc != 2 || parse_number(argv[1], UINT16_MAX, &family) < 0) {
                usage(s, argv[0], "FAMILY");
                return;
        }

        fd = socket((int) family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        console_report(s, "socket %u: %s", family, result_name(fd < 0 ? -errno : 0));
        if (fd >= 0)
                close(fd);
}

static int connect_to(int domain, int type, const void *address, socklen_t size) {
        int fd, r = 0;

        fd = socket(domain, type | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;

        if (connect(fd, address, size) < 0)
                r = -errno;
        close(fd);
        return r;
}

static int connect_inet(const char *type, const char *address, const char *port) {
        struct sockaddr_in sa;
        uint32_t number;
        int r;

        r = parse_number(port, UINT16_MAX, &number);
        if (r < 0)
                return r;

        r = network_address(address, (uint16_t) number, &sa);
        if (r < 0)
                return r;

        return connect_to(AF_INET, socket_type(type), &sa, sizeof(sa));
}

static int connect_unix(const char *path) {
        struct sockaddr_un sa = { .sun_family = AF_UNIX };

        if (strlen(path) >= sizeof(sa.sun_path))
                return -ENAMETOOLONG;

        memcpy(sa.sun_path, path, strlen(path));
        return connect_to(AF_UNIX, SOCK_STREAM, &sa, sizeof(sa));
}

static void run_connect(Server *s, int argc, char **argv) {
        int r;

        if (argc == 3 && strcmp(argv[1], "unix") == 0)
                r = connect_unix(argv[2]);
        else if (argc == 4 && socket_type(argv[1]) >= 0)
                r = connect_inet(argv[1], argv[2], argv[3]);
        else {
                usage(s, argv[0], "unix PATH | udp|tcp ADDRESS PORT");
                return;
        }

        console_report(s, "connect %s %s: %s", argv[1], argv[2], result_name(r));
}

static void run_write(Server *s, int argc, char **argv) {
        Buffer text = {};
        size_t size;
        int fd, r = 0;

        if (argc < 2) {
                usage(s, argv[0], "PATH [TEXT…]");
                return;
        }

        text_join(&text, 2, argc, argv);
        size = text_unescape((char *) text.data);

        fd = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (fd < 0 || write(fd, text.data, size) != (ssize_t) size)
                r = -errno;
        if (fd >= 0)
                close(fd);

        console_report(s, "write %s: %s", argv[1], result_name(r));
        buffer_done(&text);
}

static void run_read(Server *s, int argc, char **argv) {
        char bytes[512];
        Buffer text = {};
        ssize_t n = -1;
        int fd, r = 0;

        if (argc != 2) {
                usage(s, argv[0], "PATH");
                return;
        }

        fd = open(argv[1], O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0 || (n = read(fd, bytes, sizeof(bytes))) < 0)
                r = -errno;
        if (fd >= 0)
                close(fd);

        if (r < 0)
                console_report(s, "read %s: %s", argv[1], result_name(r));
        else {
                text_escape(&text, bytes, (size_t) n);
                buffer_put_u8(&text, 0);
                console_report(s, "read %s: ok \"%s\"", argv[1], (const char *) text.data);
        }
        buffer_done(&text);
}

static void report_escaped(Server *s, const char *array, int index, const char *value) {
        Buffer text = {};

        text_escape(&text, value, strlen(value));
        buffer_put_u8(&text, 0);
        console_report(s, "%s[%d]=\"%s\"", array, index, (const char *) text.data);
        buffer_done(&text);
}

static void run_argv(Server *s, int argc, char **argv) {
        (void) argc;
        (void) argv;
        for (int i = 0; i < s->argc; i++)
                report_escaped(s, "argv", i, s->argv[i]);
}

static void run_environment(Server *s, int argc, char **argv) {
        (void) argc;
        (void) argv;
        for (int i = 0; s->environment[i]; i++)
                report_escaped(s, "environment", i, s->environment[i]);
}

/* io_uring is what the usual filters leave open on i386. */
static void run_syscall(Server *s, int argc, char **argv) {
        const char *word = argc > 1 ? argv[1] : "io_uring_setup", *name;
        uint32_t number;

        if (syscall_number(word, &number) < 0) {
                usage(s, argv[0], "[NAME|NUMBER]");
                return;
        }

        /* Said first: the filter may end the program. */
        name = syscall_name(number);
        printf("standin: trying syscall %u (%s)\n", number, name ? name : "unnamed");
        console_report(
                s, "syscall %u (%s): %s", number, name ? name : "unnamed",
                result_name(syscall_try(number)));
}

const Command standin_commands[] = {
        { "standin_a2s", run_a2s, "Answer queries wrongly." },
        { "standin_after", run_after, "Run a command later." },
        { "standin_argv", run_argv, "Print the arguments." },
        { "standin_bind", run_bind, "Try to bind a port." },
        { "standin_connect", run_connect, "Try to connect." },
        { "standin_crash", run_crash, "End by SIGSEGV." },
        { "standin_drop_rcon", run_drop_rcon, "End all rcon sessions." },
        { "standin_environment", run_environment, "Print the environment." },
        { "standin_exit", run_exit, "End with a status." },
        { "standin_flood", run_flood, "Write lines as fast as it goes." },
        { "standin_hang", run_hang, "Do nothing any more, not even end." },
        { "standin_line", run_line, "Write this line, with C escapes." },
        { "standin_lines", run_lines, "Write lines at a rate." },
        { "standin_rcon", run_rcon, "Answer rcon wrongly." },
        { "standin_rcon_seen", run_rcon_seen, "Say how many authentications came." },
        { "standin_read", run_read, "Read a file." },
        { "standin_ready_delay", run_ready_delay, "Be ready later." },
        { "standin_reply", run_reply, "Answer with so many bytes." },
        { "standin_socket", run_socket, "Make a socket." },
        { "standin_syscall", run_syscall, "Make a system call." },
        { "standin_watchdog", run_watchdog, "End as the watchdog ends it." },
        { "standin_write", run_write, "Write a file." },
        { NULL, NULL, NULL },
};
