/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl: edits the specs of game servers and drives their units. It is the only writer of specs;
 * everything it shows is what systemd, the journal and the specs say at that moment.
 */

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/named.h"
#include "base/text.h"
#include "common/audit-log.h"
#include "common/messages.h"
#include "spec/keys.h"
#include "specs/actor.h"
#include "verbs/verbs.h"

static const Verb verbs[] = {
        { "list", "", 0, 0, OPTION_JSON, false, verb_list, N_("All servers with their state"),
          RIGHTS_ADMIN },
        { "status", "[NAME…]", 0, OPERANDS_MANY, OPTION_JSON, false, verb_status,
          N_("State of servers"), RIGHTS_SERVERS },
        { "top", "[NAME…]", 0, OPERANDS_MANY,
          OPTION_ITERATIONS | OPTION_DELAY | OPTION_BATCH | OPTION_JSON, false, verb_top,
          N_("Players, maps and load of servers, live"), RIGHTS_SERVERS },
        { "logs", "NAME", 1, 1,
          OPTION_LINES | OPTION_FOLLOW | OPTION_NO_FOLLOW | OPTION_SINCE | OPTION_UNTIL |
                  OPTION_BEFORE | OPTION_GREP | OPTION_PRIORITY | OPTION_ALL | OPTION_POLLS |
                  OPTION_JSON,
          false, verb_logs, N_("Log of a server"), RIGHTS_SERVERS },
        { "start", "NAME…", 1, OPERANDS_MANY, OPTION_TIMEOUT | OPTION_NO_WAIT | OPTION_BOOT, false,
          verb_start, N_("Start servers, wait until they are up"), RIGHTS_SERVERS },
        { "stop", "NAME…", 1, OPERANDS_MANY, OPTION_BOOT, false, verb_stop, N_("Stop servers"),
          RIGHTS_SERVERS },
        { "restart", "NAME…", 1, OPERANDS_MANY,
          OPTION_TIMEOUT | OPTION_NO_WAIT | OPTION_WHEN_EMPTY | OPTION_DEADLINE |
                  OPTION_KEEP_EARLIER | OPTION_CANCEL,
          false, verb_restart, N_("Restart servers, or start them"), RIGHTS_SERVERS },
        { "players", "NAME", 1, 1, OPTION_JSON, false, verb_players,
          N_("Players of a running server"), RIGHTS_SERVERS },
        { "history", "NAME", 1, 1, OPTION_SINCE | OPTION_KINDS | OPTION_LIMIT | OPTION_JSON, false,
          verb_history, N_("Joins, chat, maps and other events of a server"), RIGHTS_SERVERS },
        { "console", "NAME [COMMAND…]", 1, OPERANDS_MANY, OPTIONS_NONE, true, verb_console,
          N_("Run commands on a server's console"), RIGHTS_FIRST_SERVER },
        { "say", "NAME TEXT…", 2, OPERANDS_MANY, OPTIONS_NONE, true, verb_say,
          N_("Write to all players of a server"), RIGHTS_FIRST_SERVER },
        { "kick", "NAME PLAYER", 2, 2, OPTIONS_NONE, true, verb_kick,
          N_("Remove a player from a server"), RIGHTS_FIRST_SERVER },
        { "ban", "NAME PLAYER [MINUTES]", 2, 3, OPTION_REASON, false, verb_ban,
          N_("Keep a player away from a server"), RIGHTS_FIRST_SERVER },
        { "unban", "NAME STEAMID", 2, 2, OPTIONS_NONE, false, verb_unban,
          N_("Let a banned player join again"), RIGHTS_FIRST_SERVER },
        { "bans", "NAME", 1, 1, OPTION_JSON, false, verb_bans, N_("Bans of a running server"),
          RIGHTS_SERVERS },
        { "cvars", "NAME", 1, 1, OPTION_JSON, false, verb_cvars,
          N_("Commands and variables of a running server"), RIGHTS_SERVERS },
        { "map", "NAME [MAP [MODE]]", 1, 3,
          OPTION_LIST | OPTION_JSON | OPTION_GREP | OPTION_MODE | OPTION_LIMIT | OPTION_FORCE |
                  OPTION_NO_WAIT,
          false, verb_map, N_("Maps of a server, or change its map"), RIGHTS_FIRST_SERVER },
        { "initialize", "NAME", 1, 1,
          OPTION_FILE | OPTION_BLUEPRINT | OPTION_PORT | OPTION_NEW | OPTION_IF_MATCH, false,
          verb_initialize, N_("Create a server from a spec, or replace its spec"), RIGHTS_USER },
        { "edit", "NAME", 1, 1, OPTIONS_NONE, false, verb_edit,
          N_("Edit a spec, checked before it is saved"), RIGHTS_ADMIN },
        { "get", "NAME [KEY]", 1, 2, OPTION_JSON | OPTION_SHOW_PASSWORD, false, verb_get,
          N_("Print values of a spec"), RIGHTS_ADMIN },
        { "set", "NAME KEY VALUE…", 2, OPERANDS_MANY, OPTION_FILE, true, verb_set,
          N_("Change a value of a spec"), RIGHTS_FIRST_SERVER },
        { "unset", "NAME KEY", 2, 2, OPTIONS_NONE, false, verb_unset,
          N_("Remove a value from a spec"), RIGHTS_FIRST_SERVER },
        { "reset", "NAME…", 1, OPERANDS_MANY, OPTION_TIMEOUT, false, verb_reset,
          N_("Delete the files that servers wrote"), RIGHTS_SERVERS },
        { "delete", "NAME…", 1, OPERANDS_MANY, OPTIONS_NONE, false, verb_delete,
          N_("Remove servers"), RIGHTS_SERVERS },
        { "tree", "NAME [PATH]", 1, 2, OPTION_RECURSIVE | OPTION_JSON, false, verb_tree,
          N_("List a directory of a server's tree, with the layer of each file"),
          RIGHTS_FIRST_SERVER },
        { "written", "NAME [PATH]", 1, 2, OPTION_JSON, false, verb_written,
          N_("List logs and recordings that a server wrote, or print one"), RIGHTS_FIRST_SERVER },
        { "content", "NAME", 1, 1, OPTION_JSON, false, verb_content,
          N_("Maps in the layers of a server, and mistakes in its content"), RIGHTS_SERVERS },
        { "validate", "[NAME|FILE…]", 0, OPERANDS_MANY, OPTION_CVARS | OPTION_JSON, false,
          verb_validate, N_("Check specs and host configuration"), RIGHTS_ADMIN },
        { "cat", "NAME", 1, 1, OPTION_SHOW_PASSWORD, false, verb_cat,
          N_("Show a spec and what the server gets from it"), RIGHTS_ADMIN },
        { "render", "[NAME]", 0, 1, OPTIONS_NONE, false, verb_render,
          N_("Show the units that are made from the specs"), RIGHTS_ADMIN },
        { "reload", "", 0, 0, OPTIONS_NONE, false, verb_reload,
          N_("Have systemd read new and changed specs"), RIGHTS_ADMIN },
        { "hardening", "[NAME…]", 0, OPERANDS_MANY, OPTION_JSON | OPTION_OUTPUT, false,
          verb_hardening, N_("Check which protections are in effect for running servers"),
          RIGHTS_ADMIN },
        { "trial", "NAME", 1, 1, OPTION_JSON | OPTION_MINUTES, false, verb_trial,
          N_("Run a server once and record what its unit would refuse"), RIGHTS_ADMIN },
        { "doctor", "", 0, 0, OPTION_JSON | OPTION_OUTPUT, false, verb_doctor,
          N_("Check the host, and show how to fix what is wrong"), RIGHTS_ADMIN },
        { "disk", "", 0, 0, OPTION_JSON | OPTION_OUTPUT, false, verb_disk,
          N_("Disk space that the layers take"), RIGHTS_ADMIN },
        { "guard", "", 0, 0, OPTION_JSON | OPTION_OUTPUT, false, verb_guard,
          N_("Packets that the guard against floods of queries dropped"), RIGHTS_ADMIN },
        { "report", "", 0, 0, OPTIONS_NONE, false, verb_report,
          N_("Check the host for the web app's page"), RIGHTS_ADMIN },
        { "install", "", 0, 0, OPTION_VALIDATE | OPTION_CHECK | OPTION_NO_WAIT, false, verb_install,
          N_("Install or update the game"), RIGHTS_ADMIN },
};

/* Verbs of two words, each with its table of actions. */
static const VerbGroup *const groups[] = {
        &blueprint_verbs, &overlay_verbs, &game_verbs, &job_verbs, &user_verbs, &alert_verbs,
};

/* Columns, not bytes: the ellipsis has three of one column. */
static void print_row(const char *name, const char *operands, int width, const char *summary) {
        int extra = strstr(operands, "…") ? 2 : 0;

        printf("  %-11s%-*s %s\n", name, width + extra, operands, _(summary));
}

static void print_help(void) {
        printf(_("Usage: l4d2ctl VERB [NAME] [OPTION…]\n"));
        printf("\n%s\n\n%s\n", _("Run Left 4 Dead 2 servers."), _("Verbs:"));
        for (size_t i = 0; i < ELEMENTSOF(verbs); i++)
                print_row(verbs[i].name, verbs[i].operands, 21, verbs[i].summary);
        for (size_t i = 0; i < ELEMENTSOF(groups); i++)
                print_row(groups[i]->name, "ACTION …", 21, groups[i]->summary);
        printf("\n%s\n", _("Options:"));
        options_print_help(OPTIONS_ALL, stdout);
        putchar('\n');
        printf(_(
                "Exit status: 0 success, 1 failure, 2 wrong usage, 3 not running (status),\n"
                "4 no such server, 5 errors in a spec, 6 changed meanwhile, in use, or the name\n"
                "is taken, 7 hardening, doctor or trial found something, 8 the user of --as-user may\n"
                "not do this.\n"));
        putchar('\n');
        printf(_("'l4d2ctl VERB --help' shows the options of a verb. See l4d2ctl(8).\n"));
}

/* The shell completion reads these. */
static void print_keys(const SpecKeys *keys, const char *mapping) {
        for (size_t i = 0; i < keys->n_items; i++) {
                const SpecKey *key = &keys->items[i];

                if (key->keys)
                        print_keys(key->keys, key->name);
                else
                        printf("  %s%s%s\n", mapping, mapping[0] ? "." : "", key->name);
        }
}

enum { COMMAND_MAX = 128 };

/* "user add NAME", for messages. */
static const char *command_of(
        const VerbGroup *group, const Verb *verb, char buffer[static COMMAND_MAX]) {
        (void) snprintf(
                buffer, COMMAND_MAX, "%s%s%s%s%s", group ? group->name : "", group ? " " : "",
                verb->name, verb->operands[0] ? " " : "", verb->operands);
        return buffer;
}

static void print_verb_help(const VerbGroup *group, const Verb *verb) {
        char command[COMMAND_MAX];

        printf(_("Usage: l4d2ctl %s [OPTION…]\n"), command_of(group, verb, command));
        printf("\n%s.\n\n%s\n", _(verb->summary), _("Options:"));
        options_print_help(verb->options, stdout);
        if (strstr(verb->operands, "KEY")) {
                printf("\n%s\n", _("Keys:"));
                print_keys(group == &blueprint_verbs ? &blueprint_keys : &spec_keys, "");
        }
}

static void print_group_help(const VerbGroup *group) {
        OptionSet options = OPTIONS_NONE;

        printf(_("Usage: l4d2ctl %s ACTION [OPTION…]\n"), group->name);
        printf("\n%s.\n\n%s\n", _(group->summary), _("Actions:"));
        for (size_t i = 0; i < group->n_actions; i++) {
                const Verb *action = &group->actions[i];

                print_row(action->name, action->operands, 26, action->summary);
                options |= action->options;
        }
        printf("\n%s\n", _("Options:"));
        options_print_help(options, stdout);
        putchar('\n');
        printf(_("'l4d2ctl %s ACTION --help' shows the options of an action.\n"), group->name);
}

static const VerbGroup *find_group(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(groups); i++)
                if (strcmp(groups[i]->name, name) == 0)
                        return groups[i];
        return NULL;
}

/* Fails before a verb leaves its work half done. doctor and report go on, because they report this
 * themselves. */
static int check_state_place(const Ctl *ctl) {
        const char *link;

        if (ctl->verb->run == verb_doctor || ctl->verb->run == verb_report ||
            !paths_find_symlink(ctl->paths, &link))
                return CTL_OK;
        log_error("Failed to use %s: it %s", link, _(PATHS_SYMLINK_MESSAGE));
        return CTL_FAILURE;
}

static int run_verb(
        const char *as_user, const VerbGroup *group, const Verb *verb, int argc, char **argv) {
        Ctl ctl = {
                .group = group,
                .verb = verb,
                .options = { .lines = 100,
                             .timeout = 60 * 1000000,
                             .priority = -1,
                             .minutes = 10,
                             .delay = 2 * 1000000,
                             .as_user = as_user },
        };
        int r;

        r = options_parse(
                argc, argv, verb->options, verb->options_first, &ctl.options, &ctl.operands,
                &ctl.n_operands);
        if (r < 0)
                return CTL_USAGE;
        if (ctl.options.help) {
                print_verb_help(group, verb);
                return CTL_OK;
        }
        if (ctl.n_operands < verb->operands_min || ctl.n_operands > verb->operands_max) {
                char command[COMMAND_MAX];

                log_error("Usage: l4d2ctl %s", command_of(group, verb, command));
                return CTL_USAGE;
        }

        audit_log_set_user(ctl.options.as_user);
        r = paths_from_environment(&ctl.paths);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to use LEFT4ME_ROOT");
                return CTL_FAILURE;
        }

        r = actor_check_verb(&ctl);
        if (r == CTL_OK)
                r = check_state_place(&ctl);
        if (r == CTL_OK)
                r = verb->run(&ctl);
        ctl_close(&ctl);
        return r;
}

static bool is_help(const char *argument) {
        return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0 ||
               strcmp(argument, "help") == 0;
}

/* argv[0] is the group's name. */
static int run_group(const char *as_user, const VerbGroup *group, int argc, char **argv) {
        const Verb *action;

        if (argc < 2) {
                log_error("Missing action: 'l4d2ctl %s --help' lists them", group->name);
                return CTL_USAGE;
        }
        if (is_help(argv[1])) {
                print_group_help(group);
                return CTL_OK;
        }

        action = find_named(group->actions, group->n_actions, sizeof(Verb), argv[1]);
        if (!action) {
                log_error(
                        "Unknown action '%s %s': 'l4d2ctl %s --help' lists the actions",
                        group->name, argv[1], group->name);
                return CTL_USAGE;
        }
        return run_verb(as_user, group, action, argc - 1, argv + 1);
}

/*
 * --as-user and --errors may also stand before the verb, where a program adds them to any command,
 * and where they apply to errors in what follows.
 */
static int take_options(int *argc, char ***argv, const char **ret_as_user) {
        static const char as_user[] = "--as-user=", errors[] = "--errors=";

        for (; *argc > 1; (*argc)--, (*argv)++) {
                const char *option = (*argv)[1];

                if (strncmp(option, as_user, strlen(as_user)) == 0) {
                        *ret_as_user = option + strlen(as_user);
                        if (!instance_name_is_valid(*ret_as_user)) {
                                log_error(
                                        "Invalid value '%s' for --as-user=NAME: use the name of a "
                                        "user of the web app",
                                        *ret_as_user);
                                return CTL_USAGE;
                        }
                } else if (strncmp(option, errors, strlen(errors)) == 0) {
                        option += strlen(errors);
                        if (messages_set_form(option) < 0) {
                                log_error(
                                        "Invalid value '%s' for --errors=FORM: use 'text' or "
                                        "'json'",
                                        option);
                                return CTL_USAGE;
                        }
                } else
                        break;
        }
        return CTL_OK;
}

/* Scripts may still use the earlier name of `hardening`, which help and completion leave out. */
static const char *current_name(const char *verb) {
        return strcmp(verb, "audit") == 0 ? "hardening" : verb;
}

static int run(int argc, char **argv) {
        const char *as_user = NULL;
        const VerbGroup *group;
        const Verb *verb;
        int r;

        r = take_options(&argc, &argv, &as_user);
        if (r != CTL_OK)
                return r;
        if (argc < 2) {
                log_error("Missing verb: 'l4d2ctl --help' lists them");
                return CTL_USAGE;
        }
        if (is_help(argv[1])) {
                print_help();
                return CTL_OK;
        }

        group = find_group(argv[1]);
        if (group)
                return run_group(as_user, group, argc - 1, argv + 1);
        verb = find_named(verbs, ELEMENTSOF(verbs), sizeof(Verb), current_name(argv[1]));
        if (!verb) {
                log_error("Unknown verb '%s': 'l4d2ctl --help' lists the verbs", argv[1]);
                return CTL_USAGE;
        }
        return run_verb(as_user, NULL, verb, argc - 1, argv + 1);
}

/*
 * When the caller closed a standard stream, the next file that we open would take its number, and
 * output would go into that file. So each closed stream gets a file that can't be used in its
 * direction, and reads or writes give an error.
 */
static bool fill_standard_streams(void) {
        for (;;) {
                int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

                if (fd < 0)
                        return false;
                if (fd > STDERR_FILENO) {
                        (void) close(fd);
                        return true;
                }
                (void) close(fd);
                if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
                        return false;
        }
}

int main(int argc, char *argv[]) {
        int r;

        if (!fill_standard_streams())
                return CTL_FAILURE;
        text_setup();
        log_setup("l4d2ctl", LOG_TARGET_STDERR);

        r = run(argc, argv);

        /* The user did not get output that failed, for example on a full disk. */
        if ((fflush(stdout) != 0 || ferror(stdout)) && r == CTL_OK) {
                log_error("Failed to write the output");
                r = CTL_FAILURE;
        }
        return r;
}
