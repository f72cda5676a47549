/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* In which colour a terminal shows the state of a server. */

#include "common/terminal.h"
#include "server/state.h"

Color server_state_color(ServerState state);
