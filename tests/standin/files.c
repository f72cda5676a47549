/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "console.h"
#include "cvar.h"
#include "text.h"

/* Makes the directories of a path that are missing. */
static int make_parents(char *path) {
        for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
                int r;

                *slash = '\0';
                r = mkdir(path, 0755) < 0 && errno != EEXIST ? -errno : 0;
                *slash = '/';
                if (r < 0)
                        return r;
        }

        return 0;
}

static int write_file(const Server *s, const char *name, const char *text) {
        char path[512];
        int fd, r;

        if (snprintf(path, sizeof(path), "%s/%s", s->game, name) >= (int) sizeof(path))
                return -ENAMETOOLONG;

        r = make_parents(path);
        if (r < 0)
                return r;

        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (fd < 0)
                return -errno;

        r = write(fd, text, strlen(text)) == (ssize_t) strlen(text) ? 0 : -errno;
        close(fd);
        return r;
}

static void write_or_say(Server *s, const char *name, const char *text) {
        int r = write_file(s, name, text);

        if (r < 0)
                console_report(s, "can't write %s/%s: %s", s->game, name, result_name(r));
}

int files_record(const Server *s, const char *name) {
        char file[128];

        if (snprintf(file, sizeof(file), "%s.dem", name) >= (int) sizeof(file))
                return -ENAMETOOLONG;

        return write_file(s, file, "HL2DEMO");
}

static void record_map(Server *s) {
        time_t now = time(NULL);
        char name[128], stamp[32];
        struct tm tm;
        int r;

        localtime_r(&now, &tm);
        strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M", &tm);
        snprintf(name, sizeof(name), "auto-%s-%.60s", stamp, s->map);

        r = files_record(s, name);
        if (r < 0)
                console_report(s, "can't write %s/%s.dem: %s", s->game, name, result_name(r));
        else
                printf("Recording SourceTV demo to %s.dem...\n", name);
}

void files_write(Server *s) {
        char log[128];

        write_or_say(s, "ems/left 4 bots/settings.txt", "close_saferoom_door = 1\n");
        write_or_say(s, "stats/of this server.txt", "maps 1\n");
        snprintf(log, sizeof(log), "addons/stripper/logs/%.63s.log", s->map);
        write_or_say(s, log, "Stripper started\n");

        if (s->tv_fd >= 0 && cvar_number("tv_autorecord"))
                record_map(s);
}
