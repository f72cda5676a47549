/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The stand-in's own commands for what players and Steam do: they come, talk, go, and leave the
 * game's lines in console and log. Names and texts may hold C escapes, so that a test can write any
 * byte that a player can send.
 */

#include <stdio.h>
#include <string.h>

#include "console.h"
#include "cvar.h"
#include "log.h"
#include "players.h"
#include "text.h"

#define CHAT_MAX 127U /* bytes that the game keeps of what is said */

static void run_join(Server *s, int argc, char **argv) {
        const Player *p;

        if (argc < 2) {
                console_report(s, "usage: %s NAME [STEAMID [ADDRESS]]", argv[0]);
                return;
        }

        (void) text_unescape(argv[1]);
        p = players_join(s, argv[1], argc > 2 ? argv[2] : NULL, argc > 3 ? argv[3] : NULL);
        if (p)
                console_report(s, "joined as %u", p->user_id);
        else
                console_report(s, "turned away");
}

/* The player named by the first word, or NULL after a report. */
static Player *find(Server *s, int argc, char **argv, int min, const char *usage) {
        Player *p;

        if (argc < min) {
                console_report(s, "usage: %s %s", argv[0], usage);
                return NULL;
        }

        (void) text_unescape(argv[1]);
        p = players_find(s, argv[1]);
        if (!p)
                console_report(s, "no player named %s", argv[1]);
        return p;
}

static void run_leave(Server *s, int argc, char **argv) {
        Player *p = find(s, argc, argv, 2, "NAME [REASON]");
        Buffer reason = {};

        if (!p)
                return;

        text_join(&reason, 2, argc, argv);
        (void) text_unescape((char *) reason.data);
        players_drop(s, p, argc > 2 ? (const char *) reason.data : "Disconnect by user.");
        buffer_done(&reason);
}

static void run_rename(Server *s, int argc, char **argv) {
        Player *p = find(s, argc, argv, 3, "NAME NEW-NAME");

        if (!p)
                return;

        (void) text_unescape(argv[2]);
        players_rename(s, p, argv[2]);
}

/* The reason ends with a newline, which breaks both lines in two. Real logs have that. */
static void run_steam_kick(Server *s, int argc, char **argv) {
        Player *p = find(s, argc, argv, 2, "NAME");

        if (!p)
                return;

        log_say(s, "STEAMAUTH: Client %s received failure code 6", p->name);
        players_drop(s, p, "No Steam logon\n");
}

/* `standin_chat` to all, `standin_chat_team` to the team. */
static void run_chat(Server *s, int argc, char **argv) {
        static const char place[] = "<Biker><ALIVE><80+0><setpos_exact 5033.42 -13677.53 -1.97; "
                                    "setang -0.53 175.02 0.00><Area 76076>";
        Player *p = find(s, argc, argv, 3, "NAME TEXT…");
        const bool is_team = strstr(argv[0], "team");
        Buffer text = {};

        if (!p)
                return;

        text_join(&text, 2, argc, argv);
        if (text_unescape((char *) text.data) > CHAT_MAX)
                text.data[CHAT_MAX] = '\0';

        log_say(s, "%s%s: %s", is_team ? "(Survivor) " : "", p->name, (const char *) text.data);
        log_line(
                s, "\"%s<%u><%s><%s>%s\" %s \"%s\"", p->name, p->user_id, p->steam_id, p->team,
                cvar_number("standin_long_names") ? place : "", is_team ? "say_team" : "say",
                (const char *) text.data);
        buffer_done(&text);
}

static void run_players(Server *s, int argc, char **argv) {
        uint32_t humans, bots = 0;

        if (argc < 2 || parse_number(argv[1], FIXED_PLAYERS_MAX, &humans) < 0 ||
            (argc > 2 && parse_number(argv[2], FIXED_PLAYERS_MAX, &bots) < 0))
                console_report(s, "usage: %s HUMANS [BOTS]", argv[0]);
        else
                players_set(s, humans, bots);
}

/* The line for the window of Windows servers begins with the byte 3. */
static void run_outdated(Server *s, int argc, char **argv) {
        static const char text[] =
                "Your server needs to be restarted in order to receive the latest update.";

        (void) argc;
        (void) argv;
        log_say(s, "\003MasterRequestRestart");
        log_say(s, "%s", text);
        log_line(s, "%s", text);
}

const Command guest_commands[] = {
        { "standin_chat", run_chat, "Someone says something." },
        { "standin_chat_team", run_chat, "Someone says something to the own team." },
        { "standin_join", run_join, "Someone joins." },
        { "standin_leave", run_leave, "Someone leaves." },
        { "standin_outdated", run_outdated, "Steam has an update." },
        { "standin_players", run_players, "Have so many players." },
        { "standin_rename", run_rename, "Someone takes another name." },
        { "standin_steam_kick", run_steam_kick, "Steam doesn't know someone any more." },
        { NULL, NULL, NULL },
};
