/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "install/check.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "base/exit-code.h"
#include "base/file.h"
#include "base/log.h"
#include "base/time-text.h"
#include "content/update-check.h"
#include "game/build-id.h"
#include "game/key-values.h"
#include "install/steamcmd.h"

/* steamcmd answers from its cache, which is empty at first. */
enum { ATTEMPTS_MAX = 3 };

/* The lines about the game among those that steamcmd prints. */
typedef struct Info {
        FILE *f;
        size_t size;
        bool has_begun;
} Info;

static bool take_line(const char *line, void *userdata) {
        static const char begin[] = "\"222860\"";
        Info *info = userdata;

        info->has_begun = info->has_begun || strncmp(line, begin, strlen(begin)) == 0;
        info->size += strlen(line) + 1;
        if (!info->has_begun || info->size > KEY_VALUES_SIZE_MAX)
                return false;
        (void) fprintf(info->f, "%s\n", line);
        return true;
}

static int ask(const Steamcmd *steamcmd, char ret[static BUILD_ID_MAX]) {
        static const char *const arguments[] = {
                "+login", "anonymous", "+app_info_update", "1", "+app_info_print", "222860",
                "+quit",  NULL,
        };
        _cleanup_free_ char *text = NULL;
        Steamcmd asking = *steamcmd;
        SteamcmdOutput output;
        size_t size = 0;
        Info info = {};
        int r, status;

        info.f = open_memstream(&text, &size);
        if (!info.f)
                return -ENOMEM;
        asking.take = take_line;
        asking.userdata = &info;
        r = steamcmd_run(&asking, arguments, &output, &status);
        if (fclose(info.f) != 0)
                return -ENOMEM;
        return r < 0 ? r : build_id_parse_info(text, size, ret);
}

/* "": unknown. */
static void read_installed(int dir_fd, char ret[static BUILD_ID_MAX]) {
        static const FileLimits limits = { .size_max = KEY_VALUES_SIZE_MAX };
        _cleanup_free_ char *text = NULL;
        size_t size;

        if (read_file_beneath(dir_fd, UPDATE_CHECK_MANIFEST, &limits, &text, &size) < 0 ||
            build_id_parse_manifest(text, size, ret) < 0)
                ret[0] = '\0';
}

/* An update is news once. The check before may have found the build before a rollback made it an
 * update. */
static bool is_news(const Paths *paths, const UpdateCheck *check) {
        UpdateCheck before;

        return check->installed[0] != '\0' && strcmp(check->installed, check->available) != 0 &&
               (update_check_read(paths, &before) < 0 ||
                strcmp(before.available, check->available) != 0);
}

static void say(const UpdateCheck *check) {
        if (check->installed[0] == '\0')
                log_notice("Steam has build %s; the installed one is unknown", check->available);
        else if (strcmp(check->installed, check->available) == 0)
                log_notice("The game is up to date: build %s", check->installed);
        else
                log_notice(
                        "The game is outdated: build %s is installed, Steam has build %s",
                        check->installed, check->available);
}

static int check_update(const Paths *paths, const Steamcmd *steamcmd) {
        _cleanup_close_ int fd = update_check_open_dir(paths);
        UpdateCheck check = {};
        int r = -ENOENT;

        if (fd < 0) {
                (void) log_error_errno(
                        fd, "Failed to open %s; run 'systemd-tmpfiles --create left4me.conf'",
                        paths->update_check_dir);
                return CTL_FAILURE;
        }
        install_status("Asking Steam for the newest build");
        for (unsigned n = 0; n < ATTEMPTS_MAX && r == -ENOENT; n++)
                r = ask(steamcmd, check.available);
        if (r == -ENOENT || r == -EBADMSG)
                log_error("Failed to check for an update: Steam did not name a build; check this "
                          "host's network, then try again");
        else if (r == -ECANCELED)
                log_notice("The check was cancelled");
        else if (r < 0)
                (void) log_error_errno(r, "Failed to check for an update");
        if (r < 0)
                return CTL_FAILURE;

        read_installed(fd, check.installed);
        check.checked = now_realtime();
        check.is_news = is_news(paths, &check);
        r = update_check_write(fd, &check);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to write the answer");
                return CTL_FAILURE;
        }
        say(&check);
        return CTL_OK;
}

int install_check(Install *install) {
        const struct passwd *user = getpwuid(geteuid());
        const char *program = getenv(INSTALL_ENV_STEAMCMD);

        if (!user || !program || program[0] != '/') {
                log_error("left4me-check.service must run this program");
                return CTL_FAILURE;
        }
        if (access(program, X_OK) < 0) {
                (void) log_error_errno(
                        -errno,
                        "Failed to check for an update: left4me-check.service can't see steamcmd at "
                        "%s; put it into /usr/games or /usr/local",
                        program);
                return CTL_FAILURE;
        }
        return check_update(
                install->paths, &(Steamcmd) {
                                        .program = program,
                                        .home = user->pw_dir,
                                        .user = user->pw_name,
                                        .directory = user->pw_dir,
                                });
}

/* Without this, an update that is newer than the last check would count as outdated. */
void install_note_newest(const Install *install, const char *tree) {
        _cleanup_close_ int tree_fd = open(tree, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        _cleanup_close_ int fd = update_check_open_dir(install->paths);
        UpdateCheck check = { .checked = now_realtime() };
        int r = tree_fd < 0 ? -errno : fd;

        if (r >= 0)
                r = build_id_read(tree_fd, check.available);
        if (r >= 0) {
                memcpy(check.installed, check.available, sizeof(check.installed));
                r = update_check_write(fd, &check);
        }
        if (r < 0)
                log_warning("Failed to note the newest build: %s", strerror(-r));
}
