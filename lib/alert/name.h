/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Alerts: a unit for each event that an admin may want to know about, left4me-alert@KIND:NAME. It
 * runs the admin's commands (alert/commands.h) with facts about the event (alert/facts.h). systemd
 * starts it when a server, the installation or a job fails, left4me-watch for what it sees,
 * left4me-check.service for an update, `l4d2ctl alert test` for a test; docs/alerts.md describes
 * all of it.
 */

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/name.h"
#include "content/job-name.h"

typedef enum AlertKind {
        ALERT_CRASH,       /* a server ended by itself */
        ALERT_INSTALL,     /* the installation or update of the game failed */
        ALERT_JOB,         /* a job that makes an overlay's content failed */
        ALERT_REFRESH,     /* not all overlays were built that are built daily */
        ALERT_HANG,        /* a server does not answer */
        ALERT_LAN,         /* it became a LAN server, which players can't join */
        ALERT_STEAM_KICK,  /* many players are kicked with "No Steam logon" */
        ALERT_SLOW,        /* its frames are below the tick rate */
        ALERT_UPDATE,      /* Steam has a newer version of the game than it runs */
        ALERT_GAME_UPDATE, /* … than is installed, whether a server says so or not */
        ALERT_TEST,
        _ALERT_KIND_MAX,
} AlertKind;

/* In place of a server's name, for alerts about the host. */
#define ALERT_HOST "host"

typedef struct AlertName {
        AlertKind kind;
        char server[INSTANCE_NAME_MAX + 1]; /* or ALERT_HOST; "" of ALERT_JOB, which has: */
        JobKind job;
        char ref[JOB_REF_MAX + 1];
} AlertName;

/* "crash", "steam-kick", …: the KIND of a unit's name. */
const char *alert_kind_to_string(AlertKind kind);

/* The kind that the admin's commands are told: both kinds of updates are "update", one of them
 * without a server. Their units have different names, because a server may be named "host". */
const char *alert_kind_for_commands(AlertKind kind);

/* Whether alerts of the kind are about a server, and not about the host or an overlay. */
bool alert_kind_is_of_server(AlertKind kind);

/* Reads "KIND:SERVER", "KIND:host" or "job:JOB:INSTANCE", with a job's kind and its unit's instance
 * (content/job-name.h). 0 or -EINVAL, also for a name that is not legal. */
int alert_name_parse(const char *text, AlertName *ret) _must_check_;

enum { ALERT_UNIT_MAX = JOB_REF_MAX + 64 };

/* The unit to start. server: a legal name, ALERT_HOST, or JOB:INSTANCE. */
void alert_unit_name(AlertKind kind, const char *server, char ret[static ALERT_UNIT_MAX]);
