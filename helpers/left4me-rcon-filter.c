/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Limits who reaches the servers' RCON, by a table of nftables' made from the host configuration.
 * Run as root by left4me-rcon-filter.service: apply when it starts and is reloaded, remove when it
 * stops. Where the configuration has an error, the rules loaded before stay; without any, rules are
 * loaded that let RCON in from this host only. Either way the run has failed.
 *
 * Exit status: 0 done, 1 failed and said why, 64 wrong usage, 78 the configuration has errors.
 */

#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "config.h"
#include "file.h"
#include "log-spec-errors.h"
#include "log.h"
#include "paths.h"
#include "rcon-filter.h"

typedef struct Verb {
        const char *name;
        int (*run)(const HostConfig *config, const SpecErrors *errors);
} Verb;

/* --- nft -------------------------------------------------------------------------------------- */

/* input is nft's standard input; quiet drops what it says. Its exit status, or -errno. */
static int spawn_nft(const char *const *argv, int input, bool quiet) {
        static const char *const environment[] = { "LC_ALL=C.UTF-8", NULL };
        posix_spawn_file_actions_t actions;
        int r, status;
        pid_t pid;

        r = posix_spawn_file_actions_init(&actions);
        if (r != 0)
                return -r;
        r = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
        for (int fd = STDOUT_FILENO; r == 0 && quiet && fd <= STDERR_FILENO; fd++)
                r = posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_WRONLY, 0);
        if (r == 0)
                /* It changes nothing; its types predate const. */
                r = posix_spawn(
                        &pid, argv[0], &actions, NULL, (char *const *) (uintptr_t) argv,
                        (char *const *) (uintptr_t) environment);
        posix_spawn_file_actions_destroy(&actions);
        if (r != 0)
                return -r;

        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return -errno;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -EIO;
}

static int run_script(const char *script) {
        static const char *const argv[] = { RCON_FILTER_NFT, "-f", "-", NULL };
        _cleanup_close_ int fd = memfd_create("rules", MFD_CLOEXEC | MFD_NOEXEC_SEAL);
        int r;

        if (fd < 0)
                return log_error_errno(-errno, "Failed to make room for the rules");
        r = write_all(fd, script, strlen(script));
        if (r >= 0 && lseek(fd, 0, SEEK_SET) < 0)
                r = -errno;
        if (r < 0)
                return log_error_errno(r, "Failed to write the rules");

        r = spawn_nft(argv, fd, false);
        if (r == -ENOENT) {
                log_error("Failed to limit RCON: there is no " RCON_FILTER_NFT
                          "; run \"apt install nftables\"");
                return r;
        }
        if (r < 0)
                return log_error_errno(r, "Failed to run " RCON_FILTER_NFT);
        if (r > 0)
                log_error("Failed to limit RCON: nft has refused the rules, and changed nothing");
        return r > 0 ? -EIO : 0;
}

static bool table_is_loaded(void) {
        static const char *const argv[] = {
                RCON_FILTER_NFT, "list", "table", RCON_FILTER_FAMILY, RCON_FILTER_TABLE, NULL,
        };
        _cleanup_close_ int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

        return null >= 0 && spawn_nft(argv, null, true) == 0;
}

/* --- verbs ------------------------------------------------------------------------------------ */

/* Whether the configuration has errors, which are said then. */
static bool is_broken(const SpecErrors *errors) {
        log_spec_errors(LOG_ERR, errors);
        return spec_errors_any(errors);
}

static int format_rules(const HostConfig *config, bool closed, char **ret) {
        int r = rcon_filter_format(config, closed, ret);

        return r < 0 ? log_error_errno(r, "Failed to make the rules") : 0;
}

static int apply(const HostConfig *config, const SpecErrors *errors) {
        bool broken = is_broken(errors);
        _cleanup_free_ char *rules = NULL;
        int r;

        if (broken && table_is_loaded()) {
                log_error("Failed to limit RCON anew: the configuration has errors; the rules "
                          "loaded before stay");
                return -EBADMSG;
        }
        r = format_rules(config, broken, &rules);
        if (r >= 0)
                r = run_script(rules);
        if (r < 0 || !broken)
                return r;
        log_error(
                "The configuration has errors: until they are mended and this unit is restarted, "
                "RCON on ports %u to %u may be used from this host only",
                config->port_min, config->port_max);
        return -EBADMSG;
}

static int print(const HostConfig *config, const SpecErrors *errors) {
        _cleanup_free_ char *rules = NULL;
        int r;

        if (is_broken(errors))
                return -EBADMSG;
        r = format_rules(config, false, &rules);
        if (r < 0)
                return r;
        if (fputs(rules, stdout) < 0 || fflush(stdout) != 0)
                return log_error_errno(-errno, "Failed to print the rules");
        return 0;
}

static int take_away(_unused_ const HostConfig *config, _unused_ const SpecErrors *errors) {
        return run_script(rcon_filter_removal);
}

static const Verb verbs[] = {
        { "apply", apply },
        { "print", print },
        { "remove", take_away },
};

static const Verb *find_verb(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(verbs); i++)
                if (strcmp(verbs[i].name, name) == 0)
                        return &verbs[i];
        return NULL;
}

int main(int argc, char *argv[]) {
        _cleanup_(host_config_freep) HostConfig *config = NULL;
        _cleanup_(spec_errors_clear) SpecErrors errors = {};
        _cleanup_(paths_freep) Paths *paths = NULL;
        const Verb *verb;
        int r;

        log_setup("left4me-rcon-filter", LOG_TARGET_STDERR);

        verb = argc == 2 ? find_verb(argv[1]) : NULL;
        if (!verb) {
                log_error("Usage: left4me-rcon-filter apply|print|remove");
                return EX_USAGE;
        }

        r = paths_from_environment(&paths);
        if (r >= 0)
                r = host_config_load(paths, &errors, &config);
        if (r < 0) {
                log_error_errno(r, "Failed to read the configuration");
                return EXIT_FAILURE;
        }

        r = verb->run(config, &errors);
        return r == -EBADMSG ? EX_CONFIG : r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
