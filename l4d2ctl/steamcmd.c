/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "steamcmd.h"

#include <fcntl.h>
#include <grp.h>
#include <pty.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>

#include "file.h"

/* Phrases are looked for line by line; a longer line is looked at in pieces. */
typedef struct Line {
        char text[512];
        size_t length;
} Line;

static void look_at(const char *line, SteamcmdResult *result) {
        const char *state;

        if (strstr(line, "Success! App '222860'"))
                result->installed = true;
        if (strstr(line, "Invalid platform") || strstr(line, "Missing configuration"))
                result->not_for_linux = true;
        if (strstr(line, "No subscription"))
                result->no_subscription = true;

        state = strstr(line, "state is 0x");
        if (state)
                result->state = (unsigned) strtoul(state + strlen("state is "), NULL, 16);
}

static void scan(Line *line, const char *data, size_t size, SteamcmdResult *result) {
        for (size_t i = 0; i < size; i++) {
                bool ends = data[i] == '\n' || data[i] == '\r' || data[i] == '\0';

                if (!ends && line->length < sizeof(line->text) - 1) {
                        line->text[line->length++] = data[i];
                        continue;
                }
                line->text[line->length] = '\0';
                look_at(line->text, result);
                line->length = 0;
                if (!ends)
                        line->text[line->length++] = data[i];
        }
}

/* Until the child and all it started have closed the terminal: that reads as EIO. */
static int pass_on(int terminal, SteamcmdResult *result) {
        Line line = {};

        for (;;) {
                char data[4096];
                ssize_t n = read(terminal, data, sizeof(data));
                int r;

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0 && errno != EIO)
                        return -errno;
                if (n <= 0)
                        break;

                scan(&line, data, (size_t) n, result);
                r = write_all(STDOUT_FILENO, data, (size_t) n);
                if (r < 0)
                        return r;
        }

        scan(&line, "\n", 1, result); /* the last line may lack its end */
        return 0;
}

/* Between fork and exec, in the child; what fails shows as exit status 127 with a message. */
static void become(const SteamcmdUser *user, const char *directory) {
        if (user->change &&
            (setgroups(1, &user->gid) < 0 || setgid(user->gid) < 0 || setuid(user->uid) < 0)) {
                perror("Failed to change to the owner of the installation");
                _exit(127);
        }
        if (user->home && setenv("HOME", user->home, true) < 0)
                _exit(127);
        if (chdir(directory) < 0) {
                perror("Failed to enter the installation");
                _exit(127);
        }
}

int steamcmd_run(
        const char *const *argv, const char *directory, const SteamcmdUser *user,
        SteamcmdResult *ret) {
        struct winsize size = { .ws_row = 25, .ws_col = 200 };
        _cleanup_close_ int terminal = -EBADF;
        SteamcmdResult result = {};
        pid_t pid;
        int r;

        (void) fflush(stdout);
        pid = forkpty(&terminal, NULL, NULL, &size);
        if (pid < 0)
                return -errno;
        if (pid == 0) {
                become(user, directory);
                /* execv() changes nothing; its type predates const. */
                (void) execv(argv[0], (char *const *) (uintptr_t) argv);
                (void) fprintf(stderr, "Failed to execute %s: %s\n", argv[0], strerror(errno));
                _exit(127);
        }

        r = pass_on(terminal, &result);
        terminal = safe_close(terminal); /* hangs up on it if we failed */
        while (waitpid(pid, &result.status, 0) < 0)
                if (errno != EINTR)
                        return -errno;
        if (r < 0)
                return r;

        *ret = result;
        return 0;
}

const char *steamcmd_explain(const SteamcmdResult *result) {
        static const struct {
                unsigned state;
                const char *words;
        } table[] = {
                { 0x202, "there is not enough disk space" },
                { 0x212, "there is not enough disk space" },
                { 0x402, "Steam can't be reached, is the network up?" },
                { 0x602, "Steam can't be reached, is the network up?" },
                { 0x606, "the disk can't be written" },
                { 0x626, "files of the update are missing, try again" },
                { 0x6A6, "downloaded files are damaged, try again" },
        };

        if (result->no_subscription)
                return "Steam says that this account may not have the game";
        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                if (table[i].state == result->state)
                        return table[i].words;
        if (result->not_for_linux)
                return "Steam did not offer the Linux version, try again later";
        return NULL;
}
