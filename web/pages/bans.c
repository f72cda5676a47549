/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * /servers/NAME/bans: the players whom a running server keeps away, and the way back for them. A
 * page of its own: the list comes from the server by RCON, and the page of the players is renewed
 * often.
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "app/access.h"
#include "app/answer.h"
#include "app/command.h"
#include "app/query.h"
#include "app/reading.h"
#include "base/json.h"
#include "base/text.h"
#include "pages/pages.h"
#include "pages/recent-players.h"
#include "pages/server-lookup.h"
#include "query/steam-id.h"

/* The name with which the player was seen last; NULL: none is known. */
static const char *find_name(const RecentPlayers *recents, uint64_t steam_id64) {
        for (size_t i = 0; i < recents->n_items; i++)
                if (recents->items[i].steam_id64 == steam_id64)
                        return recents->items[i].name;
        return NULL;
}

static int add_ban(sd_json_variant *found, const RecentPlayers *recents, sd_json_variant **list) {
        const char *id = json_text(found, "steam_id64"), *text = json_text(found, "steam_id");
        uint64_t minutes = json_number(found, "minutes", UINT64_MAX),
                 steam_id64 = id ? steam_id_parse(id) : 0;
        char profile[64], span[64];

        (void) snprintf(
                profile, sizeof(profile), "https://steamcommunity.com/profiles/%" PRIu64,
                steam_id64);
        if (json_is_true(found, "is_permanent"))
                (void) snprintf(span, sizeof(span), "%s", _("forever"));
        else if (minutes != UINT64_MAX)
                (void) snprintf(
                        span, sizeof(span), text_count("%lu minute", "%lu minutes", minutes),
                        (unsigned long) minutes);
        else
                (void) snprintf(span, sizeof(span), "%s", _("for some time"));
        return sd_json_variant_append_arraybo(
                list, SD_JSON_BUILD_PAIR_STRING("steam_id", text),
                SD_JSON_BUILD_PAIR_STRING("steam_id64", steam_id64 > 0 ? id : NULL),
                SD_JSON_BUILD_PAIR_STRING("profile_href", steam_id64 > 0 ? profile : NULL),
                SD_JSON_BUILD_PAIR_STRING("name", find_name(recents, steam_id64)),
                SD_JSON_BUILD_PAIR_STRING("span_text", span));
}

/* The bans, while names are looked for. */
typedef struct Reader {
        const char *name;
        uint64_t since;         /* see access_since() */
        sd_json_variant *found; /* NULL: the server could not be asked */
        RecentPlayers recents;
} Reader;

static void reader_free(void *data) {
        Reader *reader = data;

        sd_json_variant_unref(reader->found);
        recent_players_clear(&reader->recents);
        free(reader);
}

/* In a thread. Without the journal, bans have no names. */
static int read_names(void *data) {
        Reader *reader = data;

        if (sd_json_variant_elements(reader->found) > 0)
                (void) !recent_players_read(reader->name, reader->since, &reader->recents);
        return 0;
}

static int show(Request *request, void *data, int error _unused_) {
        _cleanup_json_ sd_json_variant *model = NULL, *object = NULL, *list = NULL;
        const Reader *reader = data;
        Server *server;
        int r;

        server = page_find_server(request, &r);
        if (!server)
                return r;
        request_set_title(request, _("Bans of %s"), server_name(server));
        r = server_to_model(server, &object);
        if (r >= 0)
                r = sd_json_variant_new_array(&list, NULL, 0);
        for (size_t i = 0; r >= 0 && i < sd_json_variant_elements(reader->found); i++)
                r = add_ban(sd_json_variant_by_index(reader->found, i), &reader->recents, &list);
        if (r >= 0)
                r = sd_json_buildo(
                        &model, SD_JSON_BUILD_PAIR_VARIANT("server", object),
                        SD_JSON_BUILD_PAIR_VARIANT("bans", list),
                        SD_JSON_BUILD_PAIR_BOOLEAN("has_bans", sd_json_variant_elements(list) > 0),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_known", reader->found != NULL),
                        SD_JSON_BUILD_PAIR_BOOLEAN(
                                "is_asked", server_get_state(server) == SERVER_RUNNING));
        return r < 0 ? r : answer_page(request, 200, "bans", model);
}

static int find_names(Request *request, sd_json_variant *first _unused_, sd_json_variant *found) {
        static const Reading reading = { .read = read_names, .show = show, .free = reader_free };
        const char *name = request_parameter(request, "name");
        Reader *reader = calloc(1, sizeof(*reader));

        if (!reader)
                return -ENOMEM;
        *reader = (Reader) {
                .name = name,
                .since = access_since(request, name),
                .found = sd_json_variant_ref(found),
        };
        return reading_run(request, &reading, reader);
}

int page_bans(Request *request) {
        const char *name = request_parameter(request, "name");
        const Server *server;
        int r;

        server = page_find_server(request, &r);
        if (!server)
                return r;
        if (server_get_state(server) != SERVER_RUNNING)
                return find_names(request, NULL, NULL);
        return ask_more(
                request, (const char *[]) { "bans", "--json", "--", name, NULL }, ASK_DEADLINE,
                NULL, find_names);
}

int post_bans_lift(Request *request) {
        const char *name = request_parameter(request, "name"),
                   *id = request_field(request, "player");
        char done[256], failed[256], location[INSTANCE_NAME_MAX + 32];

        if (!id || strspn(id, "0123456789") != strlen(id) || steam_id_parse(id) == 0)
                return answer_failed(request, 422, _("Not a SteamID."), NULL, page_bans);
        (void) snprintf(done, sizeof(done), _("'%s' can join again."), id);
        (void) snprintf(failed, sizeof(failed), _("Failed to lift the ban of '%s'."), id);
        (void) snprintf(location, sizeof(location), "/servers/%s/bans", name);
        return action_run(
                request, &(Action) {
                                 .arguments = (const char *[]) { "unban", "--", name, id, NULL },
                                 .location = location,
                                 .done = done,
                                 .failed = failed,
                                 .again = page_bans,
                         });
}
