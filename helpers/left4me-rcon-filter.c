/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Limits who reaches the servers' RCON, and how many queries reach the servers, by a table of
 * nftables' made from the host configuration.
 * Run as root by left4me-rcon-filter.service: start, then apply when it is reloaded, remove when it
 * stops. Where the configuration has an error, the rules loaded before stay; without any, rules are
 * loaded that let RCON in from this host only. Either way apply has failed. start has not: the
 * unit has to be active, or nothing brings the rules back when nftables.service flushes them.
 * By hand: print, and check, which says for doctor what is loaded (filter/rcon-filter.h).
 *
 * Exit status: 0 done, 1 failed and said why, 64 wrong usage, 78 the configuration has errors.
 */

#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/child.h"
#include "base/file.h"
#include "base/log.h"
#include "base/named.h"
#include "base/paths.h"
#include "base/text.h"
#include "filter/guard.h"
#include "filter/rcon-filter.h"
#include "common/log-spec-errors.h"
#include "spec/config.h"

/* The sources of the rules. */
typedef struct Wanted {
        const HostConfig *config;
        const Paths *paths;
        const SpecErrors *errors;
} Wanted;

typedef struct Verb {
        const char *name;
        int (*run)(const Wanted *wanted);
} Verb;

/* --- nft -------------------------------------------------------------------------------------- */

/* failure: what has failed then, for messages: "Failed to limit RCON". */
static int run_script(const char *script, const char *failure) {
        static const char *const argv[] = { RCON_FILTER_NFT, "-f", "-", NULL };
        static const char *const environment[] = { "LC_ALL=C.UTF-8", NULL };
        _cleanup_close_ int fd = memfd_create("rules", MFD_CLOEXEC | MFD_NOEXEC_SEAL);
        pid_t pid = 0;
        int r;

        if (fd < 0)
                return log_error_errno(-errno, "Failed to create a file for the rules");
        r = write_all(fd, script, strlen(script));
        if (r >= 0 && lseek(fd, 0, SEEK_SET) < 0)
                r = -errno;
        if (r < 0)
                return log_error_errno(r, "Failed to write the rules");

        r = child_spawn(
                argv, environment, (const int[]) { fd, STDOUT_FILENO, STDERR_FILENO }, &pid);
        if (r == -ENOENT) {
                log_error(
                        "%s: %s is not installed; run \"apt install nftables\"", _(failure),
                        RCON_FILTER_NFT);
                return r;
        }
        if (r < 0)
                return log_error_errno(r, "%s: %s", _(failure), RCON_FILTER_NFT);
        r = child_wait(pid);
        if (r != 0)
                log_error("%s: nft failed and changed nothing", _(failure));
        return r > 0 ? -EIO : r;
}

/* ret_listing: the table, NULL when there is none. From malloc. */
static int list_table(char **ret_listing) {
        static const char *const tables[] = { RCON_FILTER_NFT, "list", "tables", NULL };
        static const char *const table[] = {
                RCON_FILTER_NFT,    "--stateless",     "list", "table",
                RCON_FILTER_FAMILY, RCON_FILTER_TABLE, NULL,
        };
        static const char line[] = "table " RCON_FILTER_FAMILY " " RCON_FILTER_TABLE "\n";
        _cleanup_free_ char *names = NULL;
        const char *found;
        int r;

        *ret_listing = NULL;
        r = child_read(tables, &names);
        if (r < 0)
                return log_error_errno(r, "Failed to list the tables of nftables");
        found = strstr(names, line);
        if (!found || (found > names && found[-1] != '\n'))
                return 0;
        r = child_read(table, ret_listing);
        return r < 0 ? log_error_errno(r, "Failed to list the table %s", RCON_FILTER_TABLE) : 0;
}

/* --- rules ------------------------------------------------------------------------------------ */

/* Whether the configuration has errors, which are said then. */
static bool is_broken(const Wanted *wanted) {
        log_spec_errors(LOG_ERR, wanted->errors);
        return spec_errors_any(wanted->errors);
}

/* A port that can't be read must not keep the others open. */
static void find_ports(const Wanted *wanted, RconPorts *ret) {
        int r = rcon_ports_find(wanted->config, wanted->paths, ret);

        if (r < 0)
                log_warning(
                        "Failed to find the ports of all servers, those outside port_range= may be "
                        "left out: %s",
                        strerror(-r));
}

/* GUARD_NO_UID where the user is missing: then packets are not marked, and the rest holds. */
static uid_t find_game_uid(void) {
        const struct passwd *user = getpwnam("left4me-game");

        return user ? user->pw_uid : GUARD_NO_UID;
}

static int format_rules(const Wanted *wanted, bool closed, char **ret) {
        RconPorts ports;
        int r;

        find_ports(wanted, &ports);
        r = rcon_filter_format(wanted->config, &ports, find_game_uid(), closed, ret);
        return r < 0 ? log_error_errno(r, "Failed to create the rules") : 0;
}

/* --- verbs ------------------------------------------------------------------------------------ */

static int close_all(const Wanted *wanted) {
        _cleanup_free_ char *rules = NULL, *text = NULL;
        RconPorts ports;
        int r;

        find_ports(wanted, &ports);
        r = rcon_filter_format(wanted->config, &ports, find_game_uid(), true, &rules);
        if (r >= 0)
                r = rcon_filter_format_ports(&ports, &text);
        if (r < 0)
                return log_error_errno(r, "Failed to create the rules");
        r = run_script(rules, N_("Failed to limit RCON"));
        if (r < 0)
                return r;
        log_error(
                "The configuration has errors: until they are fixed and this unit is reloaded, "
                "RCON can be used from this host only, on ports %s",
                text);
        return -EBADMSG;
}

static int apply(const Wanted *wanted) {
        _cleanup_free_ char *rules = NULL, *loaded = NULL;
        int r;

        if (is_broken(wanted)) {
                if (list_table(&loaded) < 0 || !loaded)
                        return close_all(wanted);
                log_error("Failed to update the limits of RCON: the configuration has errors; the "
                          "rules loaded before stay in effect");
                return -EBADMSG;
        }
        r = format_rules(wanted, false, &rules);
        return r < 0 ? r : run_script(rules, N_("Failed to limit RCON"));
}

static int start(const Wanted *wanted) {
        int r = apply(wanted);

        return r == -EBADMSG ? 0 : r;
}

static int print(const Wanted *wanted) {
        _cleanup_free_ char *rules = NULL;
        int r;

        if (is_broken(wanted))
                return -EBADMSG;
        r = format_rules(wanted, false, &rules);
        if (r < 0)
                return r;
        if (fputs(rules, stdout) < 0 || fflush(stdout) != 0)
                return log_error_errno(-errno, "Failed to print the rules");
        return 0;
}

static int take_away(_unused_ const Wanted *wanted) {
        return run_script(rcon_filter_removal, N_("Failed to remove the rules that limit RCON"));
}

/* Writes each running server's port that is not in the loaded set. The kernel is asked. */
static void find_open(const Wanted *wanted, FILE *f) {
        uint16_t port, last = 0;
        RconPorts running;
        int r;

        r = rcon_ports_find_running(wanted->paths, &running);
        /* An unreadable entry affects only itself. */
        if (r < 0)
                log_warning("Failed to find all ports of running servers: %s", strerror(-r));
        for (unsigned from = 0; rcon_ports_next(&running, from, &port, &last); from = port + 1u) {
                _cleanup_free_ char *found = NULL;
                char element[16];

                (void) snprintf(element, sizeof(element), "{ %u }", port);

                const char *const argv[] = {
                        RCON_FILTER_NFT,   "get",
                        "element",         RCON_FILTER_FAMILY,
                        RCON_FILTER_TABLE, RCON_FILTER_PORTS,
                        element,           NULL,
                };

                if (child_read(argv, &found) < 0)
                        (void) fprintf(f, RCON_FILTER_OPEN " %u\n", port);
        }
}

/*
 * nft lists rules differently from how they were written: it merges networks and spells words its
 * own way. So this loads the wanted rules as well, into a network of this process's own, and the
 * caller compares the two listings.
 */
static int list_wanted(const Wanted *wanted, char **ret_listing) {
        _cleanup_free_ char *rules = NULL;
        int r;

        r = format_rules(wanted, false, &rules);
        if (r < 0)
                return r;
        if (unshare(CLONE_NEWNET) < 0)
                return log_error_errno(
                        -errno, "Failed to create a network namespace to compare the rules in");
        r = run_script(rules, N_("Failed to compare the rules"));
        return r < 0 ? r : list_table(ret_listing);
}

static int list_open(const Wanted *wanted, char **ret) {
        _cleanup_free_ char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);

        if (!f)
                return log_error_errno(-ENOMEM, "Failed to find open ports");
        find_open(wanted, f);
        if (fclose(f) != 0)
                return log_error_errno(-ENOMEM, "Failed to find open ports");
        *ret = TAKE_PTR(text);
        return 0;
}

static int check(const Wanted *wanted) {
        _cleanup_free_ char *loaded = NULL, *listing = NULL, *open_ports = NULL;
        bool broken = is_broken(wanted);
        int r;

        r = list_table(&loaded);
        if (r < 0)
                return r;
        if (!loaded) {
                puts(RCON_FILTER_NONE);
                return 0;
        }
        r = list_open(wanted, &open_ports);
        /* This leaves the host's network. */
        if (r >= 0 && !broken)
                r = list_wanted(wanted, &listing);
        if (r < 0)
                return r;
        if (listing && strcmp(loaded, listing) == 0)
                puts(RCON_FILTER_SAME);
        else
                printf("%s\n%s", broken ? RCON_FILTER_BROKEN : RCON_FILTER_OTHER, open_ports);
        return 0;
}

static const Verb verbs[] = {
        { "apply", apply },      { "check", check }, { "print", print },
        { "remove", take_away }, { "start", start },
};

int main(int argc, char *argv[]) {
        _cleanup_(host_config_freep) HostConfig *config = NULL;
        _cleanup_(spec_errors_clear) SpecErrors errors = {};
        _cleanup_(paths_freep) Paths *paths = NULL;
        const Verb *verb;
        int r;

        text_setup();
        log_setup("left4me-rcon-filter", LOG_TARGET_STDERR);

        verb = argc == 2 ? find_named(verbs, ELEMENTSOF(verbs), sizeof(Verb), argv[1]) : NULL;
        if (!verb) {
                log_error("Usage: left4me-rcon-filter apply|check|print|remove|start");
                return EX_USAGE;
        }

        r = paths_from_environment(&paths);
        if (r >= 0)
                r = host_config_load(paths, &errors, &config);
        if (r < 0) {
                log_error_errno(r, "Failed to read the configuration");
                return EXIT_FAILURE;
        }

        r = verb->run(&(Wanted) { .config = config, .paths = paths, .errors = &errors });
        return r == -EBADMSG ? EX_CONFIG : r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
