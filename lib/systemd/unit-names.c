/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "systemd/unit-names.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define SERVER_PREFIX  "left4me-server@"
#define OVERLAY_PREFIX "l4d2-overlay@"
#define RESET_PREFIX   "l4d2-reset@"
#define TRIAL_PREFIX   "l4d2-trial@"
#define SUFFIX         ".service"

void unit_names(const char *name, UnitNames *ret) {
        (void) snprintf(ret->server, sizeof(ret->server), SERVER_PREFIX "%s" SUFFIX, name);
        (void) snprintf(ret->overlay, sizeof(ret->overlay), OVERLAY_PREFIX "%s" SUFFIX, name);
        (void) snprintf(ret->reset, sizeof(ret->reset), RESET_PREFIX "%s" SUFFIX, name);
        (void) snprintf(ret->trial, sizeof(ret->trial), TRIAL_PREFIX "%s" SUFFIX, name);
}

static bool instance_of(
        const char *unit, const char *prefix, char ret[static INSTANCE_NAME_MAX + 1]) {
        size_t before = strlen(prefix), length = strlen(unit), around = before + strlen(SUFFIX);

        if (length <= around || length - around > INSTANCE_NAME_MAX ||
            strncmp(unit, prefix, before) != 0 ||
            strcmp(unit + length - strlen(SUFFIX), SUFFIX) != 0)
                return false;
        memcpy(ret, unit + before, length - around);
        ret[length - around] = '\0';
        return instance_name_is_valid(ret);
}

bool instance_of_server_unit(const char *unit, char ret[static INSTANCE_NAME_MAX + 1]) {
        return instance_of(unit, SERVER_PREFIX, ret);
}

bool instance_of_overlay_unit(const char *unit, char ret[static INSTANCE_NAME_MAX + 1]) {
        return instance_of(unit, OVERLAY_PREFIX, ret);
}
