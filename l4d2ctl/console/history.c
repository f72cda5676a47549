/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "console/history.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/file.h"
#include "query/command-secret.h"

enum { FILE_SIZE_MAX = 4 * 1024 * 1024 };

/* --- the file --------------------------------------------------------------------------------- */

/* A directory of this user's, whom another can't lead to a file of theirs. */
static int check_owner(int fd) {
        struct stat st;

        if (fstat(fd, &st) < 0)
                return -errno;
        return st.st_uid == geteuid() && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0 ? 0 : -EPERM;
}

/* Takes over the directory above. */
static int enter(int above, const char *name) {
        _cleanup_close_ int dir_fd = above, fd = -EBADF;
        int r;

        if (dir_fd < 0)
                return TAKE_FD(dir_fd);
        fd = make_directory_beneath(dir_fd, name, 0700);
        if (fd < 0)
                return fd;
        r = check_owner(fd);
        return r < 0 ? r : TAKE_FD(fd);
}

static int open_base(const char *path) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        if (!path || path[0] != '/')
                return -ENOENT;
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        r = check_owner(fd);
        return r < 0 ? r : TAKE_FD(fd);
}

static int open_directory(void) {
        int fd = open_base(secure_getenv("XDG_STATE_HOME"));

        if (fd < 0)
                fd = enter(enter(open_base(secure_getenv("HOME")), ".local"), "state");
        return enter(enter(fd, "left4me"), "console");
}

static int rewrite(const ConsoleHistory *history) {
        _cleanup_free_ char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);

        if (!f)
                return -ENOMEM;
        for (size_t i = 0; i < history->n_lines; i++)
                (void) fprintf(f, "%s\n", history->lines[i]);
        if (fclose(f) != 0)
                return -ENOMEM;
        return write_file_atomic(history->dir_fd, history->name, text, size, 0600);
}

static void append(const ConsoleHistory *history, const char *command) {
        _cleanup_close_ int fd = openat(
                history->dir_fd, history->name,
                O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
                0600);
        char line[HISTORY_LINE_MAX + 2];
        int n = snprintf(line, sizeof(line), "%s\n", command);

        if (fd >= 0)
                (void) !write_all(fd, line, (size_t) n);
}

/* --- the lines -------------------------------------------------------------------------------- */

static int push(ConsoleHistory *history, const char *line, size_t size) {
        char *copy = strndup(line, size), **grown;

        if (!copy)
                return -ENOMEM;
        if (history->n_lines == HISTORY_LINES_MAX) {
                free(history->lines[0]);
                memmove(history->lines, history->lines + 1,
                        (HISTORY_LINES_MAX - 1) * sizeof(char *));
                history->lines[HISTORY_LINES_MAX - 1] = copy;
                return 0;
        }
        grown = array_for_one_more(history->lines, history->n_lines, sizeof(char *));
        if (!grown) {
                free(copy);
                return -ENOMEM;
        }
        history->lines = grown;
        grown[history->n_lines++] = copy;
        return 0;
}

/* Returns how many lines the file has. */
static int read_lines(ConsoleHistory *history) {
        static const FileLimits limits = { .size_max = FILE_SIZE_MAX };
        _cleanup_free_ char *text = NULL;
        size_t size;
        int n = 0, r;

        r = read_file_beneath(history->dir_fd, history->name, &limits, &text, &size);
        if (r < 0)
                return r == -ENOMEM ? r : 0;
        for (char *line = text, *end; *line != '\0' && (end = strchr(line, '\n')); line = end + 1) {
                *end = '\0';
                n++;
                if (!history_accepts(history, line))
                        continue;
                r = push(history, line, (size_t) (end - line));
                if (r < 0)
                        return r;
        }
        return n;
}

int history_open(const char *server, ConsoleHistory *ret) {
        int n;

        *ret = (ConsoleHistory) { .dir_fd = open_directory() };
        (void) snprintf(ret->name, sizeof(ret->name), "%s", server);
        if (ret->dir_fd < 0)
                return 0;
        n = read_lines(ret);
        if (n > 2 * HISTORY_LINES_MAX)
                (void) !rewrite(ret);
        return n < 0 ? n : 0;
}

static bool has_secret(const char *command) {
        char shown[COMMAND_SHOWN_MAX];

        command_hide_secrets(command, strlen(command), shown);
        return strstr(shown, COMMAND_SECRET);
}

bool history_accepts(const ConsoleHistory *history, const char *command) {
        size_t size = strlen(command);

        return size > 0 && size <= HISTORY_LINE_MAX && command[strspn(command, " \t")] != '\0' &&
               command[strcspn(command, "\r\n")] == '\0' &&
               (history->n_lines == 0 ||
                strcmp(history->lines[history->n_lines - 1], command) != 0) &&
               !has_secret(command);
}

int history_add(ConsoleHistory *history, const char *command) {
        int r = push(history, command, strlen(command));

        if (r >= 0 && history->dir_fd >= 0)
                append(history, command);
        return r;
}

void history_close(ConsoleHistory *history) {
        for (size_t i = 0; i < history->n_lines; i++)
                free(history->lines[i]);
        free(history->lines);
        safe_close(history->dir_fd);
        *history = (ConsoleHistory) { .dir_fd = -EBADF };
}
