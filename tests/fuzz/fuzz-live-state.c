/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/visible-text.h"
#include "fuzz.h"
#include "live/state.h"

/* A state's file: refused, or one whose texts a person may be shown, and which stays the same when
 * it is written and read again. */

static int parse(const char *text, LiveState *ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;

        if (sd_json_parse(text, 0, &object, NULL, NULL) < 0)
                return -EBADMSG;
        return live_state_from_json(object, ret);
}

static void check_texts(const LiveState *state) {
        FUZZ_CHECK(text_is_visible(state->status.hostname));
        FUZZ_CHECK(text_is_visible(state->status.map));
        FUZZ_CHECK(state->status.n_players <= STATUS_PLAYERS_MAX);
        for (size_t i = 0; i < state->status.n_players; i++) {
                FUZZ_CHECK(text_is_visible(state->status.players[i].name));
                FUZZ_CHECK(text_is_visible(state->status.players[i].address));
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        _cleanup_free_ char *text = strndup((const char *) data, size), *again = NULL;
        static LiveState state, other;

        FUZZ_CHECK(text);
        if (parse(text, &state) < 0)
                return 0;
        check_texts(&state);
        FUZZ_CHECK(live_state_to_json(&state, &object) >= 0);
        FUZZ_CHECK(sd_json_variant_format(object, 0, &again) >= 0);
        FUZZ_CHECK(parse(again, &other) == 0);
        FUZZ_CHECK(other.status.n_players == state.status.n_players);
        FUZZ_CHECK(other.memory_bytes == state.memory_bytes);
        FUZZ_CHECK(strcmp(other.status.map, state.status.map) == 0);
        return 0;
}
