/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "filter/rcon-ports.h"

#include <string.h>

#include "base/file.h"
#include "layer/tree-record.h"
#include "render/render.h"
#include "systemd/unit-names.h"

/* As render_instance() writes it: RCON is all that a server may use TCP for. */
static const char setting[] = "\nSocketBindAllow=tcp:";

static void add(RconPorts *ports, unsigned port) {
        ports->bits[port / 64] |= UINT64_C(1) << port % 64;
}

bool rcon_ports_has(const RconPorts *ports, uint16_t port) {
        return ports->bits[port / 64] >> port % 64 & 1;
}

bool rcon_ports_next(
        const RconPorts *ports, unsigned from, uint16_t *ret_first, uint16_t *ret_last) {
        while (from <= UINT16_MAX && !rcon_ports_has(ports, (uint16_t) from))
                from++;
        if (from > UINT16_MAX)
                return false;

        *ret_first = (uint16_t) from;
        while (from < UINT16_MAX && rcon_ports_has(ports, (uint16_t) (from + 1)))
                from++;
        *ret_last = (uint16_t) from;
        return true;
}

/* --- directories ------------------------------------------------------------------------------ */

/* Adds what an entry tells. 0 also when it is another kind of entry, or gone by now. */
typedef int (*AddEntry)(RconPorts *ports, const Paths *paths, int dir_fd, const char *entry);

/* A directory that is missing tells nothing. */
static int add_directory(
        RconPorts *ports, const Paths *paths, const char *path, AddEntry add_entry) {
        _cleanup_(closedirp) DIR *dir = opendir(path);
        const struct dirent *entry;
        int result = 0;

        if (!dir)
                return errno == ENOENT ? 0 : -errno;
        while ((entry = readdir(dir))) {
                int r = add_entry(ports, paths, dirfd(dir), entry->d_name);

                if (result == 0 && r < 0 && r != -ENOENT)
                        result = r;
        }
        return result;
}

/* Cuts the suffix off. */
static bool has_suffix(const char *text, const char *suffix, char *buffer, size_t size) {
        size_t length = strlen(text), cut = strlen(suffix);

        if (length <= cut || length - cut >= size || strcmp(text + length - cut, suffix) != 0)
                return false;
        (void) snprintf(buffer, size, "%.*s", (int) (length - cut), text);
        return true;
}

/* left4me-server@NAME.service.d, as left4me-generator made it: what systemd lets a server bind. */
static int add_unit(RconPorts *ports, _unused_ const Paths *paths, int dir_fd, const char *entry) {
        static const uid_t owners[] = { 0 };
        static const FileLimits limits = {
                .size_max = 64 * 1024,
                .owners = owners,
                .n_owners = ELEMENTSOF(owners),
        };
        char unit[NAME_MAX + 1], name[INSTANCE_NAME_MAX + 1];
        char path[NAME_MAX + sizeof(".d/" RENDER_DROP_IN)];
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        if (!has_suffix(entry, ".d", unit, sizeof(unit)) || !instance_of_server_unit(unit, name))
                return 0;
        (void) snprintf(path, sizeof(path), "%s.d/" RENDER_DROP_IN, unit);
        r = read_file_beneath(dir_fd, path, &limits, &text, &size);
        if (r < 0)
                return r;

        for (const char *p = strstr(text, setting); p; p = strstr(p + 1, setting)) {
                unsigned long port = strtoul(p + sizeof(setting) - 1, NULL, 10);

                if (port > 0 && port <= UINT16_MAX)
                        add(ports, (unsigned) port);
        }
        return 0;
}

/* NAME.port, as left4me-overlay made it: which port a running server has. */
static int add_tree(RconPorts *ports, const Paths *paths, _unused_ int dir_fd, const char *entry) {
        char name[INSTANCE_NAME_MAX + 1];
        uint16_t port;
        int r;

        if (!has_suffix(entry, TREE_PORT_SUFFIX, name, sizeof(name)) ||
            !instance_name_is_valid(name))
                return 0;
        r = tree_port_read(paths, name, &port);
        if (r >= 0)
                add(ports, port);
        return r;
}

int rcon_ports_find_running(const Paths *paths, RconPorts *ret) {
        *ret = (RconPorts) {};
        return add_directory(ret, paths, paths->trees_dir, add_tree);
}

int rcon_ports_find(const HostConfig *config, const Paths *paths, RconPorts *ret) {
        int r = rcon_ports_find_running(paths, ret);
        int q = add_directory(ret, paths, paths->generator_dir, add_unit);

        for (unsigned port = config->port_min; port <= config->port_max; port++)
                add(ret, port);
        return r < 0 ? r : q;
}
