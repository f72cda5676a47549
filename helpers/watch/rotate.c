/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Goes on to the next map of a server's rotation, when a campaign is over or its players have left.
 * The game doesn't say that a campaign is over: server/played.h tells what players did, and
 * server/rotation.h what that means.
 */

#include "watch/watch.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/time-text.h"
#include "base/utf8.h"
#include "layer/maps.h"
#include "layer/outdated.h"
#include "layer/tree-record.h"
#include "query/cvar-answer.h"
#include "server/rotation.h"
#include "server/spec.h"

/* Reading the maps holds up the other servers. */
#define READING_TIME (2 * USEC_PER_SEC)

/* A map takes less than this to load, even a large one from a slow disk. */
#define LATELY (300 * USEC_PER_SEC)

enum {
        EMPTY_POLLS = 4, /* players can be missing for a moment while the map changes */
        PAUSE_FACTOR = 20,
};

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

/* A server that makes this necessary again and again, with maps that take long to read, gets a
 * small share of the time. */
static int read_maps_and_pause(Watched *watched, ServerMaps *ret) {
        uint64_t begin = now_monotonic(), end;
        int r = read_maps(watched, ret);

        end = now_monotonic();
        watched->maps_pause = end + PAUSE_FACTOR * (end - begin);
        return r;
}

/* --- what players do ----------------------------------------------------------------------------
 */

static void note_played(Watched *watched) {
        LiveState *state = watched->state;

        (void) snprintf(state->played_map, sizeof(state->played_map), "%s", watched->played.map);
        state->played_at = watched->played.at;
}

void watched_see_players(Watched *watched) {
        const LiveState *state = watched->state;
        uint64_t interval = watched->watch->config->watch_interval_sec * USEC_PER_SEC;
        const PlayedTimes times = {
                .now = now_realtime(),
                .empty_since = state->empty_since,
                .empty_time = EMPTY_POLLS * interval,
                .lately = LATELY + 2 * interval,
        };

        watched->played_step = played_see(&watched->played, &state->status, &times);
        note_played(watched);
}

void watched_restore_played(Watched *watched) {
        const LiveState *state = watched->state;

        played_restore(&watched->played, state->played_map, state->played_at, &state->status);
}

/* --- the next map -------------------------------------------------------------------------------
 */

static void stay(Watched *watched) {
        played_settle(&watched->played, &watched->state->status, now_realtime());
        note_played(watched);
}

/* Whether the spec may want another map now. */
static bool may_rotate(const Watched *watched, const Spec *spec) {
        if (!spec->rotation)
                return false;
        return watched->played_step == PLAYED_LEFT ||
               (spec->rotate_when != ROTATE_WHEN_EMPTY &&
                !watched_was_asked(watched, watched->state->status.map));
}

bool watched_rotation_is_due(Watched *watched) {
        ServerSpec spec = {};
        bool is_due;
        int r;

        if (watched->played_step != PLAYED_LEFT && watched->played_step != PLAYED_WENT_ON)
                return false;
        /* Lines that an earlier watcher did not pass tell more about it. */
        if (!watched->watch->is_settled || now_monotonic() < watched->maps_pause)
                return false;
        r = server_spec_load(&watched->watch->specs, watched->name, NULL, &spec);
        if (r < 0)
                (void) log_error_errno(r, "Failed to load the spec of '%s'", watched->name);
        is_due = r >= 0 && spec.spec && may_rotate(watched, spec.spec);
        server_spec_clear(&spec);
        if (!is_due)
                stay(watched);
        return is_due;
}

static int choose(
        Watched *watched, const Spec *spec, const char *mode, char ret[static WATCH_COMMAND_MAX]) {
        _cleanup_(server_maps_clear) ServerMaps maps = {};
        const RotationPlace place = {
                .mode = mode,
                .played = watched->played.map,
                .current = watched->state->status.map,
        };
        const char *next;
        int r;

        r = read_maps_and_pause(watched, &maps);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to read the maps of '%s'", watched->name);
                return 0;
        }
        next = rotation_next(spec, &maps, &place);
        if (!next)
                return 0;
        if (watched->played_step == PLAYED_WENT_ON)
                log_info(
                        "Players of '%s' ended the campaign of '%s' and would play it again",
                        watched->name, place.played);
        log_info("'%s' goes on to map '%s' of its rotation", watched->name, next);
        (void) snprintf(ret, WATCH_COMMAND_MAX, "changelevel %s", next);
        played_send(&watched->played, next);
        note_played(watched);
        return 1;
}

/* "": unknown. */
static void get_mode(const char *answer, size_t size, char ret[static MAP_NAME_MAX + 1]) {
        if (!cvar_answer_get(answer, size, MODE_COMMAND, ret, MAP_NAME_MAX + 1) ||
            !map_name_is_valid(ret))
                ret[0] = '\0';
        for (char *c = ret; *c != '\0'; c++)
                *c = ascii_lower(*c);
}

int watched_rotate(
        Watched *watched, const char *mode_answer, size_t size,
        char ret[static WATCH_COMMAND_MAX]) {
        char mode[MAP_NAME_MAX + 1];
        ServerSpec spec = {};
        int r;

        get_mode(mode_answer, size, mode);
        r = server_spec_load(&watched->watch->specs, watched->name, NULL, &spec);
        if (r < 0)
                (void) log_error_errno(r, "Failed to load the spec of '%s'", watched->name);
        r = r >= 0 && spec.spec ? choose(watched, spec.spec, mode, ret) : 0;
        server_spec_clear(&spec);
        if (r == 0)
                stay(watched);
        return r;
}
