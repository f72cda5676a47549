/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Runs every attempt of every table in a child process and prints a line for each:
 *
 *     probe D2a i386 ptrace(neighbour) -> blocked SIGSYS
 *     probe D5c i386 connect(neighbour-rcon) -> ALLOWED
 *     probe D4d i386 socket(AF_VSOCK) -> n/a
 *
 * The i386 build then becomes probe-x86-64 from the directory of its own program, the x86-64 build
 * prints "probe end" and ends with 0.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "objects.h"
#include "probe.h"

/* For an attempt that waits forever; an emulated processor beside other work is slow. */
#define ATTEMPT_SECONDS 20

static const Attempt *const groups[] = {
        d1_attempts,        d2_attempts, d3_attempts, d3_abi_attempts, d4_attempts,
        d4_socket_attempts, d5_attempts, d6_attempts, d7_attempts,     d8_attempts,
};

/* Written by the child, read when it is gone. */
static int *outcome;

static bool is_target(pid_t pid, const Targets *t) {
        return pid == t->web || pid == t->neighbour;
}

/*
 * Forks a child whose PID isn't a target's: in a PID namespace of its own the probe counts from 2,
 * and an attempt on process 40 of the host must not find process 40 of the probe.
 */
static pid_t fork_beside(const Targets *t) {
        for (;;) {
                pid_t pid = fork();

                if (pid == 0 && is_target(getpid(), t))
                        _exit(0);
                if (pid <= 0 || !is_target(pid, t))
                        return pid;
                (void) waitpid(pid, NULL, 0);
        }
}

static const char *signal_name(int signal) {
        static char name[32];

        (void) snprintf(name, sizeof(name), "SIG%s", sigabbrev_np(signal));
        return name;
}

static void report(const Attempt *a, int status) {
        printf("probe %s " ABI " %s(%s) -> ", a->vector, a->name, a->object);

        if (WIFSIGNALED(status))
                printf("blocked %s\n", signal_name(WTERMSIG(status)));
        else if (*outcome == 0)
                printf("ALLOWED\n");
        else if (*outcome == -NOT_APPLICABLE)
                printf("n/a\n");
        else
                printf("blocked %s\n", strerrorname_np(-*outcome) ?: "?");
}

static void attempt(const Attempt *a, const Targets *t) {
        int status = 0;
        pid_t pid;

        (void) fflush(stdout);
        *outcome = -EINPROGRESS;

        pid = fork_beside(t);
        if (pid == 0) {
                (void) signal(SIGALRM, SIG_DFL);
                (void) alarm(ATTEMPT_SECONDS);
                *outcome = a->call(a, t);
                _exit(0);
        }

        if (pid < 0 || waitpid(pid, &status, 0) < 0)
                *outcome = -errno;
        report(a, status);
}

/* Made by an i386 program, or as one by int $0x80. */
static bool is_i386(const Attempt *a) {
        return sizeof(void *) == 4 || strncmp(a->name, "int80", 5) == 0 ||
               strcmp(a->name, "socketcall") == 0;
}

static int read_target(const char *word, Targets *t) {
        const char *value = strchr(word, '=');
        char *end;
        long number;

        if (!value)
                return -EINVAL;
        number = strtol(value + 1, &end, 10);
        if (*end != '\0' || number < 0 || number > INT32_MAX)
                return -EINVAL;

        if (strncmp(word, "web=", 4) == 0)
                t->web = (pid_t) number;
        else if (strncmp(word, "neighbour=", 10) == 0)
                t->neighbour = (pid_t) number;
        else if (strncmp(word, "neighbour_port=", 15) == 0)
                t->neighbour_port = (uint16_t) number;
        else if (strncmp(word, "only_i386=", 10) == 0)
                t->only_i386 = number > 0;
        else if (strncmp(word, "idle_port=", 10) == 0)
                t->idle_port = (uint16_t) number;
        else
                return -EINVAL;
        return 0;
}

/* All other arguments are the game's. */
static int read_targets(int argc, char *argv[], Targets *t) {
        t->parent = getppid();

        for (int i = 1; i + 1 < argc; i++)
                if (strcmp(argv[i], "+probe") == 0 && read_target(argv[i + 1], t) < 0)
                        return -EINVAL;

        return t->web && t->neighbour && t->neighbour_port && t->idle_port ? 0 : -EINVAL;
}

static int print_identity(void) {
        char line[256];
        FILE *status = fopen("/proc/self/status", "re");

        if (!status)
                return EXIT_FAILURE;

        printf("%ld %ld", (long) geteuid(), (long) getegid());
        while (fgets(line, sizeof(line), status))
                if (strncmp(line, "CapEff:\t", 8) == 0)
                        printf(" %s", line + 8);
        return EXIT_SUCCESS;
}

static int next_abi(char *argv[]) {
#ifdef __i386__
        (void) execv("./probe-x86-64", argv);
        fprintf(stderr, "Failed to execute probe-x86-64: %s\n", strerror(errno));
        return EXIT_FAILURE;
#else
        (void) argv;
        printf("probe end\n");
        return EXIT_SUCCESS;
#endif
}

int main(int argc, char *argv[]) {
        Targets targets = {};

        if (argc == 2 && strcmp(argv[1], IDENTITY_OPTION) == 0)
                return print_identity();
        if (argc == 2 && strcmp(argv[1], OBJECTS_OPTION) == 0)
                return objects_make();

        if (read_targets(argc, argv, &targets) < 0) {
                fprintf(stderr, "Usage: srcds_linux +probe web=PID +probe neighbour=PID "
                                "+probe neighbour_port=PORT +probe idle_port=PORT\n");
                return EXIT_FAILURE;
        }

        outcome = mmap(
                NULL, sizeof(*outcome), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (outcome == MAP_FAILED)
                return EXIT_FAILURE;

        for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
                for (const Attempt *a = groups[i]; a->vector; a++)
                        if (!targets.only_i386 || is_i386(a))
                                attempt(a, &targets);

        (void) fflush(stdout);
        return next_abi(argv);
}
