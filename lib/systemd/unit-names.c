/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "systemd/unit-names.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define SUFFIX ".service"

const char *const unit_reports[] = { "doctor", "hardening", "disk", "guard", NULL };

/* The alerts that left4me-watch starts. */
static const char *const watched_alerts[] = { "hang", "lan", "steam-kick", "slow", "update", NULL };

static const char *const start[] = { "start", NULL };
static const char *const start_stop[] = { "start", "stop", NULL };
static const char *const all_jobs[] = { "start", "stop", "restart", "reset-failed", NULL };

const UnitFamilyRow unit_families[UNIT_FAMILIES] = {
        [UNIT_SERVER] = { "left4me-server@", NULL, all_jobs },
        [UNIT_OVERLAY] = { "l4d2-overlay@", NULL, NULL },
        [UNIT_RESET] = { "l4d2-reset@", NULL, start },
        [UNIT_WHEN_EMPTY] = { "left4me-when-empty", NULL, NULL },
        [UNIT_WATCH] = { "left4me-watch", NULL, NULL },
        [UNIT_RESTART] = { "left4me-restart@", NULL, NULL },
        [UNIT_WRITTEN] = { "left4me-written@", NULL, NULL },
        [UNIT_RELEASE] = { "l4d2-release@", NULL, NULL },
        [UNIT_TRIAL] = { "l4d2-trial@", NULL, NULL },
        [UNIT_REPORT] = { "left4me-report@", unit_reports, start },
        [UNIT_BOOT] = { "left4me-boot", NULL, NULL },
        [UNIT_FILTER] = { "left4me-filter", NULL, NULL },
        [UNIT_RCON_FILTER] = { "left4me-rcon-filter", NULL, NULL },
        [UNIT_ALERT] = { "left4me-alert@", NULL, start, .kinds = watched_alerts },
        [UNIT_ALERT_FACTS] = { "left4me-alert-facts@", NULL, NULL },
        [UNIT_AVATAR] = { "left4me-avatar", NULL, NULL },
        [UNIT_INSTALL] = { "left4me-install", NULL, start_stop },
        [UNIT_CHECK] = { "left4me-check", NULL, start_stop },
        [UNIT_WEB] = { "left4me-web", NULL, NULL },
        [UNIT_SCRIPT] = { "left4me-script@", NULL, start_stop, .of_overlays = true },
        [UNIT_REFRESH] = { "left4me-refresh", NULL, NULL },
        [UNIT_WORKSHOP] = { "left4me-workshop@", NULL, start_stop, .of_overlays = true },
        [UNIT_UNPACK] = { "left4me-unpack@", NULL, start_stop, .of_overlays = true },
        [UNIT_DOWNLOAD] = { "left4me-release@", NULL, start_stop, .of_overlays = true },
        /* Its instances are connections. */
        [UNIT_CONSOLE] = { "left4me-console@", NULL, NULL },
};

void unit_name(UnitFamily family, const char *instance, char ret[static UNIT_NAME_MAX]) {
        (void) snprintf(ret, UNIT_NAME_MAX, "%s%s" SUFFIX, unit_families[family].name, instance);
}

void unit_names(const char *name, UnitNames *ret) {
        unit_name(UNIT_SERVER, name, ret->server);
        unit_name(UNIT_OVERLAY, name, ret->overlay);
        unit_name(UNIT_RESET, name, ret->reset);
        unit_name(UNIT_TRIAL, name, ret->trial);
}

static bool instance_of(
        const char *unit, UnitFamily family, char ret[static INSTANCE_NAME_MAX + 1]) {
        const char *prefix = unit_families[family].name;
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
        return instance_of(unit, UNIT_SERVER, ret);
}

bool instance_of_overlay_unit(const char *unit, char ret[static INSTANCE_NAME_MAX + 1]) {
        return instance_of(unit, UNIT_OVERLAY, ret);
}
