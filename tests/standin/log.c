/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "console.h"
#include "cvar.h"

static FILE *log_file;

static struct tm local_time(void) {
        time_t now = time(NULL);
        struct tm tm;

        localtime_r(&now, &tm);
        return tm;
}

void log_line(const Server *s, const char *format, ...) {
        struct tm tm = local_time();
        char stamp[64], text[1024];
        va_list ap;

        (void) s;
        strftime(stamp, sizeof(stamp), "L %m/%d/%Y - %H:%M:%S", &tm);
        va_start(ap, format);
        vsnprintf(text, sizeof(text), format, ap);
        va_end(ap);

        if (cvar_number("sv_logecho"))
                printf("%s: %s\n", stamp, text);
        if (log_file && cvar_number("sv_logfile"))
                fprintf(log_file, "%s: %s\n", stamp, text);
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
        if (!log_file)
                return;

        log_line(s, "Log file closed.");
        fclose(log_file);
        log_file = NULL;
}
