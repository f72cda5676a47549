/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl: edits the specs of game servers and drives their units. It is the only writer of specs;
 * everything it shows is what systemd, the journal and the specs say at that moment.
 */

#include <string.h>

#include "log.h"
#include "verbs.h"

static const Verb verbs[] = {
        { "list", "", 0, 0, "j", false, verb_list, "All servers with their state" },
        { "status", "[NAME…]", 0, OPERANDS_MANY, "j", false, verb_status, "State of servers" },
        { "logs", "NAME", 1, 1, "nFNSaj", false, verb_logs, "Log of a server" },
        { "start", "NAME…", 1, OPERANDS_MANY, "t", false, verb_start,
          "Start servers, wait until they are up" },
        { "stop", "NAME…", 1, OPERANDS_MANY, "", false, verb_stop, "Stop servers" },
        { "restart", "NAME…", 1, OPERANDS_MANY, "t", false, verb_restart,
          "Restart servers, or start them" },
        { "initialize", "NAME", 1, 1, "f", false, verb_initialize,
          "Make a server from a spec, or replace its spec" },
        { "edit", "NAME", 1, 1, "", false, verb_edit, "Edit a spec, checked before it is saved" },
        { "get", "NAME [KEY]", 1, 2, "jp", false, verb_get, "Print values of a spec" },
        { "set", "NAME KEY VALUE…", 2, OPERANDS_MANY, "f", true, verb_set,
          "Change a value of a spec" },
        { "unset", "NAME KEY", 2, 2, "", false, verb_unset, "Remove a value from a spec" },
        { "reset", "NAME…", 1, OPERANDS_MANY, "t", false, verb_reset,
          "Throw away what servers wrote" },
        { "delete", "NAME…", 1, OPERANDS_MANY, "", false, verb_delete, "Remove servers" },
        { "validate", "[NAME|FILE…]", 0, OPERANDS_MANY, "", false, verb_validate,
          "Check specs and host configuration" },
        { "cat", "NAME", 1, 1, "p", false, verb_cat, "Show a spec and what the server gets of it" },
        { "render", "[NAME]", 0, 1, "", false, verb_render, "Show the units the specs make" },
        { "install", "", 0, 0, "", false, verb_install, "Install or update the game" },
};

static void print_help(void) {
        printf("Usage: l4d2ctl VERB [NAME] [OPTION…]\n\nRun Left 4 Dead 2 servers.\n\nVerbs:\n");
        for (size_t i = 0; i < ELEMENTSOF(verbs); i++) {
                const Verb *v = &verbs[i];
                /* Columns, not bytes: the ellipsis has three of one column. */
                int extra = strstr(v->operands, "…") ? 2 : 0;

                printf("  %-11s%-*s %s\n", v->name, 16 + extra, v->operands, v->summary);
        }
        printf("\nOptions:\n");
        options_print_help(NULL, stdout);
        printf("\nExit status: 0 success, 1 failure, 2 wrong usage, 3 not running (status), 4 no such\n"
               "instance, 5 errors in a spec, 6 somebody else changed or uses it.\n");
        printf("\n'l4d2ctl VERB --help' shows the options of a verb. See l4d2ctl(8).\n");
}

static void print_verb_help(const Verb *verb) {
        printf("Usage: l4d2ctl %s %s%s[OPTION…]\n\n%s.\n\nOptions:\n", verb->name, verb->operands,
               verb->operands[0] ? " " : "", verb->summary);
        options_print_help(verb->options, stdout);
}

static const Verb *find_verb(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(verbs); i++)
                if (strcmp(verbs[i].name, name) == 0)
                        return &verbs[i];
        return NULL;
}

static int run_verb(const Verb *verb, int argc, char **argv) {
        Ctl ctl = { .verb = verb, .options = { .lines = 100, .timeout = 60 * 1000000 } };
        int r;

        r = options_parse(
                argc, argv, verb->options, verb->options_first, &ctl.options, &ctl.operands,
                &ctl.n_operands);
        if (r < 0)
                return CTL_USAGE;
        if (ctl.options.help) {
                print_verb_help(verb);
                return CTL_OK;
        }
        if (ctl.n_operands < verb->operands_min || ctl.n_operands > verb->operands_max) {
                log_error("Usage: l4d2ctl %s %s", verb->name, verb->operands);
                return CTL_USAGE;
        }

        r = paths_from_environment(&ctl.paths);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to use LEFT4ME_ROOT");
                return CTL_FAILURE;
        }

        r = verb->run(&ctl);
        ctl_close(&ctl);
        return r;
}

static int run(int argc, char **argv) {
        const Verb *verb;

        if (argc < 2) {
                log_error("Which verb? 'l4d2ctl --help' lists them.");
                return CTL_USAGE;
        }
        if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
            strcmp(argv[1], "help") == 0) {
                print_help();
                return CTL_OK;
        }

        verb = find_verb(argv[1]);
        if (!verb) {
                log_error("There is no verb '%s'. 'l4d2ctl --help' lists them.", argv[1]);
                return CTL_USAGE;
        }
        return run_verb(verb, argc - 1, argv + 1);
}

int main(int argc, char *argv[]) {
        int r;

        log_setup("l4d2ctl", LOG_TARGET_STDERR);

        r = run(argc, argv);

        /* What could not be written, to a full disk for one, was not shown. */
        if (fflush(stdout) != 0 && r == CTL_OK) {
                log_error("Failed to write the output");
                r = CTL_FAILURE;
        }
        return r;
}
