/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The game's commands against players: kicks and bans. Bans are logged only with sv_logbans 1, as
 * the game does.
 */

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "bans.h"
#include "console.h"
#include "cvar.h"
#include "log.h"
#include "players.h"
#include "text.h"

static void kick(Server *s, Player *p, const char *message) {
        char reason[256];

        if (cvar_number("standin_kick_line"))
                log_line(
                        s, "Kick: \"%s<%u><%s><>\" was kicked by \"Console\" (message \"%s\")",
                        p->name, p->user_id, p->steam_id, message);
        snprintf(reason, sizeof(reason), "Kicked by Console%s%s", *message ? " : " : "", message);
        players_drop(s, p, reason);
}

static void run_kickid(Server *s, int argc, char **argv) {
        Player *p = argc > 1 ? players_find(s, argv[1]) : NULL;
        Buffer message = {};

        if (argc < 2) {
                console_print(s, "Usage:  kickid < userid | uniqueid > { message }\n");
                return;
        }
        /* A name is not looked for. */
        if (!p || strcasecmp(p->name, argv[1]) == 0) {
                console_print(s, "userid \"%s\" not found\n", argv[1]);
                return;
        }

        text_join(&message, 2, argc, argv);
        kick(s, p, (const char *) message.data);
        buffer_done(&message);
}

/* The name is all that follows, with or without quotes. */
static void run_kick(Server *s, int argc, char **argv) {
        Buffer name = {};
        Player *p;

        text_join(&name, 1, argc, argv);
        p = players_find(s, (const char *) name.data);
        if (argc < 2)
                console_print(s, "Usage:  kick < name >\n");
        else if (!p)
                console_print(s, "Can't kick \"%s\", name not found\n", (const char *) name.data);
        else
                kick(s, p, "");
        buffer_done(&name);
}

static BanKind kind_of(const char *command) {
        return strstr(command, "ip") ? BAN_ADDRESS : BAN_USER;
}

static void log_ban(
        const Server *s, const Player *p, BanKind kind, const char *how, const char *who) {
        char player[sizeof(p->name) + sizeof(p->steam_id) + 32], address[96] = "";

        if (p)
                snprintf(player, sizeof(player), "%s<%u><%s><>", p->name, p->user_id, p->steam_id);
        else
                snprintf(player, sizeof(player), "<><%.63s><>", kind == BAN_USER ? who : "");
        if (kind == BAN_ADDRESS)
                snprintf(address, sizeof(address), " (IP \"%.63s\")", who);

        if (cvar_number("sv_logbans"))
                log_line(
                        s, "%s: \"%s\" %s by \"Console\"%s", kind == BAN_USER ? "Banid" : "Addip",
                        player, how, address);
}

void ban_enforce(Server *s, BanKind kind, const char *who, uint32_t minutes, bool with_kick) {
        Player *p = kind == BAN_USER ? players_find(s, who) : NULL;
        char how[96], period[48] = "permanently";

        if (p)
                who = p->steam_id;
        if (minutes > 0)
                snprintf(period, sizeof(period), "for %.2f minutes", (double) minutes);
        snprintf(
                how, sizeof(how), "%s%s \"%s\"",
                p && with_kick ? "was kicked and banned" : "was banned",
                kind == BAN_ADDRESS ? " by IP" : "", period);

        ban_add(kind, who, minutes);
        log_ban(s, p, kind, how, who);
        if (p && with_kick)
                players_drop(s, p, "Kicked and banned");
}

/* banid MINUTES WHOM [kick], addip MINUTES ADDRESS: without "kick" a player goes on playing. */
static void run_ban(Server *s, int argc, char **argv) {
        uint32_t minutes;

        if (argc < 3 || parse_number(argv[1], 100000000, &minutes) < 0)
                console_print(
                        s, "Usage:  %s < minutes > < %s\n", argv[0],
                        kind_of(argv[0]) == BAN_USER ? "userid | uniqueid > { kick }"
                                                     : "ipaddress >");
        else if (
                kind_of(argv[0]) == BAN_USER && strncmp(argv[2], "STEAM_", 6) != 0 &&
                !players_find(s, argv[2]))
                console_print(s, "userid \"%s\" not found\n", argv[2]);
        else
                ban_enforce(
                        s, kind_of(argv[0]), argv[2], minutes,
                        argc > 3 && strcmp(argv[3], "kick") == 0);
}

static void run_unban(Server *s, int argc, char **argv) {
        BanKind kind = kind_of(argv[0]);

        if (argc < 2 || !ban_remove(kind, argv[1])) {
                console_print(s, "%s:  couldn't find %s\n", argv[0], argc < 2 ? "" : argv[1]);
                return;
        }

        console_print(s, "%s:  filter removed for %s\n", argv[0], argv[1]);
        if (cvar_number("sv_logbans") && kind == BAN_USER)
                log_line(s, "Removeid: \"<><%s><>\" was unbanned by \"Console\"", argv[1]);
        else if (cvar_number("sv_logbans"))
                log_line(
                        s, "Removeip: \"<><><>\" was unbanned by \"Console\" (IP \"%s\")", argv[1]);
}

static void run_list_bans(Server *s, int argc, char **argv) {
        (void) argc;
        ban_list(s, kind_of(argv[0]));
}

static void run_write_bans(Server *s, int argc, char **argv) {
        int r = ban_write(s, kind_of(argv[0]));

        (void) argc;
        if (r < 0)
                console_print(s, "Couldn't write the ban list: %s\n", strerror(-r));
}

const Command admin_commands[] = {
        { "kick", run_kick, "Kick a player by name." },
        { "kickid", run_kickid, "Kick a player by userid or uniqueid, with a message." },
        { "banid", run_ban, "Add a user ID to the ban list." },
        { "removeid", run_unban, "Remove a user ID from the ban list." },
        { "listid", run_list_bans, "Lists banned users." },
        { "writeid", run_write_bans, "Writes a list of permanently-banned user IDs." },
        { "addip", run_ban, "Add an IP address to the ban list." },
        { "removeip", run_unban, "Remove an IP address from the ban list." },
        { "listip", run_list_bans, "List IP addresses on the ban list." },
        { "writeip", run_write_bans, "Save the ban list." },
        { NULL, NULL, NULL },
};
