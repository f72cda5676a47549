/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl players: the players of a server, as it answers to `status` by RCON, or to the server
 * browser, which does not get to know who they are.
 */

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "base/time-text.h"
#include "base/visible-text.h"
#include "common/table.h"
#include "common/terminal.h"
#include "jobs/session.h"
#include "verbs/verbs.h"

/* The cells of a player, as text. */
typedef struct PlayerCells {
        char user_id[16], steam_id64[24], connected[TIME_TEXT_MAX];
        char name[VISIBLE_TEXT_MAX(STATUS_NAME_MAX)];
} PlayerCells;

static TableRow format_player(const StatusPlayer *player, PlayerCells *cells) {
        (void) snprintf(cells->user_id, sizeof(cells->user_id), "%" PRIu32, player->user_id);
        (void) snprintf(
                cells->steam_id64, sizeof(cells->steam_id64), "%" PRIu64, player->steam_id64);
        (void) span_format(player->connected_sec * USEC_PER_SEC, cells->connected);
        (void) visible_text(player->name, strlen(player->name), cells->name);
        return (TableRow) {
                .cells = { player->user_id > 0 ? cells->user_id : NULL,
                           player->is_bot            ? _("bot")
                           : player->steam_id64 == 0 ? NULL
                                                     : cells->steam_id64,
                           player->is_bot ? NULL : cells->connected, cells->name },
                .color = player->is_bot ? COLOR_GREY : COLOR_NONE,
        };
}

static int print_table(const ServerStatus *status) {
        const char *titles[] = { _("ID"), _("STEAMID"), _("CONNECTED"), _("NAME"), NULL };
        _cleanup_free_ PlayerCells *cells = calloc(status->n_players + 1, sizeof(*cells));
        _cleanup_free_ TableRow *rows = calloc(status->n_players + 1, sizeof(*rows));

        if (!cells || !rows) {
                (void) log_error_errno(-ENOMEM, "Failed to print the table");
                return CTL_FAILURE;
        }
        for (size_t i = 0; i < status->n_players; i++)
                rows[i] = format_player(&status->players[i], &cells[i]);
        return table_print(titles, rows, status->n_players);
}

/* A player as the server browser sees them. */
static int browsed_to_json(const StatusPlayer *player, sd_json_variant **ret) {
        char name[VISIBLE_TEXT_MAX(STATUS_NAME_MAX)];

        (void) visible_text(player->name, strlen(player->name), name);
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_NULL("user_id"), SD_JSON_BUILD_PAIR_STRING("name", name),
                SD_JSON_BUILD_PAIR_NULL("is_bot"), SD_JSON_BUILD_PAIR_NULL("steam_id64"),
                SD_JSON_BUILD_PAIR_UNSIGNED("connected_sec", player->connected_sec),
                SD_JSON_BUILD_PAIR_NULL("ping_msec"), SD_JSON_BUILD_PAIR_NULL("loss"),
                SD_JSON_BUILD_PAIR_NULL("state"), SD_JSON_BUILD_PAIR_NULL("address"));
}

/* A SteamID is a text: as a number, programs in JavaScript would round it. */
static int player_to_json(const StatusPlayer *player, sd_json_variant **ret) {
        char name[VISIBLE_TEXT_MAX(STATUS_NAME_MAX)], id[24];
        char state[VISIBLE_TEXT_MAX(STATUS_WORD_MAX)], address[VISIBLE_TEXT_MAX(STATUS_WORD_MAX)];

        (void) visible_text(player->name, strlen(player->name), name);
        (void) visible_text(player->state, strlen(player->state), state);
        (void) visible_text(player->address, strlen(player->address), address);
        (void) snprintf(id, sizeof(id), "%" PRIu64, player->steam_id64);
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_UNSIGNED("user_id", player->user_id),
                SD_JSON_BUILD_PAIR_STRING("name", name),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_bot", player->is_bot),
                SD_JSON_BUILD_PAIR_STRING("steam_id64", player->steam_id64 > 0 ? id : NULL),
                SD_JSON_BUILD_PAIR_UNSIGNED("connected_sec", player->connected_sec),
                SD_JSON_BUILD_PAIR_UNSIGNED("ping_msec", player->ping_msec),
                SD_JSON_BUILD_PAIR_UNSIGNED("loss", player->loss),
                SD_JSON_BUILD_PAIR_STRING("state", state),
                SD_JSON_BUILD_PAIR_STRING("address", address[0] != '\0' ? address : NULL));
}

static int to_json(const ServerStatus *status, bool is_browsed, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *array = NULL;
        char map[VISIBLE_TEXT_MAX(STATUS_WORD_MAX)];
        int r;

        (void) visible_text(status->map, strlen(status->map), map);
        r = sd_json_variant_new_array(&array, NULL, 0);
        for (size_t i = 0; i < status->n_players && r >= 0; i++) {
                _cleanup_(sd_json_variant_unrefp) sd_json_variant *player = NULL;

                r = is_browsed ? browsed_to_json(&status->players[i], &player)
                               : player_to_json(&status->players[i], &player);
                if (r >= 0)
                        r = sd_json_variant_append_array(&array, player);
        }
        if (r < 0)
                return r;
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_STRING("source", is_browsed ? "a2s" : "rcon"),
                SD_JSON_BUILD_PAIR_STRING("map", map),
                SD_JSON_BUILD_PAIR_UNSIGNED("humans", status->humans),
                SD_JSON_BUILD_PAIR_UNSIGNED("bots", status->bots),
                SD_JSON_BUILD_PAIR_UNSIGNED("slots", status->slots),
                SD_JSON_BUILD_PAIR_CONDITION(is_browsed, "is_hibernating", SD_JSON_BUILD_NULL),
                SD_JSON_BUILD_PAIR_CONDITION(
                        !is_browsed, "is_hibernating",
                        SD_JSON_BUILD_BOOLEAN(status->is_hibernating)),
                SD_JSON_BUILD_PAIR_VARIANT("players", array));
}

static int print_as_json(const ServerStatus *status, bool is_browsed) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *v = NULL;
        int r = to_json(status, is_browsed, &v);

        if (r < 0) {
                (void) log_error_errno(r, "Failed to make JSON");
                return CTL_FAILURE;
        }
        return print_json(v);
}

int verb_players(Ctl *ctl) {
        _cleanup_free_ ServerStatus *status = NULL;
        bool is_browsed = false;
        int r;

        r = ctl_check_names(ctl, 0);
        if (r == CTL_OK)
                r = session_players(ctl, ctl->operands[0], &status, &is_browsed);
        if (r != CTL_OK)
                return r;
        return ctl->options.json ? print_as_json(status, is_browsed) : print_table(status);
}
