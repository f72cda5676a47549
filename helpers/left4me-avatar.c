/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Fetches the pictures of players from Steam, as left4me-avatar in left4me-avatar.service: of the
 * players whose SteamIDs left4me-watch leaves in /run/left4me/players, into
 * /var/cache/left4me-avatar. That list and the two base addresses of the configuration are all that
 * decides where it goes: an answer can name a picture, but no address. It asks about a player once
 * a day and makes one call a second at most. When Steam asks to wait, or can't be reached, it ends,
 * and later ones do nothing before the time.
 *
 * Usage: left4me-avatar [resolvers]
 *
 * `resolvers` writes the name servers of the configuration to RUNTIME_DIRECTORY/resolv.conf.
 *
 * Exit status: 0 done, or Steam needs a pause; 1 failed and said why; 64 wrong usage.
 */

#include <fcntl.h>
#include <string.h>
#include <sysexits.h>

#include "avatar/fetch.h"
#include "avatar/players.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "common/host-config.h"
#include "spec/resolvers.h"

enum {
        ROUNDS_MAX = 50,  /* of 100 players */
        TRY_AGAIN = 3600, /* seconds after which a picture that failed is tried again */
};

/* --- the surroundings ---------------------------------------------------------------------------
 */

static int open_directory(const char *path, int *ret_fd) {
        *ret_fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return *ret_fd < 0 ? log_error_errno(-errno, "Failed to open %s", path) : 0;
}

/* A directory that systemd names. */
static int open_variable(const char *variable, int *ret_fd) {
        const char *path = secure_getenv(variable);

        if (!path || path[0] != '/') {
                log_error("%s must be an absolute path, see left4me-avatar.service", variable);
                return -EINVAL;
        }
        return open_directory(path, ret_fd);
}

static int write_resolvers(const HostConfig *config) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        r = open_variable("RUNTIME_DIRECTORY", &fd);
        if (r < 0)
                return r;
        r = resolvers_write(config, fd, 0644);
        return r < 0 ? log_error_errno(r, "Failed to write resolv.conf") : 0;
}

/* The key becomes part of an address. */
static int read_key(char ret[static AVATAR_KEY_SIZE + 1]) {
        const FileLimits limits = { .size_max = 4096 };
        _cleanup_close_ int fd = -EBADF;
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        r = open_variable("CREDENTIALS_DIRECTORY", &fd);
        if (r < 0)
                return r;
        r = read_file_beneath(fd, "steam-api-key", &limits, &text, &size);
        if (r < 0)
                return log_error_errno(r, "Failed to read the credential steam-api-key");
        text[strcspn(text, " \t\r\n")] = '\0';
        if (strlen(text) != AVATAR_KEY_SIZE ||
            strspn(text, "0123456789abcdefABCDEF") != AVATAR_KEY_SIZE) {
                log_error(
                        "The credential steam-api-key is not a key of the Steam Web API, which has "
                        "32 hexadecimal digits: correct /etc/left4me/steam-api-key");
                return -EINVAL;
        }
        memcpy(ret, text, AVATAR_KEY_SIZE + 1);
        explicit_bzero(text, size);
        return 0;
}

static int open_run(AvatarRun *run, const Paths *paths) {
        const DownloadOptions defaults = DOWNLOAD_OPTIONS_DEFAULT;
        int r;

        run->options = defaults;
        run->options.n_parallel = 1;
        run->options.n_tries = 3;
        run->options.wait_max_usec = 30 * UINT64_C(1000000);
        run->options.n_redirects = 0;
        run->options.connect_seconds = 10;
        run->options.try_seconds = 20;
        run->options.stall_seconds = 10;
        r = read_key(run->key);
        if (r >= 0)
                r = open_directory(paths->players_dir, &run->players_fd);
        return r < 0 ? r : open_directory(paths->avatars_dir, &run->cache_fd);
}

static void run_done(AvatarRun *run) {
        explicit_bzero(run->key, sizeof(run->key));
        free(run->files);
        (void) safe_close(run->players_fd);
        (void) safe_close(run->cache_fd);
}

/* --- rounds -------------------------------------------------------------------------------------
 */

/* The first players of the list that Steam was not asked about today, as many as a question may
 * have. */
static int find_wanted(AvatarRun *run, uint64_t ret[static AVATAR_BATCH], size_t *ret_n) {
        _cleanup_free_ uint64_t *ids = NULL;
        size_t n_ids, n = 0, n_asked;
        int r;

        r = avatar_players_read(run->players_fd, &ids, &n_ids);
        if (r == -ENOENT) {
                *ret_n = 0;
                return 0;
        }
        if (r < 0)
                return log_error_errno(r, "Failed to read the list of players");
        n_asked = avatar_count_asked(run);
        for (size_t i = 0; i < n_ids && n < AVATAR_BATCH && n_asked + n < AVATAR_ASKED_MAX; i++)
                if (!avatar_was_asked(run, ids[i]))
                        ret[n++] = ids[i];
        *ret_n = n;
        return 0;
}

static const char *hash_of(const AvatarReply *replies, size_t n, uint64_t id) {
        for (size_t i = 0; i < n; i++)
                if (replies[i].id == id)
                        return replies[i].hash;
        return "";
}

static int take_picture(AvatarRun *run, uint64_t id, const char *hash, AvatarPause *pause) {
        _cleanup_free_ uint8_t *data = NULL;
        size_t size;
        int r;

        if (hash[0] == '\0')
                return avatar_note(run, id, run->now, true);
        r = avatar_fetch(run, hash, &data, &size, pause);
        if (r == -ENOMEM)
                return log_error_errno(r, "Failed to fetch a picture");
        if (r == 0)
                return avatar_keep(run, id, data, size);
        /* An old picture stays. This one must not stop those of others for a day. */
        r = avatar_note(run, id, run->now - (r == -EAGAIN ? AVATAR_DAY - TRY_AGAIN : 0), false);
        return r < 0 ? r : pause->is_needed ? -EAGAIN : 0;
}

/* 1: some players were asked about, 0: none is left, -EAGAIN. */
static int do_round(AvatarRun *run, AvatarPause *pause) {
        AvatarReply replies[AVATAR_BATCH];
        uint64_t ids[AVATAR_BATCH];
        size_t n = 0, n_replies = 0;
        int r;

        r = avatar_cache_look(run);
        if (r >= 0)
                r = find_wanted(run, ids, &n);
        if (r < 0 || n == 0)
                return r;
        r = avatar_ask(run, ids, n, replies, &n_replies, pause);
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = take_picture(run, ids[i], hash_of(replies, n_replies, ids[i]), pause);
        return r < 0 ? r : 1;
}

static int do_pause(AvatarRun *run, const AvatarPause *pause) {
        int r = avatar_note_pause(run, pause->seconds);

        if (r < 0 || !pause->is_refused)
                return r;
        log_error("Steam refuses the key in /etc/left4me/steam-api-key: correct it");
        return -EACCES;
}

/* New players may have come while it worked: systemd does not start it again for these. */
static int fetch(AvatarRun *run) {
        AvatarPause pause = {};
        int r = 1;

        for (unsigned i = 0; i < ROUNDS_MAX && r > 0; i++)
                r = avatar_is_paused(run) ? 0 : do_round(run, &pause);
        return r == -EAGAIN ? do_pause(run, &pause) : r;
}

int main(int argc, char *argv[]) {
        _cleanup_(host_config_freep) HostConfig *config = NULL;
        _cleanup_(run_done) AvatarRun run = AVATAR_RUN_INIT;
        _cleanup_(paths_freep) Paths *paths = NULL;
        bool only_resolvers = argc == 2 && strcmp(argv[1], "resolvers") == 0;
        int r;

        text_setup();
        log_setup("left4me-avatar", LOG_TARGET_STDERR);
        if (argc != 1 && !only_resolvers) {
                log_error("Usage: left4me-avatar [resolvers]");
                return EX_USAGE;
        }
        r = paths_from_environment(&paths);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to use LEFT4ME_ROOT");
                return EXIT_FAILURE;
        }
        r = host_config_use(paths, &config);
        if (r >= 0 && only_resolvers)
                r = write_resolvers(config);
        else if (r >= 0) {
                run.config = config;
                r = open_run(&run, paths);
                if (r >= 0)
                        r = fetch(&run);
        }
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
