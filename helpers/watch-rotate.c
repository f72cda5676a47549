/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Goes on to the next map of a server's rotation, once its players have left. */

#include "watch.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/time-text.h"
#include "layer/maps.h"
#include "layer/outdated.h"
#include "layer/tree-record.h"
#include "server/rotation.h"
#include "server/spec.h"

/* Reading the maps holds up the other servers. */
#define READING_TIME (2 * USEC_PER_SEC)

/* In polls: players can be missing for a moment while the map changes. */
enum { EMPTY_POLLS = 4 };

/* --- the maps that the server has ---------------------------------------------------------------
 */

typedef struct Layers {
        int *fds; /* topmost first */
        size_t n, game;
} Layers;

static void layers_done(Layers *layers) {
        for (size_t i = 0; i < layers->n; i++)
                (void) safe_close(layers->fds[i]);
        free(layers->fds);
}

static int open_layer(const Watched *watched, int root_fd, const char *path, Layers *layers) {
        MountedLayer mounted;
        int r;

        r = mounted_layer_parse(watched->watch->paths, path, &mounted);
        if (r < 0)
                return r;
        if (mounted.is_game)
                layers->game = layers->n;
        mounted_layer_done(&mounted);
        layers->fds[layers->n++] =
                open_beneath(root_fd, path + strspn(path, "/"), O_PATH | O_DIRECTORY);
        return 0;
}

static int open_layers(const Watched *watched, Layers *ret) {
        _cleanup_close_ int root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(strv_freep) char **lines = NULL;
        size_t n = 0;
        int r;

        r = tree_layers_read(watched->watch->paths, watched->name, &lines);
        if (r < 0)
                return r;
        while (lines[n])
                n++;
        ret->game = SIZE_MAX;
        ret->fds = calloc(n + 1, sizeof(int));
        if (!ret->fds)
                return -ENOMEM;
        for (size_t i = 0; i < n && r >= 0; i++)
                r = open_layer(watched, root_fd, lines[i], ret);
        return r;
}

static int read_maps(const Watched *watched, ServerMaps *ret) {
        _cleanup_(layers_done) Layers layers = {};
        int r = open_layers(watched, &layers);

        return r < 0 ? r
                     : server_maps_read(
                               &(MapLayers) { .fds = layers.fds,
                                              .n = layers.n,
                                              .game = layers.game,
                                              .deadline = now_monotonic() + READING_TIME },
                               ret);
}

/* --- when ---------------------------------------------------------------------------------------
 */

/* Players were seen on this map and have been gone for a while; asked once, until some come back.
 */
static bool is_due(Watched *watched) {
        const LiveState *state = watched->state;
        uint64_t empty = EMPTY_POLLS * watched->watch->config->watch_interval_sec * USEC_PER_SEC;

        if (!status_is_empty(&state->status)) {
                (void) snprintf(
                        watched->played_map, sizeof(watched->played_map), "%s", state->status.map);
                return false;
        }
        if (state->empty_since == 0 || now_realtime() < state->empty_since + empty ||
            strcmp(watched->played_map, state->status.map) != 0)
                return false;
        watched->played_map[0] = '\0';
        return true;
}

static int choose(const Watched *watched, const Spec *spec, char ret[static WATCH_COMMAND_MAX]) {
        _cleanup_(server_maps_clear) ServerMaps maps = {};
        const char *next;
        int r;

        r = read_maps(watched, &maps);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to read the maps of '%s'", watched->name);
                return 0;
        }
        next = rotation_next(spec, &maps, watched->state->status.map);
        if (!next)
                return 0;
        log_info("'%s' goes on to map '%s' of its rotation", watched->name, next);
        (void) snprintf(ret, WATCH_COMMAND_MAX, "changelevel %s", next);
        return 1;
}

int watched_rotation(Watched *watched, char ret[static WATCH_COMMAND_MAX]) {
        ServerSpec spec = {};
        int r;

        if (!is_due(watched))
                return 0;
        r = server_spec_load(&watched->watch->specs, watched->name, NULL, &spec);
        if (r < 0)
                (void) log_error_errno(r, "Failed to load the spec of '%s'", watched->name);
        r = r >= 0 && spec.spec && spec.spec->rotation ? choose(watched, spec.spec, ret) : 0;
        server_spec_clear(&spec);
        return r;
}
