/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "console.h"
#include "cvar.h"

#define LINE_MAX_SIZE 1024U /* with its newline and NUL */

static bool is_on;
static FILE *log_file;

static struct tm local_time(void) {
        time_t now = time(NULL);
        struct tm tm;

        localtime_r(&now, &tm);
        return tm;
}

/* On the console, and between the lines of an answer. */
static void say(const Server *s, const char *text) {
        fputs(text, stdout);
        fflush(stdout);
        if (s->reply)
                buffer_put(s->reply, text, strlen(text));
}

void log_line(const Server *s, const char *format, ...) {
        char text[LINE_MAX_SIZE], line[LINE_MAX_SIZE + 64];
        struct tm tm = local_time();
        va_list ap;
        int n;

        if (!is_on)
                return;

        va_start(ap, format);
        n = vsnprintf(text, sizeof(text), format, ap);
        va_end(ap);
        /* The end is lost if there is not room enough, the newline first. */
        if (n >= 0 && n < (int) sizeof(text) - 1)
                strcat(text, "\n");

        strftime(line, sizeof(line), "L %m/%d/%Y - %H:%M:%S: ", &tm);
        strcat(line, text);

        if (cvar_number("sv_logecho"))
                say(s, line);
        if (log_file && cvar_number("sv_logfile"))
                fputs(line, log_file);
}

void log_say(const Server *s, const char *format, ...) {
        char *text;
        va_list ap;

        va_start(ap, format);
        if (vasprintf(&text, format, ap) < 0)
                abort();
        va_end(ap);

        say(s, text);
        say(s, "\n");
        free(text);
}

void log_cvars(const Server *s) {
        log_line(s, "server cvars start");
        for (size_t i = 0; i < n_cvars; i++)
                if (cvar_table[i].flags & CVAR_NOTIFY)
                        log_line(
                                s, "\"%s\" = \"%s\"", cvar_table[i].name,
                                cvar_shown(cvar_table + i));
        log_line(s, "server cvars end");
}

/* The first free number of the day. */
static int create_log(const char *directory, char *ret_path, size_t size) {
        struct tm tm = local_time();
        int fd = -1;

        for (unsigned n = 0; n < 1000; n++) {
                snprintf(
                        ret_path, size, "%s/L%02d%02d%03u.log", directory, tm.tm_mon + 1,
                        tm.tm_mday, n);
                fd = open(ret_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
                if (fd >= 0 || errno != EEXIST)
                        break;
        }

        return fd >= 0 ? fd : -errno;
}

int log_open(Server *s) {
        char directory[256], path[320];
        int fd;

        log_close(s);
        is_on = true;

        snprintf(directory, sizeof(directory), "%s/logs", s->game);
        if (mkdir(directory, 0755) < 0 && errno != EEXIST)
                return -errno;

        fd = create_log(directory, path, sizeof(path));
        if (fd < 0)
                return fd;

        log_file = fdopen(fd, "w");
        if (!log_file) {
                close(fd);
                return -ENOMEM;
        }

        setvbuf(log_file, NULL, _IOLBF, 0);
        console_print(s, "Server logging data to file %s\n", path + strlen(s->game) + 1);
        log_line(
                s, "Log file started (file \"%s\") (game \"%s\") (version \"%u\")",
                path + strlen(s->game) + 1, s->game, s->engine->build());
        return 0;
}

void log_close(Server *s) {
        if (log_file) {
                log_line(s, "Log file closed.");
                fclose(log_file);
        }

        log_file = NULL;
        is_on = false;
}

bool log_is_on(void) {
        return is_on;
}
