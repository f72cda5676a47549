/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "players.h"

#include <stdio.h>

#include "console.h"
#include "cvar.h"

#define FIRST_HUMAN_ID 2U
#define FIRST_BOT_ID   27U

static const char *const human_names[MAX_PLAYERS] = {
        "Zoey fan",      "a \" STEAM_1:1:1 0:01",
        "J\xc3\xbcrgen", "x",
        "semi;colon",    "%s%n",
        "two  spaces",   "[clan] a name as long as it gets",
};

static const char *const bot_names[MAX_PLAYERS] = {
        "Coach", "Ellis", "Nick", "Rochelle", "Bill", "Francis", "Louis", "Zoey",
};

static uint64_t arrived;

void players_set(Server *s, unsigned humans, unsigned bots) {
        s->n_humans = humans;
        s->n_bots = bots;
        arrived = now_ms();
}

const char *player_name(unsigned index) {
        return human_names[index % MAX_PLAYERS];
}

const char *bot_name(unsigned index) {
        return bot_names[index % MAX_PLAYERS];
}

/* The second has been here for over an hour, so that both forms of a time occur. */
unsigned player_seconds(const Server *s, unsigned index) {
        (void) s;
        return (unsigned) ((now_ms() - arrived) / 1000) + (index == 1 ? 3723 : 0);
}

/* Only some captures of real servers have this column. */
static bool with_addresses(void) {
        return cvar_number("standin_status") != 2;
}

static void print_human(Server *s, unsigned index) {
        unsigned seconds = player_seconds(s, index);
        char time[32];

        if (seconds >= 3600)
                snprintf(
                        time, sizeof(time), "%u:%02u:%02u", seconds / 3600, seconds / 60 % 60,
                        seconds % 60);
        else
                snprintf(time, sizeof(time), "%02u:%02u", seconds / 60, seconds % 60);

        console_print(
                s, "#  %u %u \"%s\" STEAM_1:%u:%u %s %u 0 active 30000", FIRST_HUMAN_ID + index,
                index + 1, player_name(index), index % 2, 1000 + index, time, 50 + index);
        if (with_addresses())
                console_print(s, " 192.0.2.%u:27005", 10 + index);
        console_print(s, "\n");
}

void players_print(Server *s) {
        console_print(
                s, "# userid name uniqueid connected ping loss state rate%s\n",
                with_addresses() ? " adr" : "");
        for (unsigned i = 0; i < s->n_humans; i++)
                print_human(s, i);
        for (unsigned i = 0; i < s->n_bots; i++)
                console_print(
                        s,
                        cvar_number("standin_status") > 0 ? "# %u \"%s\" BOT active\n"
                                                          : "#%u \"%s\" BOT active\n",
                        FIRST_BOT_ID + i, bot_name(i));
        console_print(s, "#end\n");
}
