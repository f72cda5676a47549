/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "alert/name.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const kinds[_ALERT_KIND_MAX] = {
        [ALERT_CRASH] = "crash",
        [ALERT_INSTALL] = "install",
        [ALERT_JOB] = "job",
        [ALERT_REFRESH] = "refresh",
        [ALERT_HANG] = "hang",
        [ALERT_LAN] = "lan",
        [ALERT_SLOW] = "slow",
        [ALERT_TEST] = "test",
        [ALERT_STEAM_KICK] = "steam-kick",
        [ALERT_UPDATE] = "update",
        [ALERT_GAME_UPDATE] = "game-update",
};

const char *alert_kind_to_string(AlertKind kind) {
        return kinds[kind];
}

const char *alert_kind_for_commands(AlertKind kind) {
        return kinds[kind == ALERT_GAME_UPDATE ? ALERT_UPDATE : kind];
}

bool alert_kind_is_of_server(AlertKind kind) {
        return kind != ALERT_INSTALL && kind != ALERT_JOB && kind != ALERT_REFRESH &&
               kind != ALERT_GAME_UPDATE && kind != ALERT_TEST;
}

/* "script:alice:maps" */
static int parse_job(const char *text, AlertName *name) {
        const char *colon = strchr(text, ':');
        char kind[16];
        int r;

        if (!colon || (size_t) (colon - text) >= sizeof(kind))
                return -EINVAL;
        (void) snprintf(kind, sizeof(kind), "%.*s", (int) (colon - text), text);
        r = job_kind_from_string(kind, &name->job);
        if (r < 0 || !job_kind_has_ref(name->job))
                return -EINVAL;
        return job_instance_to_ref(colon + 1, name->ref);
}

static int parse_server(const char *text, AlertName *name) {
        if (alert_kind_is_of_server(name->kind) ? !instance_name_is_valid(text)
                                                : strcmp(text, ALERT_HOST) != 0)
                return -EINVAL;
        (void) snprintf(name->server, sizeof(name->server), "%s", text);
        return 0;
}

int alert_name_parse(const char *text, AlertName *ret) {
        const char *colon = strchr(text, ':');
        AlertName name = {};
        size_t length = colon ? (size_t) (colon - text) : 0;
        int r;

        while (name.kind < _ALERT_KIND_MAX &&
               (strncmp(kinds[name.kind], text, length) != 0 || kinds[name.kind][length] != '\0'))
                name.kind++;
        if (!colon || name.kind == _ALERT_KIND_MAX)
                return -EINVAL;
        r = name.kind == ALERT_JOB ? parse_job(colon + 1, &name) : parse_server(colon + 1, &name);
        if (r >= 0)
                *ret = name;
        return r;
}

void alert_unit_name(AlertKind kind, const char *server, char ret[static ALERT_UNIT_MAX]) {
        (void) snprintf(ret, ALERT_UNIT_MAX, "left4me-alert@%s:%s.service", kinds[kind], server);
}
