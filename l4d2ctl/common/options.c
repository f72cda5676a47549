/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/options.h"

#include <getopt.h>
#include <string.h>

#include "base/log.h"
#include "base/name.h"
#include "base/sha256.h"
#include "base/text.h"
#include "base/time-text.h"
#include "common/messages.h"
#include "content/job-record.h"
#include "live/event.h"

typedef struct Option {
        OptionSet id;
        char letter; /* the short option; 0: has none */
        const char *name;
        const char *argument; /* NULL: takes none */
        int (*set)(Options *options, const char *argument);
        const char *help;
} Option;

static int parse_number(const char *text, uint64_t max, uint64_t *ret) {
        char *end;
        unsigned long long value;

        if (text[0] < '0' || text[0] > '9')
                return -EINVAL;
        errno = 0;
        value = strtoull(text, &end, 10);
        if (errno != 0 || *end != '\0' || value > max)
                return -EINVAL;

        *ret = value;
        return 0;
}

static int set_json(Options *options, const char *argument _unused_) {
        options->json = true;
        return 0;
}

static int set_follow(Options *options, const char *argument _unused_) {
        options->follow = true;
        return 0;
}

static int set_no_follow(Options *options, const char *argument _unused_) {
        options->follow = false;
        return 0;
}

static int set_all(Options *options, const char *argument _unused_) {
        options->all = true;
        return 0;
}

static int set_file(Options *options, const char *argument) {
        options->file = argument;
        return 0;
}

static int set_output(Options *options, const char *argument) {
        options->json = true;
        options->output = argument;
        return 0;
}

static int set_show_password(Options *options, const char *argument _unused_) {
        options->show_password = true;
        return 0;
}

static int set_if_match(Options *options, const char *argument) {
        if (!hex_is_valid(argument, SHA256_TEXT_MAX - 1))
                return -EINVAL;
        options->if_match = argument;
        return 0;
}

static int set_new(Options *options, const char *argument _unused_) {
        options->must_be_new = true;
        return 0;
}

static int set_blueprint(Options *options, const char *argument) {
        options->blueprint = argument;
        return blueprint_ref_is_valid(argument) ? 0 : -EINVAL;
}

static int set_server(Options *options, const char *argument) {
        options->server = argument;
        return instance_name_is_valid(argument) ? 0 : -EINVAL;
}

static int set_port(Options *options, const char *argument) {
        uint64_t port;
        int r;

        r = parse_number(argument, UINT16_MAX, &port);
        if (r < 0 || port == 0)
                return -EINVAL;
        options->port = (uint16_t) port;
        return 0;
}

static int set_no_wait(Options *options, const char *argument _unused_) {
        options->no_wait = true;
        return 0;
}

static int set_then_restart(Options *options, const char *argument) {
        static const char *const names[_THEN_RESTART_MAX] = {
                [RESTART_NEVER] = "never",
                [RESTART_NOW] = "now",
                [RESTART_WHEN_EMPTY] = "when-empty",
        };

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (strcmp(argument, names[i]) == 0) {
                        options->then_restart = (ThenRestart) i;
                        return 0;
                }
        return -EINVAL;
}

static int set_empty(Options *options, const char *argument _unused_) {
        options->empty = true;
        return 0;
}

static int set_unpack(Options *options, const char *argument _unused_) {
        options->unpack = true;
        return 0;
}

static int set_boot(Options *options, const char *argument _unused_) {
        options->boot = true;
        return 0;
}

static int set_when_empty(Options *options, const char *argument _unused_) {
        options->when_empty = true;
        return 0;
}

/* In the past, it would be an ordinary restart. "+10min" is so long after this moment, however the
 * clock is set meanwhile: a minute later it would be a minute later. */
static int set_deadline(Options *options, const char *argument) {
        uint64_t now = now_realtime(), later;
        int r = time_parse(argument, now, &options->deadline);

        options->deadline_boottime = 0;
        if (r < 0 || options->deadline <= now ||
            time_parse(argument, now + 60 * USEC_PER_SEC, &later) < 0)
                return -EINVAL;
        if (later - options->deadline == 60 * USEC_PER_SEC)
                options->deadline_boottime = now_boottime() + (options->deadline - now);
        return 0;
}

static int set_keep_earlier(Options *options, const char *argument _unused_) {
        options->keep_earlier = true;
        return 0;
}

static int set_cancel(Options *options, const char *argument _unused_) {
        options->cancel = true;
        return 0;
}

static int set_role(Options *options, const char *argument) {
        options->role = argument;
        return 0;
}

static int set_kind(Options *options, const char *argument) {
        JobKind kind;
        int r;

        r = job_kind_from_string(argument, &kind);
        if (r >= 0)
                options->kinds |= 1U << kind;
        return r;
}

static int set_result(Options *options, const char *argument) {
        JobResult result;
        int r;

        r = job_result_from_string(argument, &result);
        if (r >= 0)
                options->results |= 1U << result;
        return r;
}

static int set_event_kinds(Options *options, const char *argument) {
        return live_event_kinds_from_string(argument, &options->event_kinds);
}

static int set_limit(Options *options, const char *argument) {
        int r = parse_number(argument, 100000, &options->limit);

        return r >= 0 && options->limit == 0 ? -EINVAL : r;
}

static int set_generate(Options *options, const char *argument _unused_) {
        options->generate = true;
        return 0;
}

static int set_as_user(Options *options, const char *argument) {
        options->as_user = argument;
        return instance_name_is_valid(argument) ? 0 : -EINVAL;
}

static int set_errors(Options *options _unused_, const char *argument) {
        return messages_set_form(argument);
}

static int set_validate(Options *options, const char *argument _unused_) {
        options->validate = true;
        return 0;
}

static int set_check(Options *options, const char *argument _unused_) {
        options->check = true;
        return 0;
}

static int set_list(Options *options, const char *argument _unused_) {
        options->list = true;
        return 0;
}

static int set_mode(Options *options, const char *argument) {
        options->mode = argument[0] != '\0' ? argument : NULL;
        return 0;
}

static int set_force(Options *options, const char *argument _unused_) {
        options->force = true;
        return 0;
}

static int set_recursive(Options *options, const char *argument _unused_) {
        options->recursive = true;
        return 0;
}

static int set_reason(Options *options, const char *argument) {
        options->reason = argument;
        return 0;
}

static int set_description(Options *options, const char *argument) {
        options->description = argument;
        return 0;
}

static int set_iterations(Options *options, const char *argument) {
        int r = parse_number(argument, UINT32_MAX, &options->iterations);

        return r < 0 || options->iterations == 0 ? -EINVAL : 0;
}

/* "2", "0.5" */
static int set_delay(Options *options, const char *argument) {
        double seconds;
        char *end;

        if (argument[strspn(argument, "0123456789.")] != '\0')
                return -EINVAL;
        seconds = strtod(argument, &end);
        if (end == argument || *end != '\0' || seconds < 0.1 || seconds > 3600)
                return -EINVAL;
        options->delay = (uint64_t) (seconds * USEC_PER_SEC);
        return 0;
}

static int set_batch(Options *options, const char *argument _unused_) {
        options->batch = true;
        return 0;
}

static int set_cvars(Options *options, const char *argument _unused_) {
        options->cvars = true;
        return 0;
}

static int set_version(Options *options, const char *argument) {
        options->version = argument;
        return 0;
}

static int set_from(Options *options, const char *argument) {
        options->from = argument;
        return 0;
}

static int set_help(Options *options, const char *argument _unused_) {
        options->help = true;
        return 0;
}

static int set_lines(Options *options, const char *argument) {
        options->lines_given = true;
        if (strcmp(argument, "all") == 0) {
                options->lines = UINT64_MAX;
                return 0;
        }
        return parse_number(argument, INT64_MAX, &options->lines);
}

static int set_since(Options *options, const char *argument) {
        return time_parse(argument, now_realtime(), &options->since);
}

static int set_until(Options *options, const char *argument) {
        return time_parse(argument, now_realtime(), &options->until);
}

static int set_before(Options *options, const char *argument) {
        options->has_before = true;
        return journal_cursor_parse(argument, &options->before);
}

static int set_grep(Options *options, const char *argument) {
        options->grep = argument;
        return 0;
}

static int set_priority(Options *options, const char *argument) {
        static const char *const names[] = { "emerg",   "alert",  "crit", "err",
                                             "warning", "notice", "info", "debug" };

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (strcmp(names[i], argument) == 0 ||
                    (argument[0] == (char) ('0' + i) && argument[1] == '\0')) {
                        options->priority = (int) i;
                        return 0;
                }
        return -EINVAL;
}

static int set_polls(Options *options, const char *argument _unused_) {
        options->polls = true;
        return 0;
}

static int set_timeout(Options *options, const char *argument) {
        uint64_t seconds;
        int r;

        r = parse_number(argument, 24 * 3600, &seconds);
        if (r >= 0)
                options->timeout = seconds * USEC_PER_SEC;
        return r;
}

static int set_minutes(Options *options, const char *argument) {
        int r = parse_number(argument, 24 * 60, &options->minutes);

        return r < 0 || options->minutes == 0 ? -EINVAL : 0;
}

static const Option table[] = {
        { OPTION_FILE, 'f', "file", "FILE", set_file,
          N_("the spec or blueprint, or values of 'set', a line each; '-': standard input") },
        { OPTION_LINES, 'n', "lines", "N", set_lines, N_("how many lines, or 'all' (100)") },
        { OPTION_FOLLOW, 0, "follow", NULL, set_follow,
          N_("keep printing new lines as they are written") },
        { OPTION_NO_FOLLOW, 0, "no-follow", NULL, set_no_follow,
          N_("end after the last line (default)") },
        { OPTION_SINCE, 'S', "since", "TIME", set_since,
          N_("only lines since TIME: 'YYYY-MM-DD HH:MM:SS', 'HH:MM', 'today', '10min ago', '-2h'") },
        { OPTION_UNTIL, 'U', "until", "TIME", set_until, N_("only lines before TIME") },
        { OPTION_BEFORE, 0, "before", "CURSOR", set_before,
          N_("only lines before this cursor, as --json prints it") },
        { OPTION_GREP, 0, "grep", "TEXT", set_grep,
          N_("only lines, or maps, that contain this text, in upper or lower case") },
        { OPTION_PRIORITY, 0, "priority", "LEVEL", set_priority,
          N_("only lines of this level or a more important one: debug, info, notice, warning, err") },
        { OPTION_ALL, 'a', "all", NULL, set_all,
          N_("lines of all runs, not only of the last one") },
        { OPTION_POLLS, 0, "polls", NULL, set_polls,
          N_("also lines about the questions that left4me-watch sends by RCON") },
        { OPTION_TIMEOUT, 0, "timeout", "SECONDS", set_timeout,
          N_("how long the server may take to open its port (60)") },
        { OPTION_JSON, 'j', "json", NULL, set_json, N_("print JSON") },
        { OPTION_OUTPUT, 0, "output", "FILE", set_output,
          N_("write the JSON to a file, replaced whole") },
        { OPTION_SHOW_PASSWORD, 0, "show-password", NULL, set_show_password,
          N_("don't hide rcon_password") },
        { OPTION_IF_MATCH, 0, "if-match", "SHA256", set_if_match,
          N_("only replace a file with this checksum, as sha256sum prints it") },
        { OPTION_NEW, 0, "new", NULL, set_new, N_("don't replace an existing one") },
        { OPTION_BLUEPRINT, 0, "blueprint", "REF", set_blueprint,
          N_("create the spec of a new server with this blueprint, OWNER/NAME") },
        { OPTION_PORT, 0, "port", "PORT", set_port, N_("and with this port (the first free one)") },
        { OPTION_NO_WAIT, 0, "no-wait", NULL, set_no_wait,
          N_("don't wait until the port is open, the job has ended or the map has changed") },
        { OPTION_LIST, 0, "list", NULL, set_list, N_("show the maps, and change none") },
        { OPTION_RECURSIVE, 'R', "recursive", NULL, set_recursive,
          N_("list directories with all that is below them") },
        { OPTION_MODE, 0, "mode", "MODE", set_mode, N_("only maps that are listed for this mode") },
        { OPTION_FORCE, 0, "force", NULL, set_force,
          N_("try the map or mode even if no layer of the server has it") },
        { OPTION_ITERATIONS, 'n', "iterations", "N", set_iterations,
          N_("how many times to look before the end") },
        { OPTION_DELAY, 'd', "delay", "SECONDS", set_delay,
          N_("how long to wait before the next look (2)") },
        { OPTION_BATCH, 'b', "batch", NULL, set_batch,
          N_("print tables, as without a terminal; one, unless --iterations says more") },
        { OPTION_CVARS, 0, "cvars", NULL, set_cvars,
          N_("compare the config with the commands and variables of the running server") },
        { OPTION_VERSION, 0, "version", "ID", set_version,
          N_("a version that 'overlay versions' lists (the current one)") },
        { OPTION_FROM, 0, "from", "ARCHIVE", set_from,
          N_("an archive that 'overlay export' wrote; '-': standard input") },
        { OPTION_REASON, 0, "reason", "TEXT", set_reason, N_("what the player is told") },
        { OPTION_DESCRIPTION, 0, "description", "TEXT", set_description,
          N_("one line for people about the new overlay") },
        { OPTION_EMPTY, 0, "empty", NULL, set_empty,
          N_("begin without the files of the current version") },
        { OPTION_THEN_RESTART, 0, "then-restart", "WHEN", set_then_restart,
          N_("restart servers that use a new version: now, when-empty or never (never)") },
        { OPTION_UNPACK, 0, "unpack", NULL, set_unpack,
          N_("the file is an archive: unpack it; at PATH '.', find out where its files belong") },
        { OPTION_BOOT, 0, "boot", NULL, set_boot,
          N_("start: also at each boot; stop: no longer at boot either (autostart)") },
        { OPTION_WHEN_EMPTY, 0, "when-empty", NULL, set_when_empty,
          N_("restart once all players have left") },
        { OPTION_DEADLINE, 0, "deadline", "TIME", set_deadline,
          N_("and at this time even with players, who are warned: '04:00', '+2h'") },
        { OPTION_KEEP_EARLIER, 0, "keep-earlier", NULL, set_keep_earlier,
          N_("unless such a restart waits already, with the same or an earlier deadline") },
        { OPTION_CANCEL, 0, "cancel", NULL, set_cancel,
          N_("forget a restart that waits until the server is empty") },
        { OPTION_ROLE, 0, "role", "ROLE", set_role, N_("admin or user (user)") },
        { OPTION_ENTRIES, 'n', "jobs", "N", set_lines, N_("how many jobs, or 'all' (20)") },
        { OPTION_KIND, 0, "kind", "KIND", set_kind,
          N_("only jobs of this kind: install, workshop, release, script, unpack") },
        { OPTION_RESULT, 0, "result", "RESULT", set_result,
          N_("only jobs that are running, done, failed, cancelled or timed-out") },
        { OPTION_SERVER, 0, "server", "NAME", set_server,
          N_("only jobs of the game and of the overlays that this server stacks") },
        { OPTION_KINDS, 0, "kinds", "KIND,…", set_event_kinds,
          N_("only events of these kinds: join, leave, chat, map-start, kick, ban, hang, …") },
        { OPTION_LIMIT, 'n', "limit", "N", set_limit,
          N_("at most so many events (100), or maps (all)") },
        { OPTION_GENERATE, 0, "generate", NULL, set_generate,
          N_("generate a password that is valid for one login, and print it") },
        { OPTION_AS_USER, 0, "as-user", "NAME", set_as_user,
          N_("only do what this user of the web app may do") },
        { OPTION_MINUTES, 0, "minutes", "N", set_minutes,
          N_("how long the trial records at most (10)") },
        { OPTION_CHECK, 0, "check", NULL, set_check,
          N_("only compare the installed build with Steam's newest one") },
        { OPTION_VALIDATE, 0, "validate", NULL, set_validate,
          N_("have steamcmd check every file of the game") },
        { OPTION_ERRORS, 0, "errors", "FORM", set_errors,
          N_("write errors as 'text', or as 'json' for programs (text)") },
        { OPTION_HELP, 'h', "help", NULL, set_help, N_("show this help") },
};

/* Values of getopt_long() for options; above those of characters. */
enum { VALUE_BASE = 256 };

static bool is_allowed(const Option *option, OptionSet allowed) {
        return option->id & (allowed | OPTION_HELP | OPTION_AS_USER | OPTION_ERRORS);
}

static void make_getopt_tables(
        OptionSet allowed, bool options_first, char *letters, struct option *names) {
        *letters++ = options_first ? '+' : '-';
        *letters++ = ':';
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                if (!is_allowed(&table[i], allowed))
                        continue;
                if (table[i].letter)
                        *letters++ = table[i].letter;
                if (table[i].letter && table[i].argument)
                        *letters++ = ':';
                *names++ = (struct option) {
                        .name = table[i].name,
                        .has_arg = table[i].argument ? required_argument : no_argument,
                        .val = VALUE_BASE + (int) i,
                };
        }
        *letters = '\0';
        *names = (struct option) {};
}

/* Several options have the same letter, of different verbs. */
static const Option *find_option(int value, OptionSet allowed) {
        if (value >= VALUE_BASE)
                return &table[value - VALUE_BASE];
        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                if (table[i].letter == value && is_allowed(&table[i], allowed))
                        return &table[i];
        return NULL;
}

/* Names the wrong option as the user wrote it. */
static int complain(int value, char **argv) {
        if (value == ':')
                log_error("Option '%s' needs an argument", argv[optind - 1]);
        else if (optopt > 0 && optopt < VALUE_BASE)
                log_error("Unknown option '-%c' of '%s': see its --help", optopt, argv[0]);
        else
                log_error("Unknown option '%s' of '%s': see its --help", argv[optind - 1], argv[0]);
        return -EINVAL;
}

static int apply(const Option *option, Options *options) {
        int r = option->set(options, optarg);

        if (r < 0)
                log_error(
                        "Invalid value '%s' for --%s=%s: see --help", optarg, option->name,
                        option->argument);
        return r;
}

int options_parse(
        int argc, char **argv, OptionSet allowed, bool options_first, Options *ret,
        char ***ret_operands, size_t *ret_n_operands) {
        char letters[2 * ELEMENTSOF(table) + 3];
        struct option names[ELEMENTSOF(table) + 1];
        size_t n_operands = 0;
        int value, r;

        make_getopt_tables(allowed, options_first, letters, names);
        optind = 1;
        opterr = 0;
        /* Operands between options come as value 1, and are gathered at the front of argv. */
        while ((value = getopt_long(argc, argv, letters, names, NULL)) >= 0) {
                const Option *option = NULL;

                if (value == 1)
                        argv[1 + n_operands++] = optarg;
                else
                        option = find_option(value, allowed);
                if (value != 1 && !option)
                        return complain(value, argv);
                r = option ? apply(option, ret) : 0;
                if (r < 0)
                        return r;
        }
        while (optind < argc)
                argv[1 + n_operands++] = argv[optind++];

        *ret_operands = argv + 1;
        *ret_n_operands = n_operands;
        return 0;
}

void options_print_help(OptionSet allowed, FILE *f) {
        for (size_t i = 0; i < ELEMENTSOF(table); i++) {
                char left[48];

                if (!is_allowed(&table[i], allowed))
                        continue;
                (void) snprintf(
                        left, sizeof(left), "%s%c%s--%s%s%s", table[i].letter ? "-" : " ",
                        table[i].letter ? table[i].letter : ' ', table[i].letter ? ", " : "  ",
                        table[i].name, table[i].argument ? "=" : "",
                        table[i].argument ? table[i].argument : "");
                (void) fprintf(f, "  %-22s %s\n", left, _(table[i].help));
        }
}
