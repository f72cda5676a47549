/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Asks a running server of this host as the server browser does, by A2S: without a password, and
 * with less in the answer. For l4d2ctl, when RCON fails.
 */

#include "query/status-text.h"
#include "systemd/unit-state.h"

/*
 * unit: its state, which must have been through unit_state_read_tree(). Waits up to three seconds
 * for an answer. ret: see a2s_to_status(); ret_has_players: whether the server told the players'
 * names. -ENOTCONN: its port is unknown; -ETIMEDOUT; another error of query/a2s.h.
 */
int server_browse(const UnitState *unit, ServerStatus *ret, bool *ret_has_players) _must_check_;
