/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl map: lists the maps of a server's layers, or changes the map of a running server by RCON.
 * The server changes it with `changelevel`, which keeps its players; its mode is the variable
 * mp_gamemode, which it reads at that moment.
 */

#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/text.h"
#include "base/time-text.h"
#include "base/utf8.h"
#include "base/visible-text.h"
#include "common/audit-log.h"
#include "common/terminal.h"
#include "content/maps.h"
#include "jobs/session.h"
#include "query/cvar-answer.h"
#include "query/game-log-time.h"
#include "verbs/verbs.h"

enum {
        COMMAND_USEC = 20 * 1000 * 1000, /* the answer may come after the map is loaded */
        POLL_USEC = 500 * 1000,
        ASK_USEC = 5 * 1000 * 1000,
        CHANGE_USEC = 120 * 1000 * 1000, /* loading a large map from a slow disk */
        COMMAND_SIZE = 2 * MAP_NAME_MAX + 64,
};

/* --- the list --------------------------------------------------------------------------------- */

static int print_list(const char *name, const ServerMaps *maps) {
        int r;

        if (maps->n_maps == 0) {
                log_notice("The layers of '%s' have no such maps that l4d2ctl knows", name);
                return CTL_OK;
        }
        r = maps_print(maps);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to print the maps of '%s'", name);
                return CTL_FAILURE;
        }
        return CTL_OK;
}

static int list_maps(const Ctl *ctl, const LayerList *layers, ServerMaps *maps) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *array = NULL;
        const Options *options = &ctl->options;
        _cleanup_free_ char *mode = options->mode ? ascii_lower_copy(options->mode) : NULL;
        size_t n;
        int r;

        n = server_maps_choose(
                maps, options->grep ?: "", mode, options->limit > 0 ? options->limit : SIZE_MAX);
        if (n > maps->n_maps)
                log_notice(
                        "%zu of %zu maps are listed: --limit=N lists more, --grep=TEXT others",
                        maps->n_maps, n);
        if (!ctl->options.json)
                return print_list(ctl->operands[0], maps);
        r = maps_to_json(maps, layers, &array);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to make JSON");
                return CTL_FAILURE;
        }
        return print_json(array);
}

/* --- checks ----------------------------------------------------------------------------------- */

static int say_unknown(const char *name, const ServerMaps *maps, const char *map) {
        const char *near[SERVER_MAPS_NEAR_MAX];
        size_t n = server_maps_near(maps, map, near);
        char text[SERVER_MAPS_NEAR_MAX * (MAP_NAME_MAX + 4)] = "";

        for (size_t i = 0, used = 0; i < n && used < sizeof(text); i++)
                used += (size_t) snprintf(
                        text + used, sizeof(text) - used, "%s%s", i > 0 ? ", " : "", near[i]);
        if (n > 0)
                log_error(
                        "Unknown map '%s': '%s' has %s; 'l4d2ctl map %s --list' shows all, --force "
                        "tries it all the same",
                        map, name, text, name);
        else
                log_error(
                        "Unknown map '%s': 'l4d2ctl map %s --list' shows those of '%s', --force "
                        "tries it all the same",
                        map, name, name);
        return CTL_FAILURE;
}

static int check_mode(const char *name, const ServerMaps *maps, const char *map, const char *mode) {
        if (!server_maps_know_mode(maps, mode)) {
                log_error(
                        "Unknown mode '%s': the game has coop, realism, versus, survival, scavenge "
                        "and mutations such as mutation4; --force tries it all the same",
                        mode);
                return CTL_FAILURE;
        }
        if (server_maps_find(maps, map, mode) == 0) {
                log_error(
                        "The campaign of '%s' has it not for the mode '%s': 'l4d2ctl map %s --list' "
                        "shows the modes of each map, --force tries it all the same",
                        map, mode, name);
                return CTL_FAILURE;
        }
        return CTL_OK;
}

static int check_words(const char *map, const char *mode) {
        if (!map_name_is_valid(map)) {
                log_error("Invalid map name '%s': use one word, such as c1m1_hotel", map);
                return CTL_USAGE;
        }
        if (mode && !map_name_is_valid(mode)) {
                log_error("Invalid mode '%s': use one word, such as versus", mode);
                return CTL_USAGE;
        }
        return CTL_OK;
}

static int check_choice(const Ctl *ctl, const ServerMaps *maps, const char *mode) {
        const char *name = ctl->operands[0], *map = ctl->operands[1];

        if (server_maps_find(maps, map, NULL) < 0)
                return say_unknown(name, maps, map);
        return mode ? check_mode(name, maps, map, mode) : CTL_OK;
}

/* --- the change ------------------------------------------------------------------------------- */

typedef struct Change {
        Console *console;
        const char *map, *mode; /* mode: NULL, it stays */
        char before[MAP_NAME_MAX + 1];
        char mode_before[MAP_NAME_MAX + 1]; /* "": unknown */
} Change;

static int ask_before(Change *change) {
        _cleanup_free_ ServerStatus *status = NULL;
        const char *answer;
        size_t size;
        int r;

        r = session_status(change->console, &status);
        if (r != CTL_OK)
                return r;
        (void) snprintf(change->before, sizeof(change->before), "%s", status->map);
        if (!change->mode)
                return CTL_OK;
        r = session_run(change->console, "mp_gamemode", true, &answer, &size);
        if (r == CTL_OK &&
            cvar_answer_get(
                    answer, size, "mp_gamemode", change->mode_before,
                    sizeof(change->mode_before)) &&
            !map_name_is_valid(change->mode_before))
                change->mode_before[0] = '\0';
        return r;
}

static int run_mode(Console *console, const char *mode) {
        char command[COMMAND_SIZE];

        (void) snprintf(command, sizeof(command), "mp_gamemode %s", mode);
        return console_run(console, command, true, now_monotonic() + ASK_USEC);
}

/* The log may come with the answer, and repeats the command. */
static bool is_of_log(const char *line) {
        Piece rest = { line, strlen(line) }, time;

        return game_log_take_time(&rest, &time);
}

/* The line of an answer that says why, "" for none. */
static const char *find_refusal(char *answer) {
        static const char *const words[] = { "failed", "not found", "invalid" };

        for (char *save = NULL, *line = strtok_r(answer, "\r\n", &save); line;
             line = strtok_r(NULL, "\r\n", &save))
                for (size_t i = 0; i < ELEMENTSOF(words) && !is_of_log(line); i++)
                        if (strstr(line, words[i]))
                                return line;
        return "";
}

static int say_refusal(const Change *change, const char *answer) {
        _cleanup_free_ char *copy = strdup(answer);
        const char *line = copy ? find_refusal(copy) : "";
        char visible[VISIBLE_TEXT_MAX(256)];

        if (line[0] == '\0')
                return CTL_OK;
        if (change->mode_before[0] != '\0')
                (void) !run_mode(change->console, change->mode_before);
        (void) visible_text(line, strnlen(line, 256), visible);
        log_error("Failed to change the map of '%s': it says '%s'", change->console->name, visible);
        return CTL_FAILURE;
}

/* The server may end the connection, or stay silent, while it loads the map. */
static bool is_lost_answer(int error) {
        return error == -ECONNRESET || error == -ETIMEDOUT || error == -EPIPE;
}

static int send_change(const Change *change) {
        char command[COMMAND_SIZE];
        size_t size;
        int r = 0;

        if (change->mode)
                r = run_mode(change->console, change->mode);
        if (r >= 0) {
                (void) snprintf(command, sizeof(command), "changelevel %s", change->map);
                r = console_run(change->console, command, false, now_monotonic() + COMMAND_USEC);
                if (is_lost_answer(r))
                        return CTL_OK;
        }
        if (r < 0) {
                log_error(
                        "Failed to change the map of '%s': %s", change->console->name,
                        console_error_message(r));
                return CTL_FAILURE;
        }
        return say_refusal(change, rcon_answer(change->console->rcon, &size));
}

/* 1: the server has the map; 0: not yet; or an error that will stay. */
static int ask_map(const Change *change, ServerStatus *status) {
        const char *answer;
        size_t size;
        int r = console_run(change->console, "status", true, now_monotonic() + ASK_USEC);

        if (r == -EACCES)
                return r;
        if (r < 0)
                return 0;
        answer = rcon_answer(change->console->rcon, &size);
        return status_parse(answer, size, status) >= 0 && strcasecmp(status->map, change->map) == 0;
}

static int wait_for_map(const Change *change) {
        _cleanup_free_ ServerStatus *status = malloc(sizeof(*status));
        uint64_t deadline = now_monotonic() + CHANGE_USEC;
        int r = status ? 0 : -ENOMEM;

        while (r == 0 && now_monotonic() < deadline) {
                r = ask_map(change, status);
                if (r == 0)
                        (void) usleep(POLL_USEC);
        }
        if (r > 0)
                return CTL_OK;
        if (r < 0)
                log_error(
                        "Failed to change the map of '%s': %s", change->console->name,
                        console_error_message(r));
        else
                log_error(
                        "The map of '%s' did not change within 2 minutes: 'l4d2ctl logs %s' shows "
                        "why",
                        change->console->name, change->console->name);
        return CTL_FAILURE;
}

/* left4me-watch finds the map in it, and does not take the change for the end of a campaign. */
static void note_change(const Change *change) {
        char command[2 * COMMAND_SIZE];

        (void) snprintf(
                command, sizeof(command), "%s%s%schangelevel %s",
                change->mode ? "mp_gamemode " : "", change->mode ?: "", change->mode ? "; " : "",
                change->map);
        audit_log_command(change->console->name, "map", command);
}

static int change_map(Ctl *ctl, const char *map, const char *mode) {
        _cleanup_(console_freep) Console *console = NULL;
        Change change = { .map = map, .mode = mode };
        const char *name = ctl->operands[0];
        int r;

        r = session_open(ctl, name, &console);
        change.console = console;
        if (r == CTL_OK)
                r = ask_before(&change);
        if (r != CTL_OK)
                return r;
        note_change(&change);
        r = send_change(&change);
        if (r == CTL_OK && !ctl->options.no_wait)
                r = wait_for_map(&change);
        if (r != CTL_OK || ctl->options.no_wait)
                return r;
        if (mode)
                printf(_("%s plays %s in the mode %s.\n"), name, change.map, mode);
        else
                printf(_("%s plays %s.\n"), name, change.map);
        return CTL_OK;
}

/* --- the verb --------------------------------------------------------------------------------- */

static int check_usage(const Ctl *ctl) {
        bool changes = ctl->n_operands > 1;

        if (changes && (ctl->options.list || ctl->options.json || ctl->options.grep ||
                        ctl->options.mode || ctl->options.limit > 0)) {
                log_error(
                        "--list, --json, --grep, --mode and --limit show maps and change none: "
                        "leave out '%s'",
                        ctl->operands[1]);
                return CTL_USAGE;
        }
        if (!changes && (ctl->options.force || ctl->options.no_wait)) {
                log_error("Missing map: 'l4d2ctl map %s --list' shows all", ctl->operands[0]);
                return CTL_USAGE;
        }
        return changes ? check_words(
                                 ctl->operands[1], ctl->n_operands > 2 ? ctl->operands[2] : NULL)
                       : CTL_OK;
}

int verb_map(Ctl *ctl) {
        const Ctl named = { .operands = ctl->operands, .n_operands = 1 };
        _cleanup_(layers_done) LayerList layers = {};
        _cleanup_(server_maps_clear) ServerMaps maps = {};
        _cleanup_free_ char *mode = ctl->n_operands > 2 ? ascii_lower_copy(ctl->operands[2]) : NULL;
        int r;

        r = check_usage(ctl);
        if (r == CTL_OK)
                r = ctl_check_names(&named, 0);
        if (r == CTL_OK && !ctl->options.force)
                r = layers_of_server(ctl, ctl->operands[0], &layers);
        if (r == CTL_OK && !ctl->options.force)
                r = maps_of_layers(&layers, ctl->operands[0], &maps);
        if (r != CTL_OK)
                return r;
        if (ctl->n_operands == 1)
                return list_maps(ctl, &layers, &maps);
        if (!ctl->options.force)
                r = check_choice(ctl, &maps, mode);
        if (r != CTL_OK)
                return r;
        return change_map(ctl, server_maps_name(&maps, ctl->operands[1]) ?: ctl->operands[1], mode);
}
