/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl install: has steamcmd make a new version of the game, from a copy of the current one.
 * Servers that run keep the version that they have mounted.
 */

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "common/audit-log.h"
#include "common/identity.h"
#include "content/store.h"
#include "install/steamcmd-client.h"
#include "install/steamcmd.h"
#include "layer/stage.h"
#include "layer/versions.h"
#include "spec/overlay-dir.h"
#include "verbs/verbs.h"

#define APP_ID     "222860" /* Left 4 Dead 2 Dedicated Server */
#define STAGE_KEY  "install"
#define STEAM_APPS "steamapps" /* steamcmd's own notes */

enum { ATTEMPTS_MAX = 3 };

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

typedef struct Installation {
        Store store;
        char *tree;    /* absolute path of the new version while it is made */
        Identity user; /* the owner: everything in the store is done by that user, not by root */
} Installation;

static int seed_manifest(int tree_fd) {
        static const char name[] = "appmanifest_" APP_ID ".acf";
        _cleanup_close_ int fd = make_directory_beneath(tree_fd, STEAM_APPS, 0755);

        if (fd < 0)
                return fd;
        if (faccessat(fd, name, F_OK, AT_SYMLINK_NOFOLLOW) >= 0)
                return 0;
        return write_file_atomic(fd, name, manifest_seed, strlen(manifest_seed), 0644);
}

static int begin_from(const Installation *i, StageOrigin origin, int *ret_tree_fd) {
        _cleanup_(tree_problem_done) TreeProblem problem = {};

        return stage_begin(
                i->store.fd, i->store.staging_fd, STAGE_KEY, origin, NULL, &problem, ret_tree_fd);
}

/* A current version that is gone is installed again. A copy that failed gives its space back. */
static int begin(const Installation *i, int *ret_tree_fd) {
        int r;

        r = begin_from(i, STAGE_COPY_OF_CURRENT, ret_tree_fd);
        if (r == -ESTALE)
                r = begin_from(i, STAGE_EMPTY, ret_tree_fd);
        if (r < 0)
                (void) stage_abort(i->store.staging_fd, STAGE_KEY);
        return r;
}

/*
 * As the owner. steamcmd may write to files in place, so the new version shares none with the
 * current one while it is made. A download that failed goes on where it ended.
 */
static int prepare(void *userdata) {
        const Installation *i = userdata;
        _cleanup_close_ int tree_fd = -EBADF;
        int r;

        r = stage_resume(i->store.fd, i->store.staging_fd, STAGE_KEY, &tree_fd);
        if (r == -ENOENT || r == -ESTALE || r == -ELOOP || r == -ENOTDIR)
                r = begin(i, &tree_fd);
        return r < 0 ? r : seed_manifest(tree_fd);
}

static int open_installation(Ctl *ctl, Installation *i) {
        const char *directory = ctl->paths->installation_dir;

        i->store.paths = ctl->paths;
        i->store.path = strdup(directory);
        if (!i->store.path || asprintf(&i->tree, "%s/staging/" STAGE_KEY "/tree", directory) < 0)
                return -ENOMEM;
        i->store.fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (i->store.fd < 0)
                return -errno;
        return identity_of_owner(i->store.fd, &i->user);
}

static int update(
        const Ctl *ctl, const Installation *i, const char *platform, bool validate,
        SteamcmdResult *ret) {
        const char *argv[16];
        size_t n = 0;

        argv[n++] = ctl->config->steamcmd;
        if (platform) {
                argv[n++] = "+@sSteamCmdForcePlatformType";
                argv[n++] = platform;
        }
        argv[n++] = "+force_install_dir";
        argv[n++] = i->tree;
        argv[n++] = "+login";
        argv[n++] = "anonymous";
        argv[n++] = "+app_update";
        argv[n++] = APP_ID;
        if (validate)
                argv[n++] = "validate";
        argv[n++] = "+quit";
        argv[n] = NULL;

        return steamcmd_run(argv, i->tree, &i->user, ret);
}

/* Asking for the Windows version first makes Steam offer the Linux one. */
static int update_in_two_passes(const Ctl *ctl, const Installation *i, SteamcmdResult *ret) {
        int r;

        log_notice("Steam did not offer the Linux version: trying by way of the Windows version");
        r = update(ctl, i, "windows", false, ret);
        return r < 0 ? r : update(ctl, i, "linux", true, ret);
}

static int run_steamcmd(const Ctl *ctl, const Installation *i) {
        SteamcmdResult result = {};
        const char *words;
        int r;

        r = update(ctl, i, NULL, false, &result);
        for (unsigned n = 1; n < ATTEMPTS_MAX && r >= 0 && !result.installed; n++) {
                if (!result.not_for_linux)
                        break;
                r = update_in_two_passes(ctl, i, &result);
        }
        if (r < 0) {
                (void) log_error_errno(r, "Failed to run %s", ctl->config->steamcmd);
                return CTL_FAILURE;
        }
        if (result.installed)
                return CTL_OK;

        words = steamcmd_explain(&result);
        if (words)
                log_error("Failed to install the game: %s", _(words));
        else
                log_error("Failed to install the game");
        if (WIFEXITED(result.status) && WEXITSTATUS(result.status) != 0)
                return WEXITSTATUS(result.status); /* passed on */
        return CTL_FAILURE;
}

/* Gives back the space of files that steamcmd did not change. 1: it changed none. */
static int share(const Installation *i) {
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        _cleanup_close_ int tree_fd = -EBADF, base_fd = -EBADF;
        _cleanup_free_ char *version = NULL;
        size_t n_different;
        int r;

        r = overlay_dir_open_current(i->store.fd, &base_fd, &version);
        if (r == -ENODATA || r == -ESTALE)
                return 0;
        if (r >= 0)
                r = stage_resume(i->store.fd, i->store.staging_fd, STAGE_KEY, &tree_fd);
        if (r >= 0)
                r = stage_end_resume(i->store.staging_fd, STAGE_KEY);
        if (r >= 0)
                r = tree_share(tree_fd, base_fd, STEAM_APPS, &problem, &n_different);
        return r < 0 ? r : n_different == 0;
}

/* As the owner. */
static int publish(void *userdata) {
        const Installation *i = userdata;
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        _cleanup_free_ char *id = NULL;
        int r;

        r = share(i);
        if (r != 0)
                return r < 0 ? r : stage_abort(i->store.staging_fd, STAGE_KEY);
        return stage_commit(i->store.fd, i->store.staging_fd, STAGE_KEY, &problem, &id);
}

static int collect(void *userdata) {
        const Installation *i = userdata;
        size_t n;

        return version_collect(
                i->store.fd, i->store.staging_fd, i->store.keep_versions, store_version_is_used,
                (void *) (uintptr_t) &i->store, &n);
}

/* "versions/ID", NULL: none. */
static char *current_version(const Installation *i) {
        char *version = NULL;
        int fd = -EBADF;

        if (overlay_dir_open_current(i->store.fd, &fd, &version) < 0)
                return NULL;
        (void) safe_close(fd);
        return version;
}

static int finish(Installation *i) {
        _cleanup_free_ char *before = current_version(i), *after = NULL;
        int r;

        r = identity_run(&i->user, publish, i);
        if (r < 0) {
                (void) log_error_errno(
                        r, "Failed to make the new version of the game in %s current", i->tree);
                return CTL_FAILURE;
        }
        after = current_version(i);
        if (before && after && strcmp(before, after) == 0)
                log_notice(
                        "The game is up to date: it stays at version %s",
                        after + strlen(VERSIONS_PREFIX));
        else if (after)
                log_notice(
                        "The game is at version %s now; a server gets it when it starts",
                        after + strlen(VERSIONS_PREFIX));
        r = identity_run(&i->user, collect, i);
        if (r < 0)
                log_warning("Failed to remove old versions of the game: %s", strerror(-r));
        return CTL_OK;
}

static int explain_owner(const Ctl *ctl, int error) {
        const char *directory = ctl->paths->installation_dir;

        if (error == -EPERM)
                log_error("Failed to install: only root and the owner of %s may", directory);
        else if (error == -EOWNERDEAD)
                log_error(
                        "Failed to install: %s belongs to root, and steamcmd is not run as root; "
                        "give it its owner back with 'systemd-tmpfiles --create left4me.conf'",
                        directory);
        else
                (void) log_error_errno(error, "Failed to open %s", directory);
        return CTL_FAILURE;
}

static int install(Ctl *ctl, Installation *i) {
        int r;

        r = open_installation(ctl, i);
        if (r < 0)
                return explain_owner(ctl, r);
        r = store_lock(&i->store);
        if (r != CTL_OK)
                return r;
        r = identity_run(&i->user, prepare, i);
        if (r < 0) {
                (void) log_error_errno(
                        r, "Failed to prepare %s as %s", ctl->paths->installation_dir,
                        i->user.name);
                return CTL_FAILURE;
        }

        audit_log(NULL, "install");
        r = run_steamcmd(ctl, i);
        if (r == CTL_OK)
                r = finish(i);
        return r == CTL_OK ? steamcmd_keep_clients(ctl, &i->user) : r;
}

int verb_install(Ctl *ctl) {
        Installation installation = { .store = STORE_INIT };
        int r;

        r = ctl_open_config(ctl);
        if (r != CTL_OK)
                return r;
        if (access(ctl->config->steamcmd, X_OK) < 0) {
                (void) log_error_errno(
                        -errno, "Failed to install: steamcmd is not at %s; set steamcmd= in %s",
                        ctl->config->steamcmd, ctl->paths->config_file);
                return CTL_FAILURE;
        }
        installation.store.keep_versions = ctl->config->keep_versions;
        r = install(ctl, &installation);

        store_close(&installation.store);
        free(installation.tree);
        identity_done(&installation.user);
        return r;
}
