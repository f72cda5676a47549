/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Root's part of the job, around the producer: in the installation, all but taking its lock is done
 * as its owner, so that links and exchanges there lead only where the owner may go anyway.
 */

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/disk-space.h"
#include "base/exit-code.h"
#include "base/file.h"
#include "base/log.h"
#include "base/name.h"
#include "game/build-id.h"
#include "install/check.h"
#include "install/install.h"
#include "layer/layer-use.h"
#include "layer/stage.h"
#include "layer/tree-extent.h"
#include "layer/tree-share.h"
#include "layer/versions.h"
#include "spec/overlay-dir.h"

#define APP_ID "222860" /* Left 4 Dead 2 Dedicated Server */

/*
 * A fresh anonymous installation is refused as "Invalid platform"; one that seems to be there
 * already is updated. So this is put where steamcmd looks first.
 */
static const char manifest_seed[] = "\"AppState\"\n"
                                    "{\n"
                                    "\t\"appid\"\t\t\"" APP_ID "\"\n"
                                    "\t\"Universe\"\t\t\"1\"\n"
                                    "\t\"name\"\t\t\"Left 4 Dead 2 Dedicated Server\"\n"
                                    "\t\"StateFlags\"\t\t\"2\"\n"
                                    "\t\"installdir\"\t\t\"Left 4 Dead 2 Dedicated Server\"\n"
                                    "\t\"SizeOnDisk\"\t\t\"0\"\n"
                                    "\t\"BytesToDownload\"\t\t\"0\"\n"
                                    "\t\"BytesDownloaded\"\t\t\"0\"\n"
                                    "\t\"InstalledDepots\"\n\t{\n\t}\n"
                                    "\t\"UserConfig\"\n\t{\n\t}\n"
                                    "\t\"MountedConfig\"\n\t{\n\t}\n"
                                    "}\n";

/* The installation while a step works in it. */
typedef struct Game {
        const Install *install;
        Identity owner;
        int fd, staging_fd;
        bool is_switched; /* another version was made current during the download */
} Game;

#define GAME_INIT { .fd = -EBADF, .staging_fd = -EBADF }

static void game_close(Game *game) {
        (void) safe_close(game->staging_fd);
        (void) safe_close(game->fd);
        identity_done(&game->owner);
}

static int explain_owner(const char *directory, int error) {
        if (error == -EOWNERDEAD)
                log_error(
                        "Failed to install: %s belongs to root, and steamcmd is not run as root; "
                        "give it its owner back with 'systemd-tmpfiles --create left4me.conf'",
                        directory);
        else if (error == -EPERM)
                log_error("Failed to install: only root and the owner of %s may", directory);
        else
                (void) log_error_errno(error, "Failed to open %s", directory);
        return CTL_FAILURE;
}

/* Only 'l4d2ctl game' holds the lock otherwise, and not for long; no step waits for it. */
static int game_lock(Game *game) {
        game->staging_fd = version_store_try_lock(game->fd);
        if (game->staging_fd == -EAGAIN) {
                log_error("Another 'l4d2ctl install' or 'l4d2ctl game' runs; try again after it");
                return CTL_CONFLICT;
        }
        if (game->staging_fd < 0) {
                (void) log_error_errno(
                        game->staging_fd, "Failed to lock %s",
                        game->install->paths->installation_dir);
                return CTL_FAILURE;
        }
        return CTL_OK;
}

/* Locks it, too. */
static int game_open(const Install *install, Game *ret) {
        const char *directory = install->paths->installation_dir;
        int r;

        ret->install = install;
        ret->fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        r = ret->fd < 0 ? -errno : identity_of_owner(ret->fd, &ret->owner);
        return r < 0 ? explain_owner(directory, r) : game_lock(ret);
}

/* --- begin --------------------------------------------------------------------------------------
 */

static int seed_manifest(int tree_fd) {
        _cleanup_close_ int fd = make_directory_beneath(tree_fd, BUILD_ID_DIR, 0755);

        if (fd < 0)
                return fd;
        if (faccessat(fd, BUILD_ID_MANIFEST, F_OK, AT_SYMLINK_NOFOLLOW) >= 0)
                return 0;
        return write_file_atomic(fd, BUILD_ID_MANIFEST, manifest_seed, strlen(manifest_seed), 0644);
}

static int begin_from(const Game *game, StageOrigin origin, int *ret_tree_fd) {
        _cleanup_(tree_problem_done) TreeProblem problem = {};

        return stage_begin(
                game->fd, game->staging_fd, INSTALL_STAGE_KEY, origin, NULL, &problem, ret_tree_fd);
}

/* Before hours of copying and downloading. -ENOSPC: a copy of the current version has no room. */
static int check_room(const Game *game) {
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        _cleanup_free_ char *version = NULL;
        _cleanup_close_ int fd = -EBADF;
        TreeExtent extent;
        int r;

        r = overlay_dir_open_current(game->fd, &fd, &version);
        if (r == -ENODATA || r == -ESTALE)
                return 0;
        if (r < 0 || disk_shares_blocks(game->fd, game->staging_fd))
                return r;
        r = tree_extent(fd, ".", UINT64_MAX, &problem, &extent);
        return r < 0 ? r : disk_space_check(game->staging_fd, extent.bytes);
}

/* A current version that is gone is installed again. A copy that failed gives its space back. */
static int begin_new(const Game *game, int *ret_tree_fd) {
        int r;

        /* Such as half a copy. */
        r = stage_abort(game->staging_fd, INSTALL_STAGE_KEY);
        if (r >= 0)
                r = check_room(game);
        if (r < 0)
                return r;
        r = begin_from(game, STAGE_COPY_OF_CURRENT, ret_tree_fd);
        if (r == -ESTALE)
                r = begin_from(game, STAGE_EMPTY, ret_tree_fd);
        if (r < 0)
                (void) stage_abort(game->staging_fd, INSTALL_STAGE_KEY);
        return r;
}

/*
 * As the owner. steamcmd may write to files in place, so the new version shares none with the
 * current one while it is made. A download that failed goes on where it ended, also when the game
 * was rolled back since.
 */
static int prepare(void *userdata) {
        const Game *game = userdata;
        _cleanup_close_ int tree_fd = -EBADF;
        int r;

        r = stage_resume(game->fd, game->staging_fd, INSTALL_STAGE_KEY, &tree_fd);
        if (r == -ESTALE) {
                r = stage_rebase(game->fd, game->staging_fd, INSTALL_STAGE_KEY);
                if (r >= 0)
                        r = stage_resume(game->fd, game->staging_fd, INSTALL_STAGE_KEY, &tree_fd);
        }
        if (r == -ENOENT || r == -ESTALE || r == -ELOOP || r == -ENOTDIR)
                r = begin_new(game, &tree_fd);
        return r < 0 ? r : seed_manifest(tree_fd);
}

static int begin_tree(const Install *install) {
        _cleanup_(game_close) Game game = GAME_INIT;
        int r;

        r = game_open(install, &game);
        if (r != CTL_OK)
                return r;
        install_status("Preparing the new version");
        r = identity_run(&game.owner, prepare, &game);
        if (r == -ENOSPC) {
                log_error(
                        "Failed to install: too little of the disk of %s is free for a copy of the "
                        "current version, in which steamcmd works; 'l4d2ctl disk' shows what takes "
                        "the room",
                        install->paths->installation_dir);
                return CTL_FAILURE;
        }
        if (r < 0) {
                (void) log_error_errno(
                        r, "Failed to prepare %s as %s", install->paths->installation_dir,
                        game.owner.name);
                return CTL_FAILURE;
        }
        return CTL_OK;
}

/* --- rollback -----------------------------------------------------------------------------------
 */

/* id: "": the one before the current one. */
static int choose_version(const VersionList *list, const char *id, const Version **ret) {
        *ret = id[0] != '\0' ? version_list_find(list, id) : version_list_previous(list);
        if (*ret)
                return CTL_OK;
        if (id[0] != '\0')
                log_error("No version '%s' of the game", id);
        else
                log_error("Failed to roll back: the game has no older version");
        return id[0] != '\0' ? CTL_NO_INSTANCE : CTL_CONFLICT;
}

static int roll_back(const Install *install, const char *id) {
        _cleanup_(version_list_clear) VersionList list = {};
        _cleanup_(game_close) Game game = GAME_INIT;
        const Version *version = NULL;
        int r;

        r = game_open(install, &game);
        if (r != CTL_OK)
                return r;
        r = version_list_load(game.fd, &list);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to list the versions of the game");
                return CTL_FAILURE;
        }
        r = choose_version(&list, id, &version);
        if (r != CTL_OK)
                return r;
        r = version_switch(game.fd, game.staging_fd, version->id);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to make version %s current", version->id);
                return CTL_FAILURE;
        }
        log_notice("The game is at version %s again; a server gets it when it starts", version->id);
        return CTL_OK;
}

static int check_steamcmd(const Install *install) {
        if (access(install->config->steamcmd, X_OK) < 0) {
                (void) log_error_errno(
                        -errno, "Failed to install: steamcmd is not at %s; set steamcmd= in %s",
                        install->config->steamcmd, install->paths->config_file);
                return CTL_FAILURE;
        }
        return CTL_OK;
}

int install_begin(Install *install) {
        InstallRequest request;
        int r;

        install_request_take(install->paths, &request);
        install->action = request.action;
        r = request.action == INSTALL_ROLLBACK ? CTL_OK : check_steamcmd(install);
        if (r != CTL_OK)
                return r;
        r = install_write_environment(install, "environment");
        if (r != CTL_OK)
                return r;
        if (request.action == INSTALL_ROLLBACK)
                return roll_back(install, request.version);
        install_end_check();
        return begin_tree(install);
}

/* --- commit -------------------------------------------------------------------------------------
 */

/* A version has the build that servers and checks are told. One that is unknown counts as another.
 */
static bool has_another_build(int tree_fd, int base_fd) {
        char build[BUILD_ID_MAX], before[BUILD_ID_MAX];

        return build_id_read(tree_fd, build) >= 0 &&
               (build_id_read(base_fd, before) < 0 || strcmp(build, before) != 0);
}

/* Gives back the space of files that steamcmd did not change. 1: nothing is new. */
static int share(const Game *game) {
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        _cleanup_close_ int tree_fd = -EBADF, base_fd = -EBADF;
        size_t n_different;
        int r;

        r = stage_open_base(game->fd, game->staging_fd, INSTALL_STAGE_KEY, &base_fd);
        if (r == -ENODATA)
                return 0;
        if (r >= 0)
                r = tree_fd = open_beneath(
                        game->staging_fd, INSTALL_STAGE_KEY "/tree", O_RDONLY | O_DIRECTORY);
        if (r >= 0)
                r = stage_end_resume(game->staging_fd, INSTALL_STAGE_KEY);
        if (r >= 0)
                r = tree_share(tree_fd, base_fd, BUILD_ID_DIR, &problem, &n_different);
        return r < 0 ? r : n_different == 0 && !has_another_build(tree_fd, base_fd);
}

/* As the owner. A version that a person chose during the download stays current. */
static int publish(void *userdata) {
        const Game *game = userdata;
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        _cleanup_free_ char *id = NULL;
        int r;

        r = share(game);
        if (r != 0)
                return r < 0 ? r : stage_abort(game->staging_fd, INSTALL_STAGE_KEY);
        return game->is_switched
                       ? stage_keep(game->fd, game->staging_fd, INSTALL_STAGE_KEY, &problem, &id)
                       : stage_commit(game->fd, game->staging_fd, INSTALL_STAGE_KEY, &problem, &id);
}

static int collect(void *userdata) {
        const Game *game = userdata;
        StorePlace place = { game->install->paths, game->install->paths->installation_dir };
        size_t n;

        return version_collect(
                game->fd, game->staging_fd, game->install->config->keep_versions,
                store_place_version_is_used, &place, &n);
}

/* Whether another version is current than when the download began. */
static bool is_switched(const Game *game) {
        _cleanup_close_ int fd = -EBADF;

        return stage_resume(game->fd, game->staging_fd, INSTALL_STAGE_KEY, &fd) == -ESTALE;
}

/* The newest version that left4me made, and the current one; 0: none. */
typedef struct Newest {
        uint64_t number;
        char current[REF_COMPONENT_MAX + 1];
} Newest;

static int find_newest(const Game *game, Newest *ret) {
        _cleanup_(version_list_clear) VersionList list = {};
        int r;

        *ret = (Newest) {};
        r = version_list_load(game->fd, &list);
        for (size_t i = 0; r >= 0 && i < list.n_items; i++) {
                ret->number = list.items[i].number;
                if (list.items[i].is_current)
                        (void) snprintf(ret->current, sizeof(ret->current), "%s", list.items[i].id);
        }
        return r < 0 ? log_error_errno(r, "Failed to list the versions of the game") : 0;
}

static void say_version(const Game *game, const Newest *before, const Newest *after) {
        bool is_new = after->number > before->number;

        if (!is_new && game->is_switched)
                log_notice(
                        "The game was rolled back during the download, and stays at version %s: the "
                        "download has nothing new",
                        after->current);
        else if (!is_new)
                log_notice("The game is up to date: it stays at version %s", after->current);
        else if (!game->is_switched)
                log_notice(
                        "The game is at version %s now; a server gets it when it starts",
                        after->current);
        else
                log_notice(
                        "The game was rolled back during the download, and stays at version %s: the "
                        "new one is kept as version %" PRIu64
                        ", and 'l4d2ctl game rollback %" PRIu64 "' switches to it",
                        after->current, after->number, after->number);
}

static int commit(Game *game) {
        Newest before, after;
        int r;

        if (find_newest(game, &before) < 0)
                return CTL_FAILURE;
        game->is_switched = is_switched(game);
        r = identity_run(&game->owner, publish, game);
        if (r < 0) {
                (void) log_error_errno(
                        r, "Failed to make the new version of the game in %s current",
                        game->install->paths->installation_dir);
                return CTL_FAILURE;
        }
        if (find_newest(game, &after) < 0)
                return CTL_FAILURE;
        say_version(game, &before, &after);
        r = identity_run(&game->owner, collect, game);
        if (r < 0)
                log_warning("Failed to remove old versions of the game: %s", strerror(-r));
        return CTL_OK;
}

int install_commit(Install *install) {
        _cleanup_(game_close) Game game = GAME_INIT;
        int r;

        if (!install_makes_version(install))
                return CTL_OK;
        install_status("Making the new version current");
        r = game_open(install, &game);
        return r == CTL_OK ? commit(&game) : r;
}

/* --- end ----------------------------------------------------------------------------------------
 */

/* As the owner. A download that can be gone on with stays. */
static int clean(void *userdata) {
        const Game *game = userdata;
        _cleanup_close_ int tree_fd = -EBADF;
        int r;

        r = stage_resume(game->fd, game->staging_fd, INSTALL_STAGE_KEY, &tree_fd);
        if (r == -ESTALE)
                r = stage_rebase(game->fd, game->staging_fd, INSTALL_STAGE_KEY);
        return r < 0 ? stage_abort(game->staging_fd, INSTALL_STAGE_KEY) : 0;
}

int install_end(Install *install) {
        _cleanup_(game_close) Game game = GAME_INIT;
        int r;

        if (!install_makes_version(install))
                return CTL_OK;
        /* begin has said what is wrong with the installation. */
        game.install = install;
        game.fd = open(
                install->paths->installation_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (game.fd < 0 || identity_of_owner(game.fd, &game.owner) < 0)
                return CTL_OK;
        game.staging_fd = version_store_try_lock(game.fd);
        if (game.staging_fd < 0)
                return CTL_OK;
        r = identity_run(&game.owner, clean, &game);
        if (r < 0)
                log_warning("Failed to remove an unfinished version of the game: %s", strerror(-r));
        return CTL_OK;
}
