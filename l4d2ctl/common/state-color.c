/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/state-color.h"

Color server_state_color(ServerState state) {
        static const Color colors[_SERVER_STATE_MAX] = {
                [SERVER_STOPPED] = COLOR_GREY,      [SERVER_STARTING] = COLOR_YELLOW,
                [SERVER_RUNNING] = COLOR_GREEN,     [SERVER_STOPPING] = COLOR_YELLOW,
                [SERVER_RESTARTING] = COLOR_YELLOW, [SERVER_FAILED] = COLOR_RED,
                [SERVER_REFUSED] = COLOR_RED,       [SERVER_UNKNOWN] = COLOR_GREY,
        };

        return colors[state];
}
