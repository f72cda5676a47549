/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "rcon-mode.h"

#include <string.h>

static const struct {
        const char *name;
        bool for_authentication;
        bool for_command;
} modes[RCON_MODES_MAX] = {
        [RCON_NORMAL] = { "off", true, true },
        [RCON_SLOW] = { "slow", true, true },
        [RCON_SEGMENTS] = { "segments", true, true },
        [RCON_PACKETS] = { "packets", true, true },
        [RCON_GARBAGE] = { "garbage", false, true },
        [RCON_LATE] = { "late", false, true },
        [RCON_WRONG_ID] = { "wrong-id", false, true },
        [RCON_STRAY] = { "stray", false, true },
        [RCON_LOG] = { "log", false, true },
        [RCON_NO_MIRROR] = { "no-mirror", false, true },
        [RCON_HUGE] = { "huge", false, true },
        [RCON_CLOSE] = { "close", false, true },
        [RCON_SILENT] = { "silent", true, true },
        [RCON_NO_EMPTY] = { "no-empty", true, false },
        [RCON_REFUSE] = { "refuse", true, false },
};

RconMode rcon_mode_from_name(const char *name) {
        RconMode mode = RCON_NORMAL;

        while (mode < RCON_MODES_MAX && strcmp(modes[mode].name, name) != 0)
                mode++;
        return mode;
}

bool rcon_mode_is_for(RconMode mode, bool is_authentication) {
        return is_authentication ? modes[mode].for_authentication : modes[mode].for_command;
}
