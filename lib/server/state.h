/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Explains systemd's properties of a server to people: one word for its state, and how its last run
 * ended. The JSON output also has systemd's own words.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/spec.h"
#include "systemd/unit-state.h"

typedef enum ServerState {
        SERVER_STOPPED,
        SERVER_STARTING,
        SERVER_RUNNING,
        SERVER_STOPPING,
        SERVER_RESTARTING, /* crashed, waits for RestartSec= */
        SERVER_FAILED,
        SERVER_REFUSED, /* does not run, and can't be started with this spec */
        SERVER_UNKNOWN, /* systemd can't be asked */
        _SERVER_STATE_MAX,
} ServerState;

/* spec_is_refused: systemd's generator leaves the instance out. A running server stays "running".
 */
ServerState server_state(const UnitState *state, bool spec_is_refused);

/*
 * Whether it runs, or will by itself, with something else than its spec, blueprint and host
 * configuration say now: a restart would change what runs. False when the caller may not know. The
 * unit's state must have been through unit_state_read_tree().
 */
bool server_is_changed(ServerState state, const UnitState *unit, const ServerSpec *spec);

/* The game port of the running server, which a changed spec doesn't change; 0: it doesn't run, or
 * the port is unknown. */
uint16_t server_live_port(ServerState state, const UnitState *unit);

/*
 * Whether a process of a running server has the server's UDP port open, which is when players can
 * join: 1, 0, or negative when it doesn't run or this is unknown. The unit's state must have its
 * control group, and unit_state_read_tree() must have read it. diag_fd: see unit_has_udp_port().
 */
int server_is_ready(ServerState state, const UnitState *unit, int diag_fd);

const char *server_state_to_string(ServerState state);

/* The state as people read it, in their language. */
const char *server_state_to_text(ServerState state);

enum { RESULT_TEXT_MAX = 512 };

/*
 * How the last run ended, or why there was none: "killed by SIGSEGV", "exited with status 2", "did
 * not end within its stop time and was killed", … "" while it runs for the first time, and when it
 * has never run.
 */
void describe_result(const UnitState *state, char *buffer, size_t size);
