/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Live states (live/state.h) as l4d2ctl shows them. */

#include "common/ctl.h"
#include "live/state.h"
#include "servers/servers.h"

/* Reads the live state of each server that runs, as far as the caller may. */
void servers_read_live(const Ctl *ctl, Servers *servers);

/* Prints what is wrong with the game: it hangs, does not answer, is slow or a LAN server. Each in a
 * line of its own that begins with what before() prints. */
void live_print_problems(const LiveState *state, void (*before)(void));

/* Sets "live": the whole state, or null. */
int live_add_json(const LiveState *state, sd_json_variant **object) _must_check_;
