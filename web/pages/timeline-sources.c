/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Items of a timeline, and the sources that have their own readers already. */

#include "pages/timeline.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "base/visible-text.h"
#include "view/model.h"

enum { COMMAND_MAX = 512 };

/* --- items --------------------------------------------------------------------------------------
 */

int timeline_words_to_model(
        uint64_t usec, uint64_t now, const TimelineWords *words, sd_json_variant **ret) {
        _cleanup_json_ sd_json_variant *time = NULL, *lines = sd_json_variant_ref(words->lines);
        char id[24], profile[64];
        int r;

        (void) snprintf(id, sizeof(id), "%" PRIu64, words->steam_id64);
        (void) snprintf(profile, sizeof(profile), "https://steamcommunity.com/profiles/%s", id);
        r = model_time(usec, now, &time);
        if (r >= 0 && !lines)
                r = sd_json_variant_new_array(&lines, NULL, 0);
        if (r < 0)
                return r;
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_UNSIGNED("usec", usec),
                SD_JSON_BUILD_PAIR_VARIANT("time", time),
                SD_JSON_BUILD_PAIR_STRING("kind", words->kind),
                SD_JSON_BUILD_PAIR_STRING("label", words->label),
                SD_JSON_BUILD_PAIR_STRING("player", words->player),
                SD_JSON_BUILD_PAIR_STRING("steam_id64", words->steam_id64 > 0 ? id : NULL),
                SD_JSON_BUILD_PAIR_STRING("profile_href", words->steam_id64 > 0 ? profile : NULL),
                SD_JSON_BUILD_PAIR_STRING("text", words->text),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_bad", words->is_bad),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_chat", words->is_chat),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_action", words->is_action),
                SD_JSON_BUILD_PAIR_VARIANT("lines", lines),
                SD_JSON_BUILD_PAIR_BOOLEAN("has_lines", sd_json_variant_elements(lines) > 0),
                SD_JSON_BUILD_PAIR_STRING("core", words->core),
                SD_JSON_BUILD_PAIR_STRING("log_href", words->log_href));
}

void timeline_source_clear(TimelineSource *source) {
        for (size_t i = 0; i <= TIMELINE_ITEMS; i++) {
                live_event_clear(&source->events[i]);
                timeline_run_clear(&source->runs[i]);
        }
        trail_clear(&source->trail);
        free(source->rest);
}

/* --- events -------------------------------------------------------------------------------------
 */

static const struct {
        const char *label;
        bool is_bad;
} event_words[_LIVE_EVENT_KIND_MAX] = {
        [LIVE_JOIN] = { N_("joined"), false },
        [LIVE_LEAVE] = { N_("left"), false },
        [LIVE_CHAT] = { N_("chat"), false },
        [LIVE_MAP_START] = { N_("map"), false },
        [LIVE_MAP_END] = { N_("map ended"), false },
        [LIVE_KICK] = { N_("kicked"), false },
        [LIVE_BAN] = { N_("banned"), false },
        [LIVE_UNBAN] = { N_("ban lifted"), false },
        [LIVE_RCON] = { N_("RCON"), false },
        [LIVE_HANG] = { N_("hung"), true },
        [LIVE_RECOVERED] = { N_("answers again"), false },
        [LIVE_SLOW] = { N_("slow"), true },
        [LIVE_FAST] = { N_("no longer slow"), false },
        [LIVE_LAN] = { N_("LAN mode"), true },
        [LIVE_STEAM_KICK] = { N_("no Steam logon"), true },
        [LIVE_RESTART] = { N_("restart"), true },
        [LIVE_LEFT_OUT] = { N_("left out"), true },
        [LIVE_GAP] = { N_("gap"), true },
};

/* A text that needs words around it; NULL: none. */
static const char *describe(const LiveEvent *event, char *ret, size_t size) {
        const char *text = event->text;

        switch (event->kind) {
        case LIVE_MAP_START:
        case LIVE_MAP_END:
                return event->map;
        case LIVE_RCON:
                return text ? text : _("wrong RCON password");
        case LIVE_RESTART:
                if (!text)
                        return NULL;
                (void) snprintf(ret, size, _("not restarted: %s"), text);
                return ret;
        case LIVE_LEFT_OUT:
                (void) snprintf(
                        ret, size, _("%s events, which were too many at once"), text ? text : "?");
                return ret;
        case LIVE_GAP:
                if (!text)
                        return _("the journal lost lines before they were read");
                (void) snprintf(
                        ret, size, _("the journal lost %s lines before they were read"), text);
                return ret;
        default:
                return text;
        }
}

static int event_to_model(const LiveEvent *event, uint64_t now, sd_json_variant **ret) {
        char text[LIVE_EVENT_TEXT_MAX + 128];
        bool is_bad = event_words[event->kind].is_bad;
        const char *label = event_words[event->kind].label;

        return timeline_words_to_model(
                event->at, now,
                &(TimelineWords) {
                        .kind = live_event_kind_to_string(event->kind),
                        .label = label ? _(label) : live_event_kind_to_string(event->kind),
                        .player = event->player[0]    ? event->player
                                  : event->address[0] ? event->address
                                                      : NULL,
                        .steam_id64 = event->steam_id64,
                        .text = describe(event, text, sizeof(text)),
                        /* A wrong password: someone tries. */
                        .is_bad = is_bad || (event->kind == LIVE_RCON && !event->text),
                        .is_chat = event->kind == LIVE_CHAT,
                },
                ret);
}

static int take_event(LiveEvent *event, void *userdata) {
        TimelineSource *source = userdata;
        LiveEvent *taken = &source->events[source->n_items];

        *taken = *event;
        *event = (LiveEvent) {};
        timeline_add(
                source, (TimelineItem) {
                                .usec = taken->at,
                                .position = taken->cursor,
                                .event = taken,
                        });
        return 0;
}

int timeline_read_events(const TimelineQuery *query, TimelineSource *ret) {
        const LiveEventQuery events = {
                .instance = query->name,
                .kinds = query->event_kinds,
                .since = query->since,
                .older_than = query->older,
                .limit = TIMELINE_ITEMS + 1,
                .looked_at = TIMELINE_LOOKED_AT,
        };
        LiveEventsRest rest = {};
        int r;

        r = live_events_read(&events, take_event, ret, &rest);
        ret->rest = rest.place;
        ret->rest_usec = rest.usec;
        return r;
}

/* --- actions ------------------------------------------------------------------------------------
 */

static int action_to_model(const TrailEntry *entry, uint64_t now, sd_json_variant **ret) {
        char command[VISIBLE_TEXT_MAX(COMMAND_MAX)] = "";
        const char *source = entry->command ? entry->command : "";

        (void) visible_text(source, strnlen(source, COMMAND_MAX), command);
        return timeline_words_to_model(
                entry->time, now,
                &(TimelineWords) {
                        .kind = "action",
                        .label = entry->action,
                        .is_action = true,
                        .player = entry->user,
                        .text = command[0] != '\0' ? command : NULL,
                },
                ret);
}

static bool has_action(const TrailEntry *entry, _unused_ void *userdata) {
        return entry->action != NULL;
}

int timeline_read_actions(const TimelineQuery *query, TimelineSource *ret) {
        const TrailQuery trail = {
                .before = query->older,
                .instance = query->name,
                .since = query->since,
                .entries = TIMELINE_ITEMS + 1,
                .looked_at = TIMELINE_LOOKED_AT,
                .wants = has_action,
        };
        int r;

        r = audit_trail_read(&trail, &ret->trail);
        if (r < 0)
                return r;
        for (size_t i = 0; i < ret->trail.n_items; i++) {
                TrailEntry *entry = &ret->trail.items[i];

                timeline_add(
                        ret, (TimelineItem) {
                                     .usec = entry->time,
                                     .position = entry->cursor,
                                     .action = entry,
                             });
        }
        if (ret->n_items <= TIMELINE_ITEMS)
                ret->rest = TAKE_PTR(ret->trail.place);
        ret->rest_usec = ret->trail.place_usec;
        return 0;
}

/* --- all ----------------------------------------------------------------------------------------
 */

int timeline_item_to_model(const TimelineItem *item, uint64_t now, sd_json_variant **ret) {
        if (item->event)
                return event_to_model(item->event, now, ret);
        if (item->action)
                return action_to_model(item->action, now, ret);
        return timeline_run_to_model(item->run, now, ret);
}
