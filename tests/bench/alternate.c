/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Times commands against each other: each once a round, in turn, so that what disturbs the machine
 * disturbs all of them. Prints a line for each: median and minimum wall time in microseconds, the
 * largest resident set in KiB.
 *
 * Usage: alternate ROUNDS [-c DIR] COMMAND [ARGUMENT…] [-- [-c DIR] COMMAND [ARGUMENT…]]…
 *
 * -c DIR empties this directory before each run, outside the time taken. The commands' output is
 * discarded. A command that fails ends everything.
 */

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "base/file.h"

enum { COMMANDS_MAX = 8, ROUNDS_MAX = 10000 };

typedef struct Command {
        char **argv;
        const char *clear;
        long rss;
        uint64_t times[ROUNDS_MAX];
} Command;

static Command commands[COMMANDS_MAX];
static size_t n_commands;

static uint64_t now_us(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t) ts.tv_sec * 1000000 + (uint64_t) ts.tv_nsec / 1000;
}

static int compare(const void *a, const void *b) {
        const uint64_t *x = a, *y = b;

        return *x < *y ? -1 : *x > *y;
}

static int empty_directory(const char *path) {
        _cleanup_(closedirp) DIR *dir = opendir(path);
        int r = 0;

        if (!dir)
                return -errno;
        for (struct dirent *entry; r >= 0 && (entry = readdir(dir));)
                if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                        r = remove_tree(dirfd(dir), entry->d_name);
        return r;
}

static int run_once(Command *c, uint64_t *ret_us) {
        posix_spawn_file_actions_t actions;
        struct rusage usage;
        uint64_t start;
        pid_t pid;
        int status, r;

        if (c->clear) {
                r = empty_directory(c->clear);
                if (r < 0)
                        return r;
        }

        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        start = now_us();
        r = posix_spawnp(&pid, c->argv[0], &actions, NULL, c->argv, environ);
        posix_spawn_file_actions_destroy(&actions);
        if (r != 0)
                return -r;
        if (wait4(pid, &status, 0, &usage) < 0)
                return -errno;

        *ret_us = now_us() - start;
        if (usage.ru_maxrss > c->rss)
                c->rss = usage.ru_maxrss;
        return status == 0 ? 0 : -ECHILD;
}

static void split_commands(char **argv) {
        for (char **arg = argv; *arg && n_commands < COMMANDS_MAX;) {
                Command *c = &commands[n_commands++];

                if (strcmp(*arg, "-c") == 0 && arg[1]) {
                        c->clear = arg[1];
                        arg += 2;
                }
                c->argv = arg;
                while (*arg && strcmp(*arg, "--") != 0)
                        arg++;
                if (*arg)
                        *arg++ = NULL;
        }
}

int main(int argc, char *argv[]) {
        int rounds = argc > 2 ? atoi(argv[1]) : 0;

        if (rounds < 1 || rounds > ROUNDS_MAX)
                return EXIT_FAILURE;
        split_commands(argv + 2);

        /* The round before the first warms the caches and isn't kept. */
        for (int i = -1; i < rounds; i++)
                for (size_t k = 0; k < n_commands; k++) {
                        int r = run_once(&commands[k], &commands[k].times[i < 0 ? 0 : i]);

                        if (r < 0) {
                                (void) fprintf(
                                        stderr, "%s: %s\n", commands[k].argv[0],
                                        r == -ECHILD ? "failed" : strerror(-r));
                                return EXIT_FAILURE;
                        }
                }

        for (size_t k = 0; k < n_commands; k++) {
                qsort(commands[k].times, (size_t) rounds, sizeof(uint64_t), compare);
                printf("%llu %llu %ld\n", (unsigned long long) commands[k].times[rounds / 2],
                       (unsigned long long) commands[k].times[0], commands[k].rss);
        }
        return EXIT_SUCCESS;
}
