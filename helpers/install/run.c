/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The job itself, as steamcmd's user in the unit's sandbox: everything that steamcmd made or said
 * is looked at here, and not by root.
 */

#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/wait.h>

#include "base/exit-code.h"
#include "base/file.h"
#include "base/log.h"
#include "base/visible-text.h"
#include "game/loadable.h"
#include "install/account.h"
#include "install/check.h"
#include "install/client.h"
#include "install/steamcmd.h"
#include "install/install.h"

#define APP_ID "222860" /* Left 4 Dead 2 Dedicated Server */

enum { ATTEMPTS_MAX = 3, UNKNOWN_ERROR_MAX = 200 };

typedef struct Run {
        const Install *install;
        const char *tree;
        Steamcmd steamcmd;
        SteamcmdOutput output;
        int status; /* of steamcmd, as from waitpid() */
} Run;

static int update(Run *run, const char *platform, bool validate) {
        const char *arguments[16];
        size_t n = 0;

        if (platform) {
                arguments[n++] = "+@sSteamCmdForcePlatformType";
                arguments[n++] = platform;
        }
        arguments[n++] = "+force_install_dir";
        arguments[n++] = run->tree;
        arguments[n++] = "+login";
        arguments[n++] = "anonymous";
        arguments[n++] = "+app_update";
        arguments[n++] = APP_ID;
        if (validate)
                arguments[n++] = "validate";
        arguments[n++] = "+quit";
        arguments[n] = NULL;

        return steamcmd_run(&run->steamcmd, arguments, &run->output, &run->status);
}

/* Asking for the Windows version first makes Steam offer the Linux one. */
static int update_in_two_passes(Run *run) {
        int r;

        log_notice("Steam did not offer the Linux version: trying by way of the Windows version");
        r = update(run, "windows", false);
        return r < 0 ? r : update(run, "linux", true);
}

static int update_as_anonymous(Run *run) {
        int r;

        r = update(run, NULL, run->install->action == INSTALL_VALIDATE);
        for (unsigned n = 1; n < ATTEMPTS_MAX && r >= 0 && !run->output.installed; n++) {
                if (!run->output.not_for_linux)
                        break;
                r = update_in_two_passes(run);
        }
        return r;
}

/* The exit status of a steamcmd that failed is passed on. */
static int explain(const Run *run) {
        const char *words = steamcmd_output_explain(&run->output);

        if (words)
                log_error("Failed to install the game: %s", words);
        else if (run->output.error[0])
                log_error("Failed to install the game: steamcmd said '%s'", run->output.error);
        else if (WIFSIGNALED(run->status))
                log_error(
                        "Failed to install the game: signal %d ended steamcmd",
                        WTERMSIG(run->status));
        else
                log_error("Failed to install the game: steamcmd did not report success");
        if (WIFEXITED(run->status) && WEXITSTATUS(run->status) != 0)
                return WEXITSTATUS(run->status);
        return CTL_FAILURE;
}

/* The last resort, when Steam refuses anonymous users. */
static int update_by_account(Run *run) {
        const char *account = getenv(INSTALL_ENV_ACCOUNT);
        const AccountUpdate update = {
                .account = account,
                .tree = run->tree,
                .validate = run->install->action == INSTALL_VALIDATE,
        };

        if (!account || account[0] == '\0' || !steamcmd_output_blames_account(&run->output))
                return 0;
        log_notice("Steam refuses an anonymous user: logging in as '%s'", account);
        return account_update(&update, &run->steamcmd, &run->output, &run->status);
}

static int update_game(Run *run) {
        int r;

        r = update_as_anonymous(run);
        if (r >= 0)
                r = update_by_account(run);
        if (r == -ECANCELED) {
                log_notice(
                        "The installation was cancelled; the next one goes on with its download");
                return CTL_FAILURE;
        }
        if (r < 0) {
                (void) log_error_errno(r, "Failed to run %s", run->steamcmd.program);
                return CTL_FAILURE;
        }
        return run->output.installed ? CTL_OK : explain(run);
}

/* --- what it made -------------------------------------------------------------------------------
 */

static int say_problem(const LoadProblem *problem, const char *machine) {
        _cleanup_free_ char *text = NULL, *path = NULL;
        int r;

        r = load_problem_text(problem, machine, &text);
        if (r < 0)
                return r;
        path = malloc(VISIBLE_TEXT_MAX(strlen(problem->path)));
        if (!path)
                return -ENOMEM;
        (void) visible_text(problem->path, strlen(problem->path), path);
        log_message(problem->stops_game ? LOG_ERR : LOG_WARNING, "%s: %s", path, text);
        return 0;
}

/* An update that can't start on this host is not made current. */
static int check_game(const Run *run) {
        _cleanup_(load_problems_done) LoadProblems problems = {};
        _cleanup_close_ int fd = open(run->tree, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        int r;

        install_status("Checking the new version");
        r = fd < 0 ? -errno : loadable_check_game(fd, "", &problems);
        for (size_t i = 0; r >= 0 && i < problems.n_items; i++)
                r = say_problem(&problems.items[i], problems.machine);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to check the new version in %s", run->tree);
                return CTL_FAILURE;
        }
        if (!problems.stops_game)
                return CTL_OK;
        log_error("The new version can't start on this host, so servers keep the one before; fix "
                  "the host or wait for the next update, then install again");
        return CTL_FAILURE;
}

/* The sandbox hides more places than the host does. */
static int check_steamcmd(const char *program) {
        if (access(program, X_OK) >= 0)
                return CTL_OK;
        (void) log_error_errno(
                -errno,
                "Failed to install: left4me-install.service can't see steamcmd at %s; put it into "
                "/usr/games or /usr/local",
                program);
        return CTL_FAILURE;
}

int install_run(Install *install) {
        const struct passwd *user = getpwuid(geteuid());
        const char *program = getenv(INSTALL_ENV_STEAMCMD);
        _cleanup_free_ char *tree = install_tree_path(install);
        Run run = { .install = install, .tree = tree };
        int r;

        if (install->action == INSTALL_ROLLBACK)
                return CTL_OK; /* is done */
        if (!user || !program || program[0] != '/' || !tree) {
                log_error("left4me-install.service must run this program");
                return CTL_FAILURE;
        }
        run.steamcmd = (Steamcmd) {
                .program = program,
                .home = user->pw_dir,
                .user = user->pw_name,
                .directory = tree,
        };
        r = check_steamcmd(program);
        if (r == CTL_OK)
                r = update_game(&run);
        if (r == CTL_OK)
                r = check_game(&run);
        if (r != CTL_OK)
                return r;
        install_note_newest(install, tree);
        return install_keep_clients(install->paths, program, user->pw_dir);
}
