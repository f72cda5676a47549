/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The SteamIDs of all players who are there, for left4me-avatar (avatar/players.h), and nothing
 * else about them. The file is replaced when a player comes who is not in it, which starts that
 * program; not when one leaves. A server can invent players, so this is not done all the time.
 */

#include "watch/watch.h"

#include <fcntl.h>
#include <stdlib.h>

#include "avatar/players.h"
#include "base/log.h"
#include "base/time-text.h"

#define PAUSE (10 * USEC_PER_SEC)
/* Steam may have been out of reach, and pictures change. */
#define AGAIN (3600 * USEC_PER_SEC)

/* Players of A2S and bots have no SteamID. */
static size_t add_players(const Watched *watched, uint64_t *ids, size_t n) {
        const LiveState *state = watched->state;

        for (size_t i = 0; state && i < state->status.n_players && n < AVATAR_PLAYERS_MAX; i++)
                if (state->status.players[i].steam_id64 > 0)
                        ids[n++] = state->status.players[i].steam_id64;
        return n;
}

static int write_players(Watch *w) {
        _cleanup_close_ int fd = -EBADF;
        uint64_t *ids = calloc(AVATAR_PLAYERS_MAX, sizeof(*ids));
        size_t n = 0;

        if (!ids)
                return -ENOMEM;
        for (size_t i = 0; i < w->n_items; i++)
                n = add_players(w->items[i], ids, n);
        free(w->players);
        w->players = ids;
        w->n_players = avatar_players_sort(ids, n);
        w->players_written = now_monotonic();
        fd = open(w->paths->players_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? -errno : avatar_players_write(fd, w->players, w->n_players);
}

void watched_note_players(Watched *watched) {
        Watch *w = watched->watch;
        uint64_t ids[STATUS_PLAYERS_MAX], age = now_monotonic() - w->players_written;
        size_t n = add_players(watched, ids, 0);
        bool is_new = n > 0 && age > AGAIN;
        int r;

        for (size_t i = 0; i < n && !is_new; i++)
                is_new = !avatar_players_have(w->players, w->n_players, ids[i]);
        if (!is_new || (w->players_written > 0 && age < PAUSE))
                return;
        r = write_players(w);
        if (r < 0)
                (void) log_error_errno(
                        r, "Failed to write %s/%s", w->paths->players_dir, AVATAR_PLAYERS_FILE);
}

void watch_players_done(Watch *w) {
        free(w->players);
}
