/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The stand-in's own command for what the game does at the end of a campaign. README.md says which
 * lines of the log are known and which are guesses.
 */

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "commands.h"
#include "console.h"
#include "log.h"
#include "players.h"

/* As the log has it at the end of each round. why: NULL, unknown. */
static void end_round(const Server *s, const char *why) {
        if (why)
                log_line(s, "World triggered \"%s\" (Infected \"0\") (Survivor \"0\")", why);
        log_line(s, "Team \"Infected\" scored \"0\" with \"4\" players");
        log_line(s, "Team \"Survivor\" scored \"0\" with \"4\" players");
        log_line(s, "World triggered \"Round_End\"");
}

/* The first chapter of the campaign of the map, by the names of the game's own: "c1m4_atrium" has
 * "c1m1_…". Returns whether there is one. */
static bool find_first(const Server *s, char *ret, size_t size) {
        char directory[256], prefix[32];
        unsigned campaign, chapter;
        const struct dirent *entry;
        bool found = false;
        DIR *dir;

        if (sscanf(s->map, "c%2um%2u_", &campaign, &chapter) != 2)
                return false;
        snprintf(prefix, sizeof(prefix), "c%um1_", campaign);
        snprintf(directory, sizeof(directory), "%s/maps", s->game);
        dir = opendir(directory);
        if (!dir)
                return false;
        while (!found && (entry = readdir(dir))) {
                size_t n = strlen(entry->d_name), end = strlen(".bsp");

                found = strncmp(entry->d_name, prefix, strlen(prefix)) == 0 && n > end &&
                        n - end < size && strcasecmp(entry->d_name + n - end, ".bsp") == 0;
                if (found)
                        snprintf(ret, size, "%.*s", (int) (n - end), entry->d_name);
        }
        closedir(dir);
        return found;
}

static void load(Server *s, const char *map) {
        if (game_load_map(s, map, NULL) < 0)
                console_report(s, "no map %s", map);
}

/* The panel at the end of a versus game, and the one after a vote, have it played once more. */
static void play_again(Server *s, const char *map) {
        char first[64];

        if (!map && !find_first(s, first, sizeof(first))) {
                console_report(s, "no first map of %s", s->map);
                return;
        }
        end_round(s, NULL);
        load(s, map ? map : first);
}

/* A new round on the same map, which the game does not load again. */
static void lose(const Server *s) {
        end_round(s, "L4D_Scenario_Survivors_Dead");
        log_line(s, "Staying on original map %s", s->map);
        log_line(s, "World triggered \"Round_Start\"");
}

static void run_finale(Server *s, int argc, char **argv) {
        const char *what = argc > 1 ? argv[1] : "", *map = argc > 2 ? argv[2] : NULL;

        if (strcmp(what, "again") == 0)
                play_again(s, map);
        else if (strcmp(what, "lost") == 0)
                lose(s);
        else if (strcmp(what, "lobby") == 0) {
                end_round(s, NULL);
                players_drop_all(s, "Disconnect by user.");
        } else if (strcmp(what, "vote") == 0 && map)
                load(s, map);
        else
                console_report(s, "usage: %s again [MAP] | lobby | lost | vote MAP", argv[0]);
}

const Command campaign_commands[] = {
        { "standin_finale", run_finale, "The last map of a campaign ends." },
        { NULL, NULL, NULL },
};
