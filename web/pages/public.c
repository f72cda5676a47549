/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * /public: the running servers of this host whose specs say public: true, for everybody and without
 * a login. It is the same for all who ask, sets no cookie, and is made again after ten seconds at
 * the earliest. Nothing of left4me is in it but what players see in the game anyway: no names of
 * players and blueprints. The name of a server in the game is in it, which has the owner's name and
 * the label, or the name in left4me, when neither the spec nor the config sets a hostname.
 */

#include <inttypes.h>
#include <string.h>

#include "app/answer.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time-text.h"
#include "http/response.h"
#include "pages/pages.h"
#include "servers/servers.h"

enum { KEPT_SEC = 10 };

/* The page in each language, by language_current(). */
static struct {
        char *text;
        size_t size;
        uint64_t made; /* CLOCK_MONOTONIC, µs */
} kept[LANGUAGES_MAX];

static bool is_shown(const Server *server) {
        const Spec *spec = server_get_spec(server)->spec;

        return spec && spec->is_public && server_get_state(server) == SERVER_RUNNING;
}

static int add_server(Server *server, sd_json_variant **list) {
        const LiveState *live = server_live_is_old(server) ? NULL : server_get_live(server);
        const ServerStatus *status = live && live->at > 0 ? &live->status : NULL;
        _cleanup_json_ sd_json_variant *model = NULL;
        const char *hostname, *connect;
        char players[32] = "";
        int r;

        r = server_to_model(server, &model);
        if (r < 0)
                return r;
        /* Without an address, players can't join. */
        connect = json_text(model, "connect");
        if (!connect)
                return 0;
        hostname = status && status->hostname[0] != '\0' ? status->hostname
                                                         : json_text(model, "hostname");
        if (status && status->slots > 0)
                (void) snprintf(
                        players, sizeof(players), "%" PRIu32 "/%" PRIu32, status->humans,
                        status->slots);
        return sd_json_variant_append_arraybo(
                list, SD_JSON_BUILD_PAIR_STRING("hostname", hostname ? hostname : "Left 4 Dead 2"),
                SD_JSON_BUILD_PAIR_STRING(
                        "map", status && status->map[0] != '\0' ? status->map : NULL),
                SD_JSON_BUILD_PAIR_STRING("players_text", players[0] != '\0' ? players : NULL),
                SD_JSON_BUILD_PAIR_STRING("address", json_text(model, "address")),
                SD_JSON_BUILD_PAIR_STRING("connect", connect),
                SD_JSON_BUILD_PAIR_STRING("launch", json_text(model, "launch")));
}

static int build(const Request *request, sd_json_variant **ret) {
        _cleanup_json_ sd_json_variant *list = NULL;
        Server *server;
        int r;

        r = sd_json_variant_new_array(&list, NULL, 0);
        for (size_t i = 0; r >= 0 && (server = servers_get(request->web->servers, i)); i++)
                if (is_shown(server))
                        r = add_server(server, &list);
        if (r < 0)
                return r;
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_STRING("language", request->language->tag),
                SD_JSON_BUILD_PAIR_VARIANT("servers", list),
                SD_JSON_BUILD_PAIR_BOOLEAN("has_servers", sd_json_variant_elements(list) > 0));
}

static int renew(const Request *request, size_t language) {
        uint64_t now = now_monotonic();
        _cleanup_json_ sd_json_variant *model = NULL;
        char *text = NULL;
        size_t size;
        int r;

        if (kept[language].text && now - kept[language].made < KEPT_SEC * USEC_PER_SEC)
                return 0;
        r = build(request, &model);
        if (r >= 0)
                r = templates_render(
                        request->language->templates, "public", model, NULL, &text, &size);
        if (r < 0)
                return r;
        free(kept[language].text);
        kept[language].text = text;
        kept[language].size = size;
        kept[language].made = now;
        return 0;
}

int page_public(Request *request) {
        size_t language = language_current();
        char *copy;
        int r;

        if (!request->web->config->has_public_page)
                return answer_error(request, 404, NULL);
        r = renew(request, language);
        if (r < 0)
                return r;
        copy = malloc(kept[language].size);
        if (!copy)
                return -ENOMEM;
        memcpy(copy, kept[language].text, kept[language].size);

        r = http_response_header(&request->http, "X-Robots-Tag", "noindex, nofollow");
        if (r >= 0)
                r = http_response_header(&request->http, "Vary", "Accept-Language");
        if (r >= 0)
                r = http_response_header(
                        &request->http, "Content-Language", request->language->tag);
        if (r < 0) {
                free(copy);
                return r;
        }
        return http_response_public(
                &request->http, "text/html; charset=utf-8", KEPT_SEC, copy, kept[language].size);
}
