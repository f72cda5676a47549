/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The first program of left4me-server@NAME.service, run with the game server's own rights and
 * sandbox. It looks whether the start is the one that was asked for and then becomes the server:
 * what systemd sees as main process and exit status is the game's.
 *
 * systemd goes on when it can't read part of a drop-in, and may be told to start a unit without its
 * dependencies. So this program refuses unless
 *   - the generated drop-in was read to its last line, which sets LEFT4ME_GENERATED=NAME;
 *   - the game tree is an overlay mount whose upper directory is this instance's, and the very one
 * that was mounted for this start: left4me-overlay says in LEFT4ME_TREE which one that is;
 *   - the argv file in it is root's and well formed.
 *
 * Its messages stay English: they are lines of the server's log, between the game's, which are
 * English too.
 *
 * Exit status when it refuses, each listed in RestartPreventExitStatus= because trying again does
 * not help: 64 wrong usage, 69 the game can't be executed, 71 this host runs no i386 programs, 78
 * something above does not hold.
 */

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/file.h"
#include "base/i386.h"
#include "base/log.h"
#include "base/name.h"
#include "base/paths.h"
#include "base/text.h"
#include "layer/argv-file.h"
#include "layer/layer.h"
#include "layer/mount-info.h"
#include "layer/steam-client.h"
#include "layer/tree-record.h"

#define SENTINEL "LEFT4ME_GENERATED"

static int check_drop_in(const char *name) {
        const char *sentinel = getenv(SENTINEL);

        if (sentinel && strcmp(sentinel, name) == 0)
                return 0;

        log_error(
                "Failed to start server %s: systemd did not read its generated drop-in to the "
                "end; see \"systemctl cat left4me-server@%s.service\", then run \"systemctl "
                "daemon-reload\"",
                name, name);
        return -EBADMSG;
}

static int refuse_tree(const char *name, const char *merged, const char *reason) {
        log_error(
                "Failed to start server %s: %s %s; start it by left4me-server@%s.service, which "
                "mounts it through l4d2-overlay@%s.service",
                name, merged, reason, name, name);
        return -ENODEV;
}

/* An older one, which could not be unmounted, has the spec and the overlays of then. */
static int check_tree(const char *name, const char *merged, const char *device) {
        const char *recorded = getenv(TREE_VARIABLE);

        if (recorded && strcmp(recorded, device) == 0)
                return 0;

        log_error(
                "Failed to start server %s: %s is not the tree that was mounted for this start; see "
                "\"journalctl -u l4d2-overlay@%s.service\"",
                name, merged, name);
        return -ESTALE;
}

/* Opens the game tree and goes there: the server looks for its files where it is started. */
static int enter_tree(const char *name, const Paths *paths, int *ret_fd) {
        _cleanup_free_ char *merged = NULL, *upper = NULL, *device = NULL;
        _cleanup_close_ int fd = -EBADF;
        int r;

        if (asprintf(&merged, "%s/%s/merged", paths->runtime_dir, name) < 0 ||
            asprintf(&upper, "%s/%s/upper", paths->runtime_dir, name) < 0)
                return log_error_errno(-ENOMEM, "Failed to start server %s", name);

        fd = open(merged, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0 && errno == ENOENT)
                return refuse_tree(name, merged, "does not exist");
        if (fd < 0)
                return log_error_errno(
                        -errno, "Failed to start server %s: cannot open %s", name, merged);

        r = mount_info_find_overlay(fd, upper, &device);
        if (r < 0)
                return log_error_errno(
                        r, "Failed to start server %s: cannot tell what is mounted on %s", name,
                        merged);
        if (r == 0)
                return refuse_tree(name, merged, "is not this server's overlay mount");

        r = check_tree(name, merged, device);
        if (r < 0)
                return r;

        if (fchdir(fd) < 0)
                return log_error_errno(
                        -errno, "Failed to start server %s: cannot enter %s", name, merged);

        *ret_fd = TAKE_FD(fd);
        return 0;
}

/* The elements of ret_argv point into ret_data. */
static int read_argv(const char *name, int tree_fd, char **ret_data, char ***ret_argv) {
        /* PrivateUsers= maps root; owners that it doesn't map show as the user "nobody" and are
         * refused. */
        static const uid_t owners[] = { 0 };
        static const FileLimits limits = {
                .size_max = ARGV_FILE_SIZE_MAX,
                .owners = owners,
                .n_owners = ELEMENTSOF(owners),
        };
        _cleanup_free_ char *data = NULL;
        const char *reason = NULL;
        size_t size;
        int r;

        r = read_file_beneath(tree_fd, LAYER_ARGV_PATH, &limits, &data, &size);
        if (r < 0) {
                log_error(
                        "Failed to start server %s: cannot read its %s: %s", name, LAYER_ARGV_PATH,
                        _(file_error_message(r)));
                return r;
        }

        r = argv_file_parse(data, size, ret_argv, &reason);
        if (r == -EBADMSG)
                log_error("Failed to start server %s: its %s %s", name, LAYER_ARGV_PATH, reason);
        else if (r < 0)
                log_error_errno(r, "Failed to start server %s", name);
        if (r < 0)
                return r;

        *ret_data = TAKE_PTR(data);
        return 0;
}

static void log_argv(char **argv) {
        _cleanup_free_ char *line = NULL;

        if (argv_format(argv, &line) >= 0)
                log_info("Starting %s", line);
}

/*
 * Where the server looks for steamclient.so, in a home that is empty at each start. A server that
 * finds none runs, and lets in players of its own network only: no reason to refuse.
 */
static void link_steam_clients(const char *name, const Paths *paths, int tree_fd) {
        _cleanup_free_ char *merged = NULL;
        const char *home = getenv("HOME");

        if (!home || asprintf(&merged, "%s/%s/merged", paths->runtime_dir, name) < 0) {
                merged = NULL;
                return;
        }
        for (size_t i = 0; i < _STEAM_CLIENT_MAX; i++) {
                const SteamClient *client = &steam_clients[i];
                int r = steam_client_link(client, paths, tree_fd, merged, home);

                if (r < 0)
                        log_warning(
                                "Failed to link %s/%s/%s, so the server can't log in to Steam: %s",
                                home, client->home_dir, STEAM_CLIENT_NAME, strerror(-r));
        }
}

static int prepare(const char *name, char **ret_data, char ***ret_argv) {
        _cleanup_(paths_freep) Paths *paths = NULL;
        _cleanup_close_ int tree_fd = -EBADF;
        int r;

        r = check_drop_in(name);
        if (r < 0)
                return r;

        r = paths_from_environment(&paths);
        if (r < 0)
                return log_error_errno(r, "Failed to start server %s", name);

        r = enter_tree(name, paths, &tree_fd);
        if (r < 0)
                return r;

        r = read_argv(name, tree_fd, ret_data, ret_argv);
        if (r < 0)
                return r;

        link_steam_clients(name, paths, tree_fd);
        return 0;
}

/*
 * Leaves a second process in the unit, which sleeps until the server ends and ends with it.
 *
 * With PrivatePIDs=, a process in between tells systemd 257 about the main process, and systemd
 * often looks before that one has gone. Then it takes the server for another process's child
 * ("Supervising process N which is not our child"), and on stop sends SIGINT and, as it doesn't
 * wait for such a process, SIGKILL at once. For any other process of the unit it waits,
 * TimeoutStopSec= at most, until all are gone. This second process makes it wait.
 */
static int leave_anchor(void) {
        pid_t pid = fork();

        if (pid != 0)
                return pid < 0 ? -errno : 0;

        (void) prctl(PR_SET_NAME, "left4me-anchor");
        /* The end of a PID namespace's first process is everybody's. This is for hosts that lifted
         * PrivatePIDs=. */
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
                _exit(EXIT_FAILURE);
        (void) signal(SIGINT, SIG_IGN);
        (void) signal(SIGTERM, SIG_IGN);
        (void) close_range(0, ~0U, 0);
        for (;;)
                (void) pause();
}

/*
 * Says why the game could not be executed. For an i386 program, execve() says ENOEXEC when the
 * kernel executes none and ENOENT when the host has no i386 loader, which an admin would look for
 * in the game.
 */
static int explain_execute(const char *name, int error) {
        _cleanup_close_ int fd = open(LAYER_PROGRAM, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        int r = fd >= 0 && i386_is_program(fd) > 0 ? i386_check() : 0;

        if (r == -ENOEXEC) {
                log_error(
                        "Failed to start server %s: this kernel can't run 32-bit programs, and "
                        "the game is one; \"l4d2ctl doctor\" says how to get a kernel that can",
                        name);
                return EX_OSERR;
        }
        if (r == -ENOENT) {
                log_error(
                        "Failed to start server %s: %s is missing, which the game needs; run "
                        "\"apt install libc6-i386\"",
                        name, I386_LOADER);
                return EX_OSERR;
        }

        log_error_errno(
                error, "Failed to start server %s: cannot execute %s of its game tree", name,
                LAYER_PROGRAM);
        return EX_UNAVAILABLE;
}

/* Returns only when it can't become the game. */
static int run(int argc, char *argv[]) {
        _cleanup_free_ char **server_argv = NULL;
        _cleanup_free_ char *data = NULL;

        log_setup("left4me-launch", LOG_TARGET_STDERR);

        if (argc != 2) {
                log_error("Usage: left4me-launch NAME");
                return EX_USAGE;
        }
        if (!instance_name_is_valid(argv[1])) {
                log_error("Failed to start a server: its name is not a valid server name");
                return EX_USAGE;
        }

        if (prepare(argv[1], &data, &server_argv) < 0)
                return EX_CONFIG;

        if (leave_anchor() < 0)
                log_warning(
                        "Failed to start the anchor process, so a stop may kill the server before "
                        "it exits by itself");
        log_argv(server_argv);
        (void) unsetenv(SENTINEL);
        (void) unsetenv(TREE_VARIABLE);

        /* As srcds_run does: the engine's libraries lie in bin/, plugins' beside the program. */
        if (setenv("LD_LIBRARY_PATH", ".:bin", true) >= 0)
                (void) execv(LAYER_PROGRAM, server_argv);
        return explain_execute(argv[1], -errno);
}

int main(int argc, char *argv[]) {
        return run(argc, argv);
}
