/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/layer.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/file.h"
#include "layer/cfg.h"
#include "spec/cfg-text.h"
#include "spec/hostname.h"
#include "spec/ports.h"

#define GAME_DIRECTORY "left4dead2"
#define MOTD_FILE      "motd.txt"
#define BANNER_FILE    "host.txt"
#define DEFAULT_MAP    "c1m1_hotel"

enum {
        MODE_FIXED_DIRECTORY = 0755,
        /* Sticky: the game creates and removes only its own files here. */
        MODE_WRITABLE_DIRECTORY = 01775,
        /* server.cfg holds rcon_password, arguments may hold account tokens. */
        MODE_FILE = 0640,
};

/* Collects NUL-terminated or plain text; what goes wrong shows in finish(). */
typedef struct Text {
        FILE *stream;
        char *data;
        size_t size;
} Text;

static int text_open(Text *text) {
        *text = (Text) {};
        text->stream = open_memstream(&text->data, &text->size);
        return text->stream ? 0 : -ENOMEM;
}

static int text_finish(Text *text, char **ret, size_t *ret_size) {
        if (fclose(text->stream) != 0) {
                free(text->data);
                return -ENOMEM;
        }

        *ret = text->data;
        *ret_size = text->size;
        return 0;
}

static void put_argument(FILE *f, const char *argument) {
        (void) fwrite(argument, 1, strlen(argument) + 1, f);
}

/*
 * Every port is named: the engine's defaults are the same for all servers of the host, and with
 * -strictportbind the second one would stop.
 */
static void put_ports(FILE *f, const InstanceSettings *settings) {
        static const char *const options[_PORT_ROLE_MAX] = {
                [PORT_GAME] = "-port",
                [PORT_CLIENT] = "+clientport",
                [PORT_STEAM] = "-steamport",
                [PORT_SOURCETV] = "+tv_port",
        };

        for (PortRole role = PORT_GAME; role < _PORT_ROLE_MAX; role++) {
                char port[sizeof("65535")];

                if (instance_port(settings, role) == 0)
                        continue;
                if (role == PORT_SOURCETV) {
                        put_argument(f, "+tv_enable");
                        put_argument(f, "1");
                }
                (void) snprintf(port, sizeof(port), "%u", instance_port(settings, role));
                put_argument(f, options[role]);
                put_argument(f, port);
        }
}

/* Whether an argument is "+map", alone or with the map in the same element. */
static bool names_a_map(const Spec *spec) {
        for (char **a = spec->arguments; a && *a; a++)
                if (strncasecmp(*a, "+map", 4) == 0 && ((*a)[4] == '\0' || (*a)[4] == ' '))
                        return true;
        return false;
}

int layer_render_argv(const Spec *spec, char **ret, size_t *ret_size) {
        /*
         * -strictportbind: fail rather than take the next free port.
         * -ip: without it RCON on 127.0.0.1 may be refused.
         */
        static const char *const fixed[] = { LAYER_PROGRAM,     "-game", GAME_DIRECTORY,
                                             "-strictportbind", "-ip",   "0.0.0.0" };
        Text text;
        int r;

        r = text_open(&text);
        if (r < 0)
                return r;

        for (size_t i = 0; i < ELEMENTSOF(fixed); i++)
                put_argument(text.stream, fixed[i]);

        put_ports(text.stream, &spec->settings);
        for (char **a = spec->arguments; a && *a; a++)
                put_argument(text.stream, *a);

        /* As srcds_run does: without a map the server would run and accept no players. */
        if (!names_a_map(spec)) {
                put_argument(text.stream, "+map");
                put_argument(text.stream, DEFAULT_MAP);
        }

        return text_finish(&text, ret, ret_size);
}

/*
 * The log of the game, echoed to the console and so to the journal, from which left4me-watch takes
 * joins, chat and maps. RCON commands stay out of it: the watcher alone sends two every ten
 * seconds. First, so that any line of the overlays or of the spec can set something else.
 */
static const char game_log_lines[] = "log on\n"
                                     "sv_logecho 1\n"
                                     "sv_logbans 1\n"
                                     "sv_rcon_log 0\n";

int layer_render_server_cfg(const Spec *spec, char **ret, size_t *ret_size) {
        Text text;
        int r;

        /* Nothing escapes a quote in a cfg: one in a value would end it early. */
        if ((spec->rcon_password && !cfg_text_is_quotable(spec->rcon_password)) ||
            (spec->hostname && !cfg_text_is_quotable(spec->hostname)))
                return -EINVAL;

        r = text_open(&text);
        if (r < 0)
                return r;

        (void) fprintf(
                text.stream,
                "// Made from the spec of instance %s at each start: change that.\n"
                /* `writeid` and `writeip` write bans there; not every engine reads them itself. */
                "exec banned_user.cfg\nexec banned_ip.cfg\n",
                spec->settings.name);

        if (spec->game_log)
                (void) fputs(game_log_lines, text.stream);

        layer_cfg_put_exec_lines(spec, text.stream);

        /* Packs name files of their own here. */
        if (spec->motd)
                (void) fputs("motdfile \"" MOTD_FILE "\"\n", text.stream);
        if (spec->banner)
                (void) fputs("hostfile \"" BANNER_FILE "\"\n", text.stream);

        /* Before the config, whose lines may execute files that set another. */
        if (!hostname_is_set(spec)) {
                char hostname[HOSTNAME_LENGTH_MAX + 1];

                hostname_make(spec, hostname);
                (void) fprintf(text.stream, "hostname \"%s\"\n", hostname);
        }

        for (char **line = spec->config; line && *line; line++)
                (void) fprintf(text.stream, "%s\n", *line);

        if (spec->hostname)
                (void) fprintf(text.stream, "hostname \"%s\"\n", spec->hostname);

        /*
         * Last, so that nothing before it, not even a file that an executed file executes, changes
         * it behind the back of RCON clients, or switches RCON on where it is off.
         */
        (void) fprintf(text.stream, "rcon_password \"%s\"\n", spec->rcon_password ?: "");

        return text_finish(&text, ret, ret_size);
}

/* Opens parent_fd/name, making it if need be, and gives it the group and mode of its kind. */
static int open_directory(int parent_fd, const char *name, gid_t gid, int *ret) {
        _cleanup_close_ int fd = -EBADF;

        if (mkdirat(parent_fd, name, 0700) < 0) {
                if (errno != EEXIST)
                        return -errno;
                fd = open_beneath(parent_fd, name, O_RDONLY | O_DIRECTORY);
                if (fd < 0)
                        return fd;

                *ret = TAKE_FD(fd);
                return 0;
        }

        fd = open_beneath(parent_fd, name, O_RDONLY | O_DIRECTORY);
        if (fd < 0)
                return fd;

        if (fchown(fd, (uid_t) -1, gid) < 0 || fchmod(fd, MODE_FIXED_DIRECTORY) < 0)
                return -errno;

        *ret = TAKE_FD(fd);
        return 0;
}

/* Makes every directory of path, a relative one without "." and "..", and opens the last. */
static int open_path(int dir_fd, const char *path, gid_t gid, int *ret) {
        _cleanup_close_ int fd = -EBADF;
        _cleanup_free_ char *copy = NULL;
        char *save = NULL;
        int r;

        copy = strdup(path);
        if (!copy)
                return -ENOMEM;

        for (char *word = strtok_r(copy, "/", &save); word; word = strtok_r(NULL, "/", &save)) {
                int next = -EBADF;

                r = open_directory(fd >= 0 ? fd : dir_fd, word, gid, &next);
                if (r < 0)
                        return r;

                safe_close(fd);
                fd = next;
        }

        if (fd < 0)
                return -EINVAL;
        *ret = TAKE_FD(fd);
        return 0;
}

static int make_writable(int dir_fd, const char *path, gid_t gid) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        r = open_path(dir_fd, path, gid, &fd);
        if (r < 0)
                return r;

        return fchmod(fd, MODE_WRITABLE_DIRECTORY) < 0 ? -errno : 0;
}

/* Not write_file_atomic(): no process uses the directory yet, and it is gone after a power cut. */
static int write_file(
        int dir_fd, const char *directory, const char *name, const char *data, size_t size,
        gid_t gid) {
        _cleanup_close_ int parent = -EBADF, fd = -EBADF;
        int r;

        r = open_path(dir_fd, directory, gid, &parent);
        if (r < 0)
                return r;

        fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;

        r = write_all(fd, data, size);
        if (r < 0)
                return r;

        if (fchown(fd, (uid_t) -1, gid) < 0 || fchmod(fd, MODE_FILE) < 0)
                return -errno;
        return 0;
}

static int write_server_cfg(int dir_fd, const Spec *spec, gid_t gid) {
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        r = layer_render_server_cfg(spec, &text, &size);
        if (r < 0)
                return r;

        return write_file(dir_fd, GAME_DIRECTORY "/cfg", "server.cfg", text, size, gid);
}

/* NULL: the layers' own, if they have one. */
static int write_text(int dir_fd, const char *name, const char *text, gid_t gid) {
        return text ? write_file(dir_fd, GAME_DIRECTORY, name, text, strlen(text), gid) : 0;
}

static int write_argv(int dir_fd, const Spec *spec, gid_t gid) {
        _cleanup_free_ char *data = NULL;
        size_t size;
        int r;

        r = layer_render_argv(spec, &data, &size);
        if (r < 0)
                return r;

        return write_file(dir_fd, ".left4me", "argv", data, size, gid);
}

int layer_write_executed(
        int dir_fd, const Spec *spec, size_t overlay, const char *text, size_t size,
        gid_t game_gid) {
        char name[LAYER_CFG_NAME_MAX];

        layer_cfg_name(spec, overlay, name);
        return write_file(
                dir_fd, GAME_DIRECTORY "/cfg/" LAYER_CFG_DIRECTORY, name, text, size, game_gid);
}

int layer_write(int dir_fd, const Spec *spec, const HostConfig *config, gid_t game_gid) {
        _cleanup_close_ int executed = -EBADF;
        int r;

        r = write_server_cfg(dir_fd, spec, game_gid);
        if (r < 0)
                return r;

        r = write_argv(dir_fd, spec, game_gid);
        if (r < 0)
                return r;

        r = write_text(dir_fd, MOTD_FILE, spec->motd, game_gid);
        if (r >= 0)
                r = write_text(dir_fd, BANNER_FILE, spec->banner, game_gid);
        if (r < 0)
                return r;

        /* Also when it stays empty: else the game could make it, and hide ours the next time. */
        r = open_path(dir_fd, GAME_DIRECTORY "/cfg/" LAYER_CFG_DIRECTORY, game_gid, &executed);
        if (r < 0)
                return r;

        for (char **path = config->writable_directories; path && *path; path++) {
                r = make_writable(dir_fd, *path, game_gid);
                if (r < 0)
                        return r;
        }

        /* The root of the layer is the root of what the server sees. */
        if (fchown(dir_fd, (uid_t) -1, game_gid) < 0 || fchmod(dir_fd, MODE_FIXED_DIRECTORY) < 0)
                return -errno;
        return 0;
}
