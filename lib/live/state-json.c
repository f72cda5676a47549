/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "live/state.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"

static const char *const health_names[_LIVE_HEALTH_MAX] = {
        [LIVE_STARTING] = "starting", [LIVE_OK] = "ok",     [LIVE_CHANGING_MAP] = "changing-map",
        [LIVE_SILENT] = "silent",     [LIVE_HUNG] = "hung", [LIVE_UNKNOWN] = "unknown",
};

static const char *const source_names[_LIVE_SOURCE_MAX] = {
        [LIVE_SOURCE_NONE] = "none",
        [LIVE_SOURCE_RCON] = "rcon",
        [LIVE_SOURCE_A2S] = "a2s",
};

/* The words of "rcon_error". */
static const struct {
        const char *name;
        int error;
} rcon_errors[] = {
        { "no-password", -ENOKEY }, { "refused", -EACCES },   { "closed", -ECONNREFUSED },
        { "ended", -ECONNRESET },   { "silent", -ETIMEDOUT }, { "broken", -EBADMSG },
};

const char *live_health_to_string(LiveHealth health) {
        return (size_t) health < ELEMENTSOF(health_names) ? health_names[health] : NULL;
}

const char *live_source_to_string(LiveSource source) {
        return (size_t) source < ELEMENTSOF(source_names) ? source_names[source] : NULL;
}

int live_rcon_error(int error) {
        if (error == 0)
                return 0;
        for (size_t i = 0; i < ELEMENTSOF(rcon_errors); i++)
                if (rcon_errors[i].error == error)
                        return error;
        return -EBADMSG;
}

/* --- JSON: one table for both directions --------------------------------------------------------
 */

typedef enum MemberType {
        MEMBER_TEXT,
        MEMBER_LATER_TEXT, /* that earlier versions don't write; "" then */
        MEMBER_U32,
        MEMBER_U64,
        MEMBER_LATER_U64,      /* uint64_t that earlier versions don't write; 0 then */
        MEMBER_TIME,           /* uint64_t, null for 0 */
        MEMBER_LATER_TIME,     /* the same, that earlier versions don't write; 0 then */
        MEMBER_MEASURED,       /* uint64_t, null for UINT64_MAX */
        MEMBER_LATER_MEASURED, /* the same, that earlier versions don't write; UINT64_MAX then */
        MEMBER_ID,             /* uint64_t as text, which JavaScript needs; null for 0 */
        MEMBER_BOOL,
        MEMBER_NUMBER,  /* double, null when the state has no stats */
        MEMBER_PERCENT, /* double, null for a negative one */
} MemberType;

typedef struct Member {
        const char *key;
        MemberType type;
        size_t offset, size;
} Member;

#define MEMBER(type, key, struct_type, member) \
        { key, type, offsetof(struct_type, member), sizeof(((struct_type *) NULL)->member) }
#define OF_STATE(type, key, member)  MEMBER(type, key, LiveState, member)
#define OF_PLAYER(type, key, member) MEMBER(type, key, StatusPlayer, member)

static const Member state_members[] = {
        OF_STATE(MEMBER_TEXT, "invocation", invocation_id),
        OF_STATE(MEMBER_TIME, "at_usec", at),
        OF_STATE(MEMBER_TIME, "written_usec", written),
        OF_STATE(MEMBER_TIME, "health_since_usec", health_since),
        OF_STATE(MEMBER_TEXT, "hostname", status.hostname),
        OF_STATE(MEMBER_TEXT, "version", status.version),
        OF_STATE(MEMBER_TEXT, "map", status.map),
        OF_STATE(MEMBER_U32, "humans", status.humans),
        OF_STATE(MEMBER_U32, "bots", status.bots),
        OF_STATE(MEMBER_U32, "slots", status.slots),
        OF_STATE(MEMBER_BOOL, "is_hibernating", status.is_hibernating),
        OF_STATE(MEMBER_BOOL, "is_secure", status.is_secure),
        OF_STATE(MEMBER_BOOL, "is_lan", is_lan),
        OF_STATE(MEMBER_BOOL, "needs_update", needs_update),
        OF_STATE(MEMBER_NUMBER, "fps", fps),
        OF_STATE(MEMBER_PERCENT, "cpu_percent", cpu_percent),
        OF_STATE(MEMBER_NUMBER, "in_bytes_per_sec", in_bytes_per_sec),
        OF_STATE(MEMBER_NUMBER, "out_bytes_per_sec", out_bytes_per_sec),
        OF_STATE(MEMBER_U32, "tick_rate", tick_rate),
        OF_STATE(MEMBER_BOOL, "is_slow", is_slow),
        OF_STATE(MEMBER_MEASURED, "memory_bytes", memory_bytes),
        OF_STATE(MEMBER_MEASURED, "tasks", tasks),
        OF_STATE(MEMBER_LATER_MEASURED, "ip_in_bytes", ip_in_bytes),
        OF_STATE(MEMBER_LATER_MEASURED, "ip_out_bytes", ip_out_bytes),
        OF_STATE(MEMBER_TIME, "map_since_usec", map_since),
        OF_STATE(MEMBER_TIME, "empty_since_usec", empty_since),
        OF_STATE(MEMBER_LATER_TEXT, "played_map", played_map),
        OF_STATE(MEMBER_LATER_TIME, "played_usec", played_at),
        OF_STATE(MEMBER_U64, "steam_kicks", steam_kicks),
        OF_STATE(MEMBER_LATER_U64, "hang_restarts", hang_restarts),
        OF_STATE(MEMBER_LATER_U64, "lan_refusals", lan_refusals),
};

static const Member player_members[] = {
        OF_PLAYER(MEMBER_U32, "user_id", user_id),
        OF_PLAYER(MEMBER_TEXT, "name", name),
        OF_PLAYER(MEMBER_TEXT, "steam_id", steam_id),
        OF_PLAYER(MEMBER_ID, "steam_id64", steam_id64),
        OF_PLAYER(MEMBER_BOOL, "is_bot", is_bot),
        OF_PLAYER(MEMBER_U64, "connected_sec", connected_sec),
        OF_PLAYER(MEMBER_U32, "ping_msec", ping_msec),
        OF_PLAYER(MEMBER_U32, "loss", loss),
        OF_PLAYER(MEMBER_U32, "rate", rate),
        OF_PLAYER(MEMBER_TEXT, "state", state),
        OF_PLAYER(MEMBER_TEXT, "address", address),
};

static int make_number(uint64_t value, uint64_t none, sd_json_variant **ret) {
        return value == none ? sd_json_variant_new_null(ret)
                             : sd_json_variant_new_unsigned(ret, value);
}

static int make_id(uint64_t value, sd_json_variant **ret) {
        char text[24];

        if (value == 0)
                return sd_json_variant_new_null(ret);
        (void) snprintf(text, sizeof(text), "%" PRIu64, value);
        return sd_json_variant_new_string(ret, text);
}

static int make_real(double value, bool is_known, sd_json_variant **ret) {
        return is_known ? sd_json_variant_new_real(ret, value) : sd_json_variant_new_null(ret);
}

static int make_value(
        const Member *member, const void *object, bool has_stats, sd_json_variant **ret) {
        const void *p = (const char *) object + member->offset;

        switch (member->type) {
        case MEMBER_TEXT:
        case MEMBER_LATER_TEXT:
                return sd_json_variant_new_string(ret, p);
        case MEMBER_U32:
                return sd_json_variant_new_unsigned(ret, *(const uint32_t *) p);
        case MEMBER_U64:
        case MEMBER_LATER_U64:
                return sd_json_variant_new_unsigned(ret, *(const uint64_t *) p);
        case MEMBER_TIME:
        case MEMBER_LATER_TIME:
                return make_number(*(const uint64_t *) p, 0, ret);
        case MEMBER_MEASURED:
        case MEMBER_LATER_MEASURED:
                return make_number(*(const uint64_t *) p, UINT64_MAX, ret);
        case MEMBER_ID:
                return make_id(*(const uint64_t *) p, ret);
        case MEMBER_BOOL:
                return sd_json_variant_new_boolean(ret, *(const bool *) p);
        case MEMBER_NUMBER:
                return make_real(*(const double *) p, has_stats, ret);
        case MEMBER_PERCENT:
                return make_real(*(const double *) p, *(const double *) p >= 0, ret);
        }
        return -EINVAL;
}

/* sd_json_variant_unref_many() frees the array, too. */
static void unref_all(sd_json_variant **items, size_t n) {
        for (size_t i = 0; i < n; i++)
                sd_json_variant_unref(items[i]);
}

/* The pairs of an object: setting one field after the other would copy the object each time. */
static int make_pairs(
        const Member *members, size_t n, const void *source, bool has_stats,
        sd_json_variant **pairs) {
        int r = 0;

        for (size_t i = 0; i < n && r >= 0; i++) {
                r = sd_json_variant_new_string(&pairs[2 * i], members[i].key);
                if (r >= 0)
                        r = make_value(&members[i], source, has_stats, &pairs[2 * i + 1]);
        }
        return r;
}

static int make_player(const StatusPlayer *player, sd_json_variant **ret) {
        sd_json_variant *pairs[2 * ELEMENTSOF(player_members)] = {};
        int r;

        r = make_pairs(player_members, ELEMENTSOF(player_members), player, false, pairs);
        if (r >= 0)
                r = sd_json_variant_new_object(ret, pairs, ELEMENTSOF(pairs));
        unref_all(pairs, ELEMENTSOF(pairs));
        return r;
}

static int make_players(const ServerStatus *status, sd_json_variant **ret) {
        sd_json_variant *players[STATUS_PLAYERS_MAX] = {};
        int r = 0;

        for (size_t i = 0; i < status->n_players && r >= 0; i++)
                r = make_player(&status->players[i], &players[i]);
        if (r >= 0)
                r = sd_json_variant_new_array(ret, players, status->n_players);
        unref_all(players, status->n_players);
        return r;
}

static const char *rcon_error_name(int error) {
        for (size_t i = 0; i < ELEMENTSOF(rcon_errors); i++)
                if (rcon_errors[i].error == live_rcon_error(error))
                        return rcon_errors[i].name;
        return NULL;
}

int live_state_to_json(const LiveState *state, sd_json_variant **ret) {
        sd_json_variant *pairs[2 * ELEMENTSOF(state_members)] = {};
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL, *players = NULL;
        int r;

        r = make_pairs(state_members, ELEMENTSOF(state_members), state, state->has_stats, pairs);
        if (r >= 0)
                r = sd_json_variant_new_object(&object, pairs, ELEMENTSOF(pairs));
        unref_all(pairs, ELEMENTSOF(pairs));
        if (r >= 0)
                r = make_players(&state->status, &players);
        if (r >= 0)
                r = sd_json_variant_merge_objectbo(
                        &object,
                        SD_JSON_BUILD_PAIR_STRING("health", live_health_to_string(state->health)),
                        SD_JSON_BUILD_PAIR_STRING("source", live_source_to_string(state->source)),
                        SD_JSON_BUILD_PAIR_STRING("rcon_error", rcon_error_name(state->rcon_error)),
                        SD_JSON_BUILD_PAIR_VARIANT("players", players));
        if (r < 0)
                return r;

        *ret = TAKE_PTR(object);
        return 0;
}

/* --- reading ------------------------------------------------------------------------------------
 */

static bool get_unsigned(sd_json_variant *v, uint64_t max, uint64_t *ret) {
        if (!sd_json_variant_is_unsigned(v) || sd_json_variant_unsigned(v) > max)
                return false;
        *ret = sd_json_variant_unsigned(v);
        return true;
}

static bool get_number(sd_json_variant *v, uint64_t none, uint64_t *ret) {
        if (!sd_json_variant_is_null(v))
                return get_unsigned(v, UINT64_MAX, ret);
        *ret = none;
        return true;
}

static bool get_id(sd_json_variant *v, uint64_t *ret) {
        const char *text = sd_json_variant_is_string(v) ? sd_json_variant_string(v) : NULL;

        *ret = 0;
        if (!text)
                return sd_json_variant_is_null(v);
        if (text[0] == '\0' || strlen(text) > 19 || strspn(text, "0123456789") != strlen(text))
                return false;
        *ret = strtoull(text, NULL, 10);
        return true;
}

static bool get_real(sd_json_variant *v, double none, double *ret) {
        *ret = none;
        if (sd_json_variant_is_null(v))
                return true;
        if (!sd_json_variant_is_real(v))
                return false;
        *ret = sd_json_variant_real(v);
        return true;
}

static bool get_text(sd_json_variant *v, char *ret, size_t size) {
        const char *text = sd_json_variant_is_string(v) ? sd_json_variant_string(v) : NULL;

        if (text)
                live_text(text, strlen(text), ret, size);
        return text != NULL;
}

static bool get_value(const Member *member, sd_json_variant *v, void *object) {
        void *p = (char *) object + member->offset;
        uint64_t number;

        switch (member->type) {
        case MEMBER_TEXT:
        case MEMBER_LATER_TEXT:
                return get_text(v, p, member->size);
        case MEMBER_U32:
                if (!get_unsigned(v, UINT32_MAX, &number))
                        return false;
                *(uint32_t *) p = (uint32_t) number;
                return true;
        case MEMBER_U64:
        case MEMBER_LATER_U64:
                return get_unsigned(v, UINT64_MAX, p);
        case MEMBER_TIME:
        case MEMBER_LATER_TIME:
                return get_number(v, 0, p);
        case MEMBER_MEASURED:
        case MEMBER_LATER_MEASURED:
                return get_number(v, UINT64_MAX, p);
        case MEMBER_ID:
                return get_id(v, p);
        case MEMBER_BOOL:
                *(bool *) p = sd_json_variant_is_boolean(v) && sd_json_variant_boolean(v);
                return sd_json_variant_is_boolean(v);
        case MEMBER_NUMBER:
                return get_real(v, 0, p);
        case MEMBER_PERCENT:
                return get_real(v, -1, p);
        }
        return false;
}

/* The others are 0 in ret already. */
static bool is_later(MemberType type) {
        return type == MEMBER_LATER_TEXT || type == MEMBER_LATER_U64 || type == MEMBER_LATER_TIME ||
               type == MEMBER_LATER_MEASURED;
}

static bool get_members(const Member *members, size_t n, sd_json_variant *object, void *ret) {
        for (size_t i = 0; i < n; i++) {
                sd_json_variant *v = sd_json_variant_by_key(object, members[i].key);

                if (!v && is_later(members[i].type)) {
                        if (members[i].type == MEMBER_LATER_MEASURED)
                                *(uint64_t *) ((char *) ret + members[i].offset) = UINT64_MAX;
                        continue;
                }
                if (!v || !get_value(&members[i], v, ret))
                        return false;
        }
        return true;
}

static bool get_players(sd_json_variant *object, ServerStatus *ret) {
        sd_json_variant *array = sd_json_variant_by_key(object, "players");

        if (!sd_json_variant_is_array(array) ||
            sd_json_variant_elements(array) > STATUS_PLAYERS_MAX)
                return false;
        ret->n_players = sd_json_variant_elements(array);
        for (size_t i = 0; i < ret->n_players; i++)
                if (!get_members(
                            player_members, ELEMENTSOF(player_members),
                            sd_json_variant_by_index(array, i), &ret->players[i]))
                        return false;
        return true;
}

static bool find_word(const char *const *words, size_t n, const char *word, size_t *ret) {
        for (size_t i = 0; i < n; i++)
                if (strcmp(words[i], word) == 0) {
                        *ret = i;
                        return true;
                }
        return false;
}

static bool get_words(sd_json_variant *object, LiveState *ret) {
        const char *error = json_text(object, "rcon_error") ?: "";
        size_t health, source;

        if (!find_word(
                    health_names, _LIVE_HEALTH_MAX, json_text(object, "health") ?: "", &health) ||
            !find_word(source_names, _LIVE_SOURCE_MAX, json_text(object, "source") ?: "", &source))
                return false;
        ret->health = (LiveHealth) health;
        ret->source = (LiveSource) source;
        for (size_t i = 0; i < ELEMENTSOF(rcon_errors); i++)
                if (strcmp(rcon_errors[i].name, error) == 0)
                        ret->rcon_error = rcon_errors[i].error;
        return true;
}

int live_state_from_json(sd_json_variant *object, LiveState *ret) {
        memset(ret, 0, sizeof(*ret));
        if (!sd_json_variant_is_object(object) || !get_words(object, ret) ||
            !get_members(state_members, ELEMENTSOF(state_members), object, ret) ||
            !get_players(object, &ret->status))
                return -EBADMSG;
        ret->has_stats = !sd_json_variant_is_null(sd_json_variant_by_key(object, "fps"));
        return 0;
}
