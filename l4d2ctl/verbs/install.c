/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl install: has steamcmd put the game, or its update, into installation/versions/1. A
 * mounted layer must not change, so no server may run meanwhile.
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
#include "install/steamcmd-client.h"
#include "install/steamcmd.h"
#include "layer/mount-info.h"
#include "verbs/verbs.h"

#define APP_ID        "222860" /* Left 4 Dead 2 Dedicated Server */
#define VERSION_PATH  "versions/1"
#define MANIFEST_PATH VERSION_PATH "/steamapps/appmanifest_" APP_ID ".acf"

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
        int fd;
        char *version; /* absolute path of versions/1 */
        Identity user; /* the owner: everything below fd is done by that user, not by root */
} Installation;

static int find_mount(const MountInfo *mount, void *userdata) {
        const char *runtime_dir = userdata;
        size_t n = strlen(runtime_dir);

        if (strcmp(mount->fs_type, "overlay") != 0 ||
            strncmp(mount->mount_point, runtime_dir, n) != 0 || mount->mount_point[n] != '/')
                return 0;

        log_error(
                "Failed to install: %s is mounted, and a layer must not change under a running "
                "server; stop all servers first",
                mount->mount_point);
        return 1;
}

static int check_idle(const Ctl *ctl) {
        int r;

        r = mount_info_each(find_mount, ctl->paths->runtime_dir);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to see what is mounted");
                return CTL_FAILURE;
        }
        return r > 0 ? CTL_CONFLICT : CTL_OK;
}

static int make_directory(const Installation *i, const char *path) {
        return mkdirat(i->fd, path, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

static int seed_manifest(const Installation *i) {
        _cleanup_close_ int fd = -EBADF;

        if (faccessat(i->fd, MANIFEST_PATH, F_OK, AT_SYMLINK_NOFOLLOW) >= 0)
                return 0;
        fd = open_beneath(i->fd, VERSION_PATH "/steamapps", O_RDONLY | O_DIRECTORY);
        if (fd < 0)
                return fd;
        return write_file_atomic(
                fd, "appmanifest_" APP_ID ".acf", manifest_seed, strlen(manifest_seed), 0644);
}

/* As the owner. */
static int prepare(void *userdata) {
        static const char *const directories[] = {
                "versions",
                VERSION_PATH,
                VERSION_PATH "/steamapps",
        };
        const Installation *i = userdata;
        int r = 0;

        for (size_t k = 0; r >= 0 && k < ELEMENTSOF(directories); k++)
                r = make_directory(i, directories[k]);
        return r < 0 ? r : seed_manifest(i);
}

static int open_installation(const Ctl *ctl, Installation *i) {
        i->fd = open(ctl->paths->installation_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (i->fd < 0)
                return -errno;
        if (asprintf(&i->version, "%s/" VERSION_PATH, ctl->paths->installation_dir) < 0) {
                i->version = NULL;
                return -ENOMEM;
        }
        return identity_of_owner(i->fd, &i->user);
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
        argv[n++] = i->version;
        argv[n++] = "+login";
        argv[n++] = "anonymous";
        argv[n++] = "+app_update";
        argv[n++] = APP_ID;
        if (validate)
                argv[n++] = "validate";
        argv[n++] = "+quit";
        argv[n] = NULL;

        return steamcmd_run(argv, i->version, &i->user, ret);
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

/*
 * As the owner: current -> versions/1, in one rename; a game that is there already needs none.
 * steamcmd flushes nothing: without syncfs(), a power cut could leave the rename on disk and the
 * files empty.
 */
static int publish(void *userdata) {
        const Installation *i = userdata;
        char target[64];
        ssize_t n;

        if (syncfs(i->fd) < 0)
                return -errno;

        n = readlinkat(i->fd, "current", target, sizeof(target));
        if (n == (ssize_t) strlen(VERSION_PATH) && memcmp(target, VERSION_PATH, (size_t) n) == 0)
                return 0;

        if (unlinkat(i->fd, ".#current", 0) < 0 && errno != ENOENT)
                return -errno;
        if (symlinkat(VERSION_PATH, i->fd, ".#current") < 0)
                return -errno;
        if (renameat(i->fd, ".#current", i->fd, "current") < 0)
                return -errno;
        return fsync(i->fd) < 0 ? -errno : 0;
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
        r = identity_run(&i->user, prepare, i);
        if (r < 0) {
                (void) log_error_errno(
                        r, "Failed to prepare %s as %s", ctl->paths->installation_dir,
                        i->user.name);
                return CTL_FAILURE;
        }

        audit_log(NULL, "install");
        r = run_steamcmd(ctl, i);
        if (r != CTL_OK)
                return r;

        r = identity_run(&i->user, publish, i);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to make %s the current installation", i->version);
                return CTL_FAILURE;
        }
        return steamcmd_keep_clients(ctl, &i->user);
}

int verb_install(Ctl *ctl) {
        Installation installation = { .fd = -EBADF };
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
        r = check_idle(ctl);
        if (r == CTL_OK)
                r = install(ctl, &installation);

        (void) safe_close(installation.fd);
        free(installation.version);
        identity_done(&installation.user);
        return r;
}
