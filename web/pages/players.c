/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * /servers/NAME/players: the players who are there, as left4me-watch saw them last, and those who
 * were; kick and ban. All names are chosen by players.
 */

#include <inttypes.h>
#include <string.h>

#include "app/access.h"
#include "app/answer.h"
#include "app/command.h"
#include "app/reading.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time-text.h"
#include "pages/avatar.h"
#include "pages/events.h"
#include "pages/look-alikes.h"
#include "pages/pages.h"
#include "pages/recent-players.h"
#include "pages/server-lookup.h"
#include "view/model.h"

enum {
        RECENT_SHOWN = 10,
        RECENTS_TEXT_MAX = 128,
        STEAM_ID_MAX = 24,
        PROFILE_MAX = 64,
};

/* --- one player ---------------------------------------------------------------------------------
 */

static void format_id(uint64_t steam_id64, char ret[static STEAM_ID_MAX]) {
        (void) snprintf(ret, STEAM_ID_MAX, "%" PRIu64, steam_id64);
}

/* {steam_id64, profile_href}, both null without an id. */
static int set_id(sd_json_variant **object, uint64_t steam_id64) {
        char id[STEAM_ID_MAX], profile[PROFILE_MAX];
        int r;

        format_id(steam_id64, id);
        (void) snprintf(profile, sizeof(profile), "https://steamcommunity.com/profiles/%s", id);
        r = sd_json_variant_set_fieldb(
                object, "steam_id64", SD_JSON_BUILD_STRING(steam_id64 > 0 ? id : NULL));
        return r < 0 ? r
                     : sd_json_variant_set_fieldb(
                               object, "profile_href",
                               SD_JSON_BUILD_STRING(steam_id64 > 0 ? profile : NULL));
}

/* --- both lists ---------------------------------------------------------------------------------
 */

/* The players of the page, with those of both lists in one array: the current ones come first. */
typedef struct Listed {
        const LiveState *live; /* NULL: no current players */
        const RecentPlayers *recents;
        const Avatars *avatars;
        size_t n_here, n_recents; /* that are shown */
        ListedPlayer players[STATUS_PLAYERS_MAX + RECENT_PLAYERS_MAX];
} Listed;

static void list_players(
        const LiveState *live, const RecentPlayers *recents, size_t n_recents, Listed *ret) {
        *ret = (Listed) {
                .live = live,
                .recents = recents,
                .n_here = live ? live->status.n_players : 0,
                .n_recents = recents->n_items < n_recents ? recents->n_items : n_recents,
        };
        for (size_t i = 0; i < ret->n_here; i++)
                ret->players[i] = (ListedPlayer) {
                        .name = live->status.players[i].name,
                        .steam_id64 = live->status.players[i].steam_id64,
                        .is_here = true,
                };
        for (size_t i = 0; i < ret->n_recents; i++)
                ret->players[ret->n_here + i] = (ListedPlayer) {
                        .name = recents->items[i].name,
                        .steam_id64 = recents->items[i].steam_id64,
                };
}

static const char *find_look_alike(const Listed *listed, size_t i) {
        return look_alikes_find(listed->players, listed->n_here + listed->n_recents, i);
}

/* --- those who are there ------------------------------------------------------------------------
 */

static int player_to_model(
        const Listed *listed, const StatusPlayer *player, const char *looks_like,
        sd_json_variant **ret) {
        char connected[TIME_TEXT_MAX];
        int r;

        r = sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_STRING("name", player->name),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_bot", player->is_bot),
                SD_JSON_BUILD_PAIR_UNSIGNED("connected_sec", player->connected_sec),
                SD_JSON_BUILD_PAIR_STRING(
                        "connected_text",
                        player->connected_sec > 0
                                ? span_format(player->connected_sec * USEC_PER_SEC, connected)
                                : NULL),
                SD_JSON_BUILD_PAIR_UNSIGNED("ping_msec", player->ping_msec),
                SD_JSON_BUILD_PAIR_UNSIGNED("loss", player->loss),
                SD_JSON_BUILD_PAIR_BOOLEAN("has_loss", player->loss > 0),
                SD_JSON_BUILD_PAIR_STRING("state", player->state),
                SD_JSON_BUILD_PAIR_BOOLEAN(
                        "is_joining", !player->is_bot && player->state[0] != '\0' &&
                                              strcmp(player->state, "active") != 0),
                SD_JSON_BUILD_PAIR_BOOLEAN("has_ping", listed->live->source == LIVE_SOURCE_RCON),
                SD_JSON_BUILD_PAIR_STRING("looks_like", looks_like));
        if (r >= 0)
                r = set_id(ret, player->steam_id64);
        return r < 0 ? r : avatar_add(listed->avatars, player->steam_id64, ret);
}

static int players_to_model(const Listed *listed, sd_json_variant **ret) {
        _cleanup_json_ sd_json_variant *list = NULL;
        int r;

        r = sd_json_variant_new_array(&list, NULL, 0);
        /* Bots last. */
        for (int bots = 0; bots < 2; bots++)
                for (size_t i = 0; r >= 0 && i < listed->n_here; i++) {
                        const StatusPlayer *player = &listed->live->status.players[i];
                        _cleanup_json_ sd_json_variant *object = NULL;

                        if (player->is_bot != (bots == 1))
                                continue;
                        r = player_to_model(
                                listed, player, player->is_bot ? NULL : find_look_alike(listed, i),
                                &object);
                        if (r >= 0)
                                r = sd_json_variant_append_array(&list, object);
                }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(list);
        return 0;
}

/* --- those who were there -----------------------------------------------------------------------
 */

static bool is_here(const LiveState *live, uint64_t steam_id64) {
        for (size_t i = 0; live && i < live->status.n_players; i++)
                if (live->status.players[i].steam_id64 == steam_id64)
                        return true;
        return false;
}

static int recents_to_model(const Listed *listed, sd_json_variant **ret) {
        _cleanup_json_ sd_json_variant *list = NULL;
        uint64_t now = now_realtime();
        int r;

        r = sd_json_variant_new_array(&list, NULL, 0);
        for (size_t i = 0; r >= 0 && i < listed->n_recents; i++) {
                const RecentPlayer *player = &listed->recents->items[i];
                _cleanup_json_ sd_json_variant *object = NULL, *seen = NULL;

                r = model_time(player->last_seen, now, &seen);
                if (r >= 0)
                        r = sd_json_buildo(
                                &object, SD_JSON_BUILD_PAIR_STRING("name", player->name),
                                SD_JSON_BUILD_PAIR_UNSIGNED("seen_usec", player->last_seen),
                                SD_JSON_BUILD_PAIR_VARIANT("seen", seen),
                                SD_JSON_BUILD_PAIR_BOOLEAN(
                                        "is_here", is_here(listed->live, player->steam_id64)),
                                SD_JSON_BUILD_PAIR_STRING(
                                        "looks_like", find_look_alike(listed, listed->n_here + i)));
                if (r >= 0)
                        r = set_id(&object, player->steam_id64);
                if (r >= 0)
                        r = avatar_add(listed->avatars, player->steam_id64, &object);
                if (r >= 0)
                        r = sd_json_variant_append_array(&list, object);
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(list);
        return 0;
}

/* The journal's last events are looked at, and the text says how long ago they begin. */
static void count_recents(const RecentPlayers *recents, char ret[static RECENTS_TEXT_MAX]) {
        uint64_t now = now_realtime();
        char span[TIME_TEXT_MAX];
        size_t n = recents->n_ids;

        if (!recents->has_more)
                (void) snprintf(
                        ret, RECENTS_TEXT_MAX, text_count("%zu player", "%zu players", n), n);
        else
                (void) snprintf(
                        ret, RECENTS_TEXT_MAX,
                        text_count("%zu player in the last %s", "%zu players in the last %s", n), n,
                        span_format(now > recents->since ? now - recents->since : 0, span));
}

static int add_recents(
        const Request *request, const Listed *listed, bool is_more, sd_json_variant **model) {
        const RecentPlayers *recents = listed->recents;
        _cleanup_json_ sd_json_variant *list = NULL;
        char more[INSTANCE_NAME_MAX + 64], count[RECENTS_TEXT_MAX];
        size_t n = recents->n_ids;
        int r;

        (void) snprintf(
                more, sizeof(more), "/servers/%s/players?recent=50",
                request_parameter(request, "name"));
        count_recents(recents, count);
        r = recents_to_model(listed, &list);
        return r < 0 ? r
                     : sd_json_variant_merge_objectbo(
                               model, SD_JSON_BUILD_PAIR_VARIANT("recents", list),
                               SD_JSON_BUILD_PAIR_BOOLEAN("has_recents", n > 0),
                               SD_JSON_BUILD_PAIR_UNSIGNED("n_recents", n),
                               SD_JSON_BUILD_PAIR_STRING("recents_text", count),
                               SD_JSON_BUILD_PAIR_STRING(
                                       "more_href", !is_more && n > RECENT_SHOWN ? more : NULL));
}

/* --- the page -----------------------------------------------------------------------------------
 */

static int add_players(
        Request *request, Server *server, const RecentPlayers *recents, sd_json_variant **model) {
        _cleanup_(avatars_close) Avatars avatars = { .cache_fd = -EBADF };
        _cleanup_json_ sd_json_variant *players = NULL;
        const LiveState *live = server_get_live(server);
        const char *asked = request_query(request, "recent");
        bool is_more = asked && strcmp(asked, "50") == 0;
        Listed listed;
        int r;

        avatars_open(request, &avatars);
        list_players(live, recents, is_more ? RECENT_PLAYERS_MAX : RECENT_SHOWN, &listed);
        listed.avatars = &avatars;
        r = players_to_model(&listed, &players);
        if (r >= 0)
                r = sd_json_variant_merge_objectbo(
                        model, SD_JSON_BUILD_PAIR_VARIANT("players", players),
                        SD_JSON_BUILD_PAIR_BOOLEAN(
                                "has_players", sd_json_variant_elements(players) > 0),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_seen", live && live->at > 0),
                        SD_JSON_BUILD_PAIR_STRING("reason", request_typed(request, "reason", "")));
        if (r >= 0)
                r = avatars_add(&avatars, model);
        return r < 0 ? r : add_recents(request, &listed, is_more, model);
}

/* The recent players while they are read. */
typedef struct Reader {
        const char *name;
        uint64_t since; /* see access_since() */
        RecentPlayers recents;
} Reader;

static void reader_free(void *data) {
        Reader *reader = data;

        recent_players_clear(&reader->recents);
        free(reader);
}

/* In a thread. */
static int read_recents(void *data) {
        Reader *reader = data;

        return recent_players_read(reader->name, reader->since, &reader->recents);
}

static int show(Request *request, void *data, int error) {
        _cleanup_json_ sd_json_variant *model = NULL, *object = NULL;
        char id[EVENTS_ID_MAX], href[EVENTS_ID_MAX + 32];
        const Reader *reader = data;
        Server *server;
        int r;

        server = page_find_server(request, &r);
        if (!server)
                return r;
        if (error < 0)
                return reading_answer_error(request, error);
        request_set_title(request, _("Players of %s"), server_name(server));
        events_id(request->web, servers_generation(request->web->servers), id);
        (void) snprintf(href, sizeof(href), "/events?after=%s", id);

        r = server_to_model(server, &object);
        if (r >= 0)
                r = sd_json_buildo(
                        &model, SD_JSON_BUILD_PAIR_VARIANT("server", object),
                        SD_JSON_BUILD_PAIR_STRING("events_href", href));
        if (r >= 0)
                r = add_players(request, server, &reader->recents, &model);
        return r < 0 ? r : answer_page(request, 200, "players", model);
}

int page_players(Request *request) {
        static const Reading reading = { .read = read_recents, .show = show, .free = reader_free };
        const char *name = request_parameter(request, "name");
        Reader *reader;
        int r;

        if (!page_find_server(request, &r))
                return r;
        reader = calloc(1, sizeof(*reader));
        if (!reader)
                return -ENOMEM;
        *reader = (Reader) { .name = name, .since = access_since(request, name) };
        return reading_run(request, &reading, reader);
}

/* --- kick and ban -------------------------------------------------------------------------------
 */

/* A SteamID, which stays the same player; the numbers of `players` are used again. */
static bool is_steam_id(const char *text) {
        return text && strlen(text) == 17 && strspn(text, "0123456789") == 17;
}

/* The name that the player has there, else the id. */
static const char *label_of(const Request *request, const char *id) {
        const Server *server =
                servers_find(request->web->servers, request_parameter(request, "name"));
        const LiveState *live = server ? server_get_live(server) : NULL;

        for (size_t i = 0; live && i < live->status.n_players; i++) {
                char other[STEAM_ID_MAX];

                format_id(live->status.players[i].steam_id64, other);
                if (strcmp(other, id) == 0)
                        return live->status.players[i].name;
        }
        return id;
}

/* The texts about an action, each with a place for the player. */
typedef struct PlayerTexts {
        const char *done, *failed;
} PlayerTexts;

static int act_on_player(
        Request *request, const char *const *arguments, const char *id, const PlayerTexts *texts) {
        char done[512], failed[512], location[INSTANCE_NAME_MAX + 32];

        model_sentence(done, sizeof(done), texts->done, label_of(request, id));
        model_sentence(failed, sizeof(failed), texts->failed, label_of(request, id));
        (void) snprintf(
                location, sizeof(location), "/servers/%s/players",
                request_parameter(request, "name"));
        return action_run(
                request, &(Action) {
                                 .arguments = arguments,
                                 .location = location,
                                 .done = done,
                                 .failed = failed,
                                 .again = page_players,
                         });
}

int post_players_kick(Request *request) {
        static const PlayerTexts texts = { N_("Kicked '%s'."), N_("Failed to kick '%s'.") };
        const char *id = request_field(request, "player");

        if (!is_steam_id(id))
                return answer_failed(request, 422, _("Not a SteamID."), NULL, page_players);
        return act_on_player(
                request,
                (const char *[]) { "kick", "--", request_parameter(request, "name"), id, NULL }, id,
                &texts);
}

int post_players_ban(Request *request) {
        static const PlayerTexts texts = { N_("Banned '%s'."), N_("Failed to ban '%s'.") };
        const char *id = request_field(request, "player");
        const char *minutes = request_field(request, "minutes");
        const char *reason = request_field(request, "reason");
        char option[512]; /* at most 120 characters of UTF-8, see l4d2ctl/verbs/ban.c */

        if (!is_steam_id(id))
                return answer_failed(request, 422, _("Not a SteamID."), NULL, page_players);
        if ((size_t) snprintf(option, sizeof(option), "--reason=%s", reason ? reason : "") >=
            sizeof(option))
                return answer_failed(
                        request, 422, _("The reason is too long."), NULL, page_players);
        return act_on_player(
                request,
                (const char *[]) { "ban", option, "--", request_parameter(request, "name"), id,
                                   minutes && minutes[0] != '\0' ? minutes : "0", NULL },
                id, &texts);
}
