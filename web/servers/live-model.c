/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The key "live" of a server's model: how many play and how the game runs, as left4me-watch saw
 * it last. The players are not in it: they would be sent to everybody who looks at an overview.
 */

#include "servers/internal.h"

#include <inttypes.h>

#include "base/json.h"
#include "base/text.h"
#include "base/time-text.h"
#include "view/model.h"

enum { LIVE_WORDS_MAX = 96 };

/* Texts for people; "": unknown. */
typedef struct LiveTexts {
        char players[LIVE_WORDS_MAX], present[LIVE_WORDS_MAX], fps[LIVE_WORDS_MAX];
        char cpu[LIVE_WORDS_MAX], traffic[LIVE_WORDS_MAX];
} LiveTexts;

static bool is_counted(const LiveState *live) {
        return live->at > 0 && live->status.slots > 0;
}

/* The sentence of dialogs that ask whether players may be disconnected: old values don't count. */
static void describe_present(const LiveState *live, bool is_old, LiveTexts *texts) {
        const ServerStatus *status = &live->status;

        if (is_old)
                (void) snprintf(
                        texts->present, LIVE_WORDS_MAX, "%s",
                        _("It is unknown how many players are there now."));
        else if (is_counted(live) && status->humans == 0)
                (void) snprintf(
                        texts->present, LIVE_WORDS_MAX, "%s", _("No players are there now."));
        else if (is_counted(live))
                (void) snprintf(
                        texts->present, LIVE_WORDS_MAX,
                        text_count(
                                "%" PRIu32 " player is there now.",
                                "%" PRIu32 " players are there now.", status->humans),
                        status->humans);
}

static void describe_players(const LiveState *live, bool is_old, LiveTexts *texts) {
        const ServerStatus *status = &live->status;

        describe_present(live, is_old, texts);
        if (is_counted(live))
                (void) snprintf(
                        texts->players, LIVE_WORDS_MAX, "%" PRIu32 "/%" PRIu32, status->humans,
                        status->slots);
}

static void describe_stats(const LiveState *live, LiveTexts *texts) {
        if (live->cpu_percent >= 0)
                (void) snprintf(texts->cpu, LIVE_WORDS_MAX, "%.0f %%", live->cpu_percent);
        if (!live->has_stats)
                return;
        /* Frames of a server that sleeps between them say nothing. */
        if (live->status.is_hibernating)
                (void) snprintf(texts->fps, LIVE_WORDS_MAX, "%s", _("hibernating"));
        else
                (void) snprintf(
                        texts->fps, LIVE_WORDS_MAX,
                        live->is_slow ? _("%.0f FPS, slow") : _("%.0f FPS"), live->fps);
        (void) snprintf(
                texts->traffic, LIVE_WORDS_MAX, _("%.0f KiB/s in, %.0f KiB/s out"),
                live->in_bytes_per_sec / 1024, live->out_bytes_per_sec / 1024);
}

/* One digit after the point: more of it is noise. */
static double rounded(double value) {
        return value >= 0 && value < 1e12 ? (double) (uint64_t) (value * 10 + 0.5) / 10 : 0;
}

static int set_number(sd_json_variant **object, const char *key, bool is_known, double n) {
        return is_known ? sd_json_variant_set_fieldb(object, key, SD_JSON_BUILD_REAL(rounded(n)))
                        : sd_json_variant_set_fieldb(object, key, SD_JSON_BUILD_NULL);
}

static int add_stats(const LiveState *live, sd_json_variant **object) {
        int r;

        r = set_number(object, "fps", live->has_stats, live->fps);
        if (r >= 0)
                r = set_number(object, "cpu_percent", live->cpu_percent >= 0, live->cpu_percent);
        if (r >= 0)
                r = set_number(object, "in_bytes_per_sec", live->has_stats, live->in_bytes_per_sec);
        if (r >= 0)
                r = set_number(
                        object, "out_bytes_per_sec", live->has_stats, live->out_bytes_per_sec);
        return r;
}

static int set_text(sd_json_variant **object, const char *key, const char *text) {
        return text[0] != '\0' ? sd_json_variant_set_field_string(object, key, text)
                               : sd_json_variant_set_fieldb(object, key, SD_JSON_BUILD_NULL);
}

static int add_texts(const LiveState *live, bool is_old, sd_json_variant **object) {
        LiveTexts texts = {};
        int r;

        describe_players(live, is_old, &texts);
        describe_stats(live, &texts);
        r = set_text(object, "players_text", texts.players);
        if (r >= 0)
                r = set_text(object, "present_text", texts.present);
        if (r >= 0)
                r = set_text(object, "fps_text", texts.fps);
        if (r >= 0)
                r = set_text(object, "cpu_text", texts.cpu);
        if (r >= 0)
                r = set_text(object, "traffic_text", texts.traffic);
        if (r >= 0)
                r = set_text(object, "map", live->status.map);
        return r;
}

static int make_live(const LiveState *live, LiveAge age, sd_json_variant **ret) {
        const ServerStatus *status = &live->status;
        bool is_old = age != LIVE_NEW;
        int r;

        r = sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_UNSIGNED("at_usec", live->at),
                SD_JSON_BUILD_PAIR_UNSIGNED("written_usec", live->written),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_old", is_old),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_unanswered", age == LIVE_UNANSWERED),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_unwatched", age == LIVE_UNWATCHED),
                SD_JSON_BUILD_PAIR_STRING("health", live_health_to_string(live->health)),
                SD_JSON_BUILD_PAIR_STRING("health_text", live_health_text(live->health)),
                SD_JSON_BUILD_PAIR_UNSIGNED("health_since_usec", live->health_since),
                SD_JSON_BUILD_PAIR_STRING("source", live_source_to_string(live->source)),
                SD_JSON_BUILD_PAIR_STRING(
                        "rcon_error",
                        live->rcon_error ? console_error_message(live->rcon_error) : NULL),
                SD_JSON_BUILD_PAIR_UNSIGNED("humans", status->humans),
                SD_JSON_BUILD_PAIR_UNSIGNED("bots", status->bots),
                SD_JSON_BUILD_PAIR_UNSIGNED("slots", status->slots),
                SD_JSON_BUILD_PAIR_BOOLEAN("has_players", status->n_players > 0),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_hibernating", status->is_hibernating),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_lan", live->is_lan),
                SD_JSON_BUILD_PAIR_UNSIGNED("tick_rate", live->tick_rate),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_slow", live->is_slow),
                SD_JSON_BUILD_PAIR_UNSIGNED("steam_kicks", live->steam_kicks));
        if (r >= 0)
                r = add_stats(live, ret);
        if (r >= 0)
                r = add_texts(live, is_old, ret);
        return r;
}

/* Troubles of the page. Only values can be old of a server that left4me-watch looks at. */
static int add_troubles(const LiveState *live, LiveAge age, sd_json_variant **object) {
        const struct {
                const char *key;
                bool value;
        } troubles[] = {
                { "is_hung", live && live->health == LIVE_HUNG },
                { "is_silent", live && live->health == LIVE_SILENT },
                { "is_lan", live && live->is_lan },
                { "needs_update", live && live->needs_update },
                { "is_unasked", live && live->health == LIVE_UNKNOWN },
                { "is_slow", live && live->is_slow && age == LIVE_NEW },
        };
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(troubles) && r >= 0; i++)
                r = sd_json_variant_set_field_boolean(object, troubles[i].key, troubles[i].value);
        return r;
}

/* In which way a queued restart waits. */
static int add_queue(bool hides_players, sd_json_variant **object) {
        bool is_queued =
                sd_json_variant_boolean(sd_json_variant_by_key(*object, "has_queued_restart"));

        return sd_json_variant_merge_objectbo(
                object,
                SD_JSON_BUILD_PAIR_BOOLEAN("waits_for_players", is_queued && !hides_players),
                SD_JSON_BUILD_PAIR_BOOLEAN("waits_blindly", is_queued && hides_players));
}

int server_add_live(const Server *server, sd_json_variant **object) {
        _cleanup_json_ sd_json_variant *value = NULL;
        const LiveState *live = server_get_live(server);
        int r;

        r = live ? make_live(live, server->live_age, &value) : sd_json_variant_new_null(&value);
        if (r >= 0)
                r = sd_json_variant_set_field(object, "live", value);
        if (server_is_unwatched(server))
                live = NULL;
        if (r >= 0)
                r = add_troubles(live, server->live_age, object);
        if (r >= 0)
                r = add_queue(live_hides_players(live, server_get_spec(server)->spec), object);
        return r;
}

bool server_is_in_trouble(const Server *server) {
        const LiveState *live = server_get_live(server);

        return live && !server_is_unwatched(server) &&
               (live->health == LIVE_HUNG || live->is_lan || live->needs_update);
}

/* "3min ago" changes by itself. */
int server_add_live_times(const Server *server, sd_json_variant **object) {
        const LiveState *live = server_get_live(server);
        _cleanup_json_ sd_json_variant *value =
                sd_json_variant_ref(sd_json_variant_by_key(*object, "live"));
        const struct {
                const char *key;
                uint64_t usec;
        } times[] = {
                { "as_of", live ? live->at : 0 },
                { "health_since", live ? live->health_since : 0 },
                { "map_since", live ? live->map_since : 0 },
                { "empty_since", live ? live->empty_since : 0 },
        };
        int r = 0;

        if (!live || !value || !sd_json_variant_is_object(value))
                return 0;
        for (size_t i = 0; i < ELEMENTSOF(times) && r >= 0; i++) {
                _cleanup_json_ sd_json_variant *time = NULL;

                r = model_time(times[i].usec, now_realtime(), &time);
                if (r >= 0)
                        r = sd_json_variant_set_field(&value, times[i].key, time);
        }
        return r < 0 ? r : sd_json_variant_set_field(object, "live", value);
}
