/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "live/event.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

static const char *const kind_names[_LIVE_EVENT_KIND_MAX] = {
        [LIVE_JOIN] = "join",
        [LIVE_LEAVE] = "leave",
        [LIVE_CHAT] = "chat",
        [LIVE_MAP_START] = "map-start",
        [LIVE_MAP_END] = "map-end",
        [LIVE_KICK] = "kick",
        [LIVE_BAN] = "ban",
        [LIVE_UNBAN] = "unban",
        [LIVE_RCON] = "rcon",
        [LIVE_HANG] = "hang",
        [LIVE_RECOVERED] = "recovered",
        [LIVE_SLOW] = "slow",
        [LIVE_FAST] = "fast",
        [LIVE_LAN] = "lan",
        [LIVE_STEAM_KICK] = "steam-kick",
        [LIVE_RESTART] = "restart",
        [LIVE_LEFT_OUT] = "left-out",
        [LIVE_GAP] = "gap",
};

const char *live_event_kind_to_string(LiveEventKind kind) {
        return (size_t) kind < ELEMENTSOF(kind_names) ? kind_names[kind] : NULL;
}

int live_event_kind_from_string(const char *text, LiveEventKind *ret) {
        for (size_t i = 0; i < ELEMENTSOF(kind_names); i++)
                if (strcmp(kind_names[i], text) == 0) {
                        *ret = (LiveEventKind) i;
                        return 0;
                }
        return -EINVAL;
}

int live_event_kinds_from_string(const char *text, uint32_t *ret) {
        _cleanup_free_ char *copy = strdup(text);
        char *rest = NULL;
        uint32_t kinds = 0;

        if (!copy)
                return -ENOMEM;
        for (char *word = strtok_r(copy, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
                LiveEventKind kind;

                if (live_event_kind_from_string(word, &kind) < 0)
                        return -EINVAL;
                kinds |= UINT32_C(1) << kind;
        }
        if (kinds == 0)
                return -EINVAL;
        *ret = kinds;
        return 0;
}

void live_event_clear(LiveEvent *event) {
        free(event->text);
        free(event->cursor);
        *event = (LiveEvent) {};
}

/* --- as text ------------------------------------------------------------------------------------
 */

/* The player of a ban, or its address. */
static const char *subject_of(const LiveEvent *event) {
        return event->player[0] != '\0' ? event->player : event->address;
}

static int print_player(FILE *f, const LiveEvent *e) {
        const char *text = e->text ? e->text : "";

        switch (e->kind) {
        case LIVE_JOIN:
                return fprintf(f, _("%s: %s joined"), e->instance, e->player);
        case LIVE_LEAVE:
                if (*text)
                        return fprintf(f, _("%s: %s left (%s)"), e->instance, e->player, text);
                return fprintf(f, _("%s: %s left"), e->instance, e->player);
        case LIVE_CHAT:
                return fprintf(f, _("%s: %s says: %s"), e->instance, e->player, text);
        case LIVE_KICK:
                return fprintf(f, _("%s: %s was kicked"), e->instance, e->player);
        case LIVE_BAN:
                return fprintf(f, _("%s: %s was banned"), e->instance, subject_of(e));
        case LIVE_UNBAN:
                return fprintf(f, _("%s: the ban of %s was lifted"), e->instance, subject_of(e));
        case LIVE_STEAM_KICK:
                return fprintf(f, _("%s: %s was kicked, 'No Steam logon'"), e->instance, e->player);
        case LIVE_RCON:
                if (!*text)
                        return fprintf(
                                f, _("%s: wrong RCON password from %s"), e->instance, e->address);
                return fprintf(f, _("%s: RCON command from %s: %s"), e->instance, e->address, text);
        default:
                return -1;
        }
}

static int print_server(FILE *f, const LiveEvent *e) {
        const char *text = e->text ? e->text : "";

        switch (e->kind) {
        case LIVE_MAP_START:
                return fprintf(f, _("%s: the map %s started"), e->instance, e->map);
        case LIVE_MAP_END:
                return fprintf(f, _("%s: the map %s ended"), e->instance, e->map);
        case LIVE_HANG:
                return fprintf(f, _("%s: it hangs, it does not answer"), e->instance);
        case LIVE_RECOVERED:
                return fprintf(f, _("%s: it answers again"), e->instance);
        case LIVE_SLOW:
                return fprintf(f, _("%s: it is slow, %s frames a second"), e->instance, text);
        case LIVE_FAST:
                return fprintf(f, _("%s: it is no longer slow"), e->instance);
        case LIVE_LAN:
                return fprintf(
                        f, _("%s: it is a LAN server now, which players can't join"), e->instance);
        case LIVE_RESTART:
                if (*text)
                        return fprintf(f, _("%s: it hangs: %s"), e->instance, text);
                return fprintf(f, _("%s: it is restarted, because it hangs"), e->instance);
        case LIVE_LEFT_OUT:
                return fprintf(
                        f, _("%s: %s events were too many at once and left out"), e->instance,
                        text);
        case LIVE_GAP:
                if (*text)
                        return fprintf(
                                f, _("%s: the journal lost %s lines before they were read"),
                                e->instance, text);
                return fprintf(
                        f, _("%s: the journal lost lines before they were read"), e->instance);
        default:
                return -1;
        }
}

int live_event_sentence(const LiveEvent *event, char **ret) {
        _cleanup_free_ char *text = NULL;
        size_t size;
        FILE *f;
        int n;

        f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        n = print_player(f, event);
        if (n < 0)
                n = print_server(f, event);
        if (fclose(f) != 0 || n < 0)
                return n < 0 ? -EINVAL : -ENOMEM;

        *ret = TAKE_PTR(text);
        return 0;
}

static const char *text_or_null(const char *text) {
        return text[0] != '\0' ? text : NULL;
}

int live_event_to_json(const LiveEvent *event, sd_json_variant **ret) {
        char id[24] = "";

        if (event->steam_id64 > 0)
                (void) snprintf(id, sizeof(id), "%" PRIu64, event->steam_id64);
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_UNSIGNED("at_usec", event->at),
                SD_JSON_BUILD_PAIR_STRING("instance", event->instance),
                SD_JSON_BUILD_PAIR_STRING("kind", live_event_kind_to_string(event->kind)),
                SD_JSON_BUILD_PAIR_STRING("player", text_or_null(event->player)),
                SD_JSON_BUILD_PAIR_STRING("steam_id64", text_or_null(id)),
                SD_JSON_BUILD_PAIR_STRING("map", text_or_null(event->map)),
                SD_JSON_BUILD_PAIR_STRING("address", text_or_null(event->address)),
                SD_JSON_BUILD_PAIR_STRING("text", event->text),
                SD_JSON_BUILD_PAIR_STRING("cursor", event->cursor));
}
