/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "players.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bans.h"
#include "console.h"
#include "cvar.h"
#include "log.h"
#include "steam.h"
#include "text.h"

#define FIRST_HUMAN_ID 2U
#define FIRST_BOT_ID   27U

static const char *const human_names[FIXED_PLAYERS_MAX] = {
        "Zoey fan",      "a \" STEAM_1:1:1 0:01",
        "J\xc3\xbcrgen", "x",
        "semi;colon",    "%s%n",
        "two  spaces",   "[clan] a name as long as it gets",
};

static const char *const bot_names[FIXED_PLAYERS_MAX] = {
        "Coach", "Ellis", "Nick", "Rochelle", "Bill", "Francis", "Louis", "Zoey",
};

/* After each change: an empty server sleeps, and says so once it is ready. */
static void count(Server *s) {
        s->n_humans = s->n_bots = 0;
        for (const Player *p = s->players; p < s->players + PLAYERS_MAX; p++)
                if (p->user_id > 0)
                        *(p->is_bot ? &s->n_bots : &s->n_humans) += 1;

        if (!s->ready || s->hibernating == (s->n_humans == 0))
                return;

        s->hibernating = s->n_humans == 0;
        log_say(s, s->hibernating ? "Server is hibernating" : "Server waking up from hibernation");
}

static Player *add(Server *s, unsigned user_id) {
        for (Player *p = s->players; p < s->players + PLAYERS_MAX; p++)
                if (p->user_id == 0) {
                        *p = (Player) { .user_id = user_id, .team = "", .joined = now_ms() };
                        return p;
                }

        return NULL;
}

void players_set(Server *s, unsigned humans, unsigned bots) {
        memset(s->players, 0, sizeof(s->players));

        for (unsigned i = 0; i < humans; i++) {
                Player *p = add(s, FIRST_HUMAN_ID + i);

                p->team = "Survivor";
                p->score = i * 3;
                snprintf(p->name, sizeof(p->name), "%s", human_names[i]);
                snprintf(p->steam_id, sizeof(p->steam_id), "STEAM_1:%u:%u", i % 2, 1000 + i);
                snprintf(p->address, sizeof(p->address), "192.0.2.%u:27005", 10 + i);
                /* The second has been here for over an hour, so that both forms of a time occur. */
                if (i == 1)
                        p->joined -= 3723000;
        }
        s->last_user_id = FIRST_BOT_ID + bots;
        for (unsigned i = 0; i < bots; i++) {
                Player *p = add(s, FIRST_BOT_ID + i);

                p->is_bot = true;
                p->team = "Survivor";
                p->score = i * 3;
                snprintf(p->name, sizeof(p->name), "%s", bot_names[i]);
                snprintf(p->steam_id, sizeof(p->steam_id), "BOT");
        }

        count(s);
}

const Player *players_next(const Server *s, const Player *p) {
        bool is_bot = p && p->is_bot;

        for (;; is_bot = true, p = NULL) {
                for (p = p ? p + 1 : s->players; p < s->players + PLAYERS_MAX; p++)
                        if (p->user_id > 0 && p->is_bot == is_bot)
                                return p;
                if (is_bot)
                        return NULL;
        }
}

Player *players_find(Server *s, const char *who) {
        uint32_t id = 0;

        (void) parse_number(who + (*who == '#'), UINT32_MAX, &id);
        for (Player *p = s->players; p < s->players + PLAYERS_MAX; p++)
                if (p->user_id > 0 && (p->user_id == id || strcasecmp(p->name, who) == 0 ||
                                       (!p->is_bot && strcmp(p->steam_id, who) == 0)))
                        return p;

        return NULL;
}

unsigned player_seconds(const Player *p) {
        return (unsigned) ((now_ms() - p->joined) / 1000);
}

void player_log(const Server *s, const Player *p, const char *format, ...) {
        va_list ap;
        char *text;

        va_start(ap, format);
        if (vasprintf(&text, format, ap) < 0)
                abort();
        va_end(ap);

        log_line(s, "\"%s<%u><%s><%s>\" %s", p->name, p->user_id, p->steam_id, p->team, text);
        free(text);
}

static void name_player(Server *s, Player *p, const char *name) {
        size_t size = 0, max = cvar_number("standin_name_max");
        char clean[sizeof(p->name)];

        if (max >= sizeof(clean))
                max = sizeof(clean) - 1;
        /* By bytes, also within a character. */
        for (; *name != '\0' && size < max; name++)
                if (*name != '\n' && *name != '\r')
                        clean[size++] = *name;
        clean[size] = '\0';

        snprintf(
                p->name, sizeof(p->name), "%s%.*s", players_find(s, clean) ? "(1)" : "",
                (int) sizeof(p->name) - 4, clean);
}

/* Whether someone of that SteamID and address may connect; if not, it is said. */
static bool may_join(Server *s, const Player *p) {
        char address[sizeof(p->address)];

        snprintf(address, sizeof(address), "%.*s", (int) strcspn(p->address, ":"), p->address);
        if (s->lan && !p->is_bot && strncmp(address, "192.168.", 8) != 0)
                log_say(s, "RejectConnection: %s - %.*s", p->address, (int) strlen(LAN_REFUSAL) - 1,
                        LAN_REFUSAL);
        else if (!p->is_bot && s->n_humans >= cvar_number("maxplayers"))
                log_say(s, "RejectConnection: %s - Server is full.", p->address);
        else if (ban_holds(BAN_USER, p->steam_id) || ban_holds(BAN_ADDRESS, address))
                log_say(s, "RejectConnection: %s - You have been banned from this server.",
                        p->address);
        else
                return true;

        return false;
}

Player *players_join(Server *s, const char *name, const char *steam_id, const char *address) {
        unsigned id = s->last_user_id >= FIRST_HUMAN_ID ? s->last_user_id + 1 : FIRST_HUMAN_ID;
        Player *p = add(s, id);

        if (!p)
                return NULL;

        p->user_id = 0;
        name_player(s, p, name);
        p->is_bot = steam_id && strcmp(steam_id, "BOT") == 0;
        snprintf(p->steam_id, sizeof(p->steam_id), "STEAM_1:%u:%u", id % 2, 1000 + id);
        snprintf(p->address, sizeof(p->address), "192.0.2.%u:27005", id % 250);
        if (steam_id)
                snprintf(p->steam_id, sizeof(p->steam_id), "%s", steam_id);
        if (address || p->is_bot)
                snprintf(p->address, sizeof(p->address), "%s", p->is_bot ? "none" : address);
        if (!may_join(s, p))
                return NULL;

        p->user_id = s->last_user_id = id;
        player_log(s, p, "connected, address \"%s\"", p->address);
        if (!p->is_bot)
                log_say(s, "Client \"%s\" connected (%s).", p->name, p->address);
        count(s);
        if (!p->is_bot)
                player_log(s, p, "STEAM USERID validated");
        player_log(s, p, "entered the game");
        p->team = "Unassigned";
        player_log(s, p, "joined team \"Survivor\"");
        p->team = "Survivor";
        return p;
}

void players_rename(Server *s, Player *p, const char *name) {
        Player old = *p;

        *p->name = '\0';
        name_player(s, p, name);
        player_log(s, &old, "changed name to \"%s\"", p->name);
}

void players_drop(Server *s, Player *p, const char *reason) {
        player_log(s, p, "disconnected (reason \"%s\")", reason);
        log_say(s, "Dropped %s from server (%s)", p->name, reason);
        p->user_id = 0;
        count(s);
}

void players_drop_all(Server *s, const char *reason) {
        for (Player *p = s->players; p < s->players + PLAYERS_MAX; p++)
                if (p->user_id > 0)
                        players_drop(s, p, reason);
}

void players_enter_again(Server *s) {
        for (const Player *p = NULL; (p = players_next(s, p));)
                if (!p->is_bot)
                        log_line(
                                s, "\"%s<%u><%s><>\" entered the game", p->name, p->user_id,
                                p->steam_id);
}

/* Only some captures of real servers have this column. */
static bool with_addresses(void) {
        return cvar_number("standin_status") != 2;
}

static void print_human(Server *s, const Player *p) {
        unsigned seconds = player_seconds(p), slot = (unsigned) (p - s->players);
        char time[32];

        if (seconds >= 3600)
                snprintf(
                        time, sizeof(time), "%u:%02u:%02u", seconds / 3600, seconds / 60 % 60,
                        seconds % 60);
        else
                snprintf(time, sizeof(time), "%02u:%02u", seconds / 60, seconds % 60);

        console_print(
                s, "#  %u %u \"%s\" %s %s %u 0 active 30000", p->user_id, slot + 1, p->name,
                p->steam_id, time, 50 + slot);
        if (with_addresses())
                console_print(s, " %s", p->address);
        console_print(s, "\n");
}

void players_print(Server *s) {
        console_print(
                s, "# userid name uniqueid connected ping loss state rate%s\n",
                with_addresses() ? " adr" : "");
        for (const Player *p = NULL; (p = players_next(s, p));)
                if (!p->is_bot)
                        print_human(s, p);
                else
                        console_print(
                                s,
                                cvar_number("standin_status") > 0 ? "# %u \"%s\" BOT active\n"
                                                                  : "#%u \"%s\" BOT active\n",
                                p->user_id, p->name);
        console_print(s, "#end\n");
}
