/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "servers/live.h"

#include <inttypes.h>

#include "base/text.h"
#include "base/time-text.h"
#include "common/state-color.h"
#include "common/terminal.h"

void servers_read_live(const Ctl *ctl, Servers *servers) {
        for (size_t i = 0; i < servers->n_items; i++) {
                Server *server = &servers->items[i];
                LiveState *state = NULL;

                if (server->state != SERVER_RUNNING ||
                    live_state_read(ctl->paths, server->name, &state) < 0)
                        continue;
                if (!live_state_is_of(state, server->query.state.invocation_id)) {
                        free(state);
                        continue;
                }
                server->live = state;
                server->needs_update |= state->needs_update;
        }
}

static void print_health(const LiveState *state, void (*before)(void)) {
        uint64_t now = now_realtime(), since = state->health_since;
        char span[TIME_TEXT_MAX];

        if (state->health != LIVE_HUNG && state->health != LIVE_SILENT)
                return;
        before();
        printf(_("%s%s%s; for %s\n"),
               color_on(state->health == LIVE_HUNG ? COLOR_RED : COLOR_YELLOW, stdout),
               live_health_text(state->health),
               color_off(state->health == LIVE_HUNG ? COLOR_RED : COLOR_YELLOW, stdout),
               span_format(now > since ? now - since : 0, span));
}

void live_print_problems(const LiveState *state, void (*before)(void)) {
        const char *on = color_on(COLOR_YELLOW, stdout), *off = color_off(COLOR_YELLOW, stdout);

        if (!state)
                return;
        print_health(state, before);
        if (state->is_slow && state->has_stats) {
                before();
                printf(_("%sslow%s: %.0f frames a second, with a tick rate of %" PRIu32 "\n"), on,
                       off, state->fps, state->tick_rate);
        }
        if (state->is_lan) {
                before();
                printf(_("%sa LAN server%s: only players of its own network can join\n"), on, off);
        }
        if (state->rcon_error == -EACCES) {
                before();
                printf(_("%sthe server refuses the rcon_password of its spec%s; it is tried again after a restart\n"),
                       on, off);
        }
}

int live_add_json(const LiveState *state, sd_json_variant **object) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *value = NULL;
        int r;

        if (!state)
                return sd_json_variant_set_fieldb(object, "live", SD_JSON_BUILD_NULL);
        r = live_state_to_json(state, &value);
        return r < 0 ? r : sd_json_variant_set_field(object, "live", value);
}
