/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * `cvarlist`, in the engine's form: all variables and commands by name. Values are numbers, and a
 * text is one too (0), as in real lists. Beside what the stand-in can do it names commands of the
 * game that do nothing here.
 */

#include "lists.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "console.h"
#include "cvar.h"

#define CHEAT   (CVAR_SV | CVAR_CHEAT)
#define ROW_MAX 1024U

typedef struct Row {
        const char *name;
        const char *value; /* NULL: a command */
        unsigned flags;
        const char *help;
} Row;

static const Row known_commands[] = {
        { "alias", NULL, 0, "Another name for a command." },
        { "callvote", NULL, CVAR_SV, "Call a vote." },
        { "cvar", NULL, 0, "Show and set variables." },
        { "differences", NULL, 0, "Variables that are not as at first." },
        { "director_force_panic_event", NULL, CHEAT, "A panic event." },
        { "director_force_tank", NULL, CHEAT, "A tank." },
        { "director_force_versus_start", NULL, CHEAT, "Begin the round." },
        { "director_force_witch", NULL, CHEAT, "A witch." },
        { "director_start", NULL, CHEAT, "The director acts again." },
        { "director_stop", NULL, CHEAT, "The director does nothing." },
        { "ent_create", NULL, CHEAT, "Make an entity." },
        { "ent_fire", NULL, CHEAT, "Send an input to entities." },
        { "ent_remove_all", NULL, CHEAT, "Remove entities of a class." },
        { "find", NULL, 0, "Find by a part of the name." },
        { "give", NULL, CHEAT, "Give an item." },
        { "heartbeat", NULL, 0, "Tell the master servers." },
        { "help", NULL, 0, "Describe a variable or command." },
        { "host_writeconfig", NULL, 0, "Write config.cfg." },
        { "impulse", NULL, CHEAT, "An impulse." },
        { "incrementvar", NULL, 0, "Count a variable up." },
        { "jointeam", NULL, CVAR_SV, "Join a team." },
        { "kickall", NULL, 0, "Kick all with a message." },
        { "kill", NULL, CHEAT, "Kill a player." },
        { "maps", NULL, 0, "List maps." },
        { "mission_reload", NULL, 0, "Read the missions again." },
        { "nav_generate", NULL, CHEAT, "Make a mesh for the map." },
        { "nav_mark", NULL, CHEAT, "Mark an area." },
        { "nav_save", NULL, CHEAT, "Save the mesh." },
        { "net_status", NULL, 0, "State of the network." },
        { "noclip", NULL, CHEAT, "Go through walls." },
        { "plugin_load", NULL, 0, "Load a plugin." },
        { "plugin_print", NULL, 0, "List plugins." },
        { "plugin_unload", NULL, 0, "Unload a plugin." },
        { "sb_add", NULL, CHEAT, "Add a survivor." },
        { "sb_takecontrol", NULL, CHEAT, "Play a bot." },
        { "scenario_end", NULL, CHEAT, "End the map." },
        { "script", NULL, CVAR_SV | CVAR_CHEAT, "Run VScript." },
        { "script_reload_code", NULL, CHEAT, "Read VScript again." },
        { "setpause", NULL, 0, "Pause the game." },
        { "sv_shutdown", NULL, 0, "End when it is empty." },
        { "toggle", NULL, 0, "Change between values." },
        { "tv_clients", NULL, 0, "List spectators." },
        { "tv_msg", NULL, 0, "Tell spectators something." },
        { "tv_relay", NULL, 0, "Relay another SourceTV." },
        { "tv_status", NULL, 0, "State of SourceTV." },
        { "tv_stop", NULL, 0, "End SourceTV." },
        { "tv_stoprecord", NULL, 0, "End a demo." },
        { "unpause", NULL, 0, "Go on." },
        { "update_addon_paths", NULL, 0, "Look for add-ons again." },
        { "users", NULL, 0, "List users." },
        { "version", NULL, 0, "Version of the game." },
        { "warp_all_survivors_to_checkpoint", NULL, CHEAT, "All survivors to the end." },
        { "warp_to_start_area", NULL, CHEAT, "To the start." },
        { "z_spawn", NULL, CHEAT, "An infected." },
        { "z_spawn_const_pos", NULL, CHEAT, "An infected at a place." },
};

static const size_t n_known_commands = sizeof(known_commands) / sizeof(known_commands[0]);

bool lists_know_command(const char *name, unsigned *ret_flags) {
        for (size_t i = 0; i < n_known_commands; i++)
                if (strcasecmp(known_commands[i].name, name) == 0) {
                        *ret_flags = known_commands[i].flags;
                        return true;
                }

        return false;
}

static size_t collect(Row *rows) {
        static const Command *const tables[] = { game_commands, admin_commands };
        size_t n = 0;

        for (size_t i = 0; i < n_cvars; i++)
                if (!(cvar_table[i].flags & CVAR_HIDDEN))
                        rows[n++] = (Row) { cvar_table[i].name, cvar_value(cvar_table + i),
                                            cvar_table[i].flags, cvar_table[i].help };
        for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
                for (const Command *c = tables[i]; c->name; c++)
                        rows[n++] = (Row) { c->name, NULL, 0, c->help };
        for (size_t i = 0; i < n_known_commands; i++)
                rows[n++] = known_commands[i];

        return n;
}

static int compare_rows(const void *a, const void *b) {
        return strcasecmp(((const Row *) a)->name, ((const Row *) b)->name);
}

static void print_row(Server *s, const Row *row) {
        double number = row->value ? strtod(row->value, NULL) : 0;
        char value[32] = "cmd", flags[128];

        if (row->value && fabs(number - (int) number) < 0.000001)
                snprintf(value, sizeof(value), "%i", (int) number);
        else if (row->value)
                snprintf(value, sizeof(value), "%.3f", number);

        cvar_print_flags(row->flags, flags, sizeof(flags));
        console_print(s, "%-40s : %-8s : %-16s : %s\n", row->name, value, flags, row->help);
}

void lists_print(Server *s, const char *prefix) {
        static Row rows[ROW_MAX];
        size_t n = collect(rows), shown = 0;

        qsort(rows, n, sizeof(*rows), compare_rows);

        console_print(s, "cvar list\n--------------\n");
        for (size_t i = 0; i < n; i++)
                if (strncasecmp(rows[i].name, prefix, strlen(prefix)) == 0) {
                        print_row(s, rows + i);
                        shown++;
                }

        if (cvar_number("standin_cvarlist") > 0)
                console_print(
                        s, "%-40s : %-8s : %-16s : %s\n", "zz_<b>", "0", ", \"cheat\"",
                        "\x1b[31m<img src=x onerror=alert(1)>\xe2\x80\xae");
        if (*prefix != '\0')
                console_print(
                        s, "--------------\n%3zu convars/concommands for [%s]\n", shown, prefix);
        else
                console_print(s, "--------------\n%3zu total convars/concommands\n", shown);
}
