/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The services that left4me ships, one row each, and the names of their instances.
 * tests/unit/test-unit-names.c compares units/, the polkit rule, tests/vectors/exposure,
 * docs/units.md and the names that messages of all sources spell with these rows.
 */

#include <stdbool.h>

#include "base/name.h"

typedef enum UnitFamily {
        UNIT_SERVER,
        UNIT_OVERLAY,
        UNIT_RESET,
        UNIT_WHEN_EMPTY,
        UNIT_WATCH,
        UNIT_RESTART,
        UNIT_WRITTEN,
        UNIT_RELEASE,
        UNIT_TRIAL,
        UNIT_REPORT,
        UNIT_BOOT,
        UNIT_FILTER,
        UNIT_RCON_FILTER,
        UNIT_ALERT,
        UNIT_ALERT_FACTS,
        UNIT_AVATAR,
        UNIT_INSTALL,
        UNIT_CHECK,
        UNIT_WEB,
        UNIT_SCRIPT,
        UNIT_WORKSHOP,
        UNIT_REFRESH,
        UNIT_UNPACK,
        UNIT_DOWNLOAD, /* left4me-release@; UNIT_RELEASE takes down trees */
        UNIT_CONSOLE,
        UNIT_FAMILIES,
} UnitFamily;

typedef struct UnitFamilyRow {
        const char *name;             /* up to ".service"; with an "@" it is a template */
        const char *const *instances; /* of a template, up to NULL; NULL: servers */
        const char *const *jobs;      /* the verbs that polkit allows, up to NULL; NULL: none */
        const char *const *kinds; /* its instances are KIND:SERVER with one of these, up to NULL,
                                     where polkit allows a verb */
        bool of_overlays;         /* its instances are overlays, see content/job-name.h */
} UnitFamilyRow;

extern const UnitFamilyRow unit_families[UNIT_FAMILIES];

/* The reports that the web app shows: the instances of UNIT_REPORT, up to NULL. */
extern const char *const unit_reports[];

enum { UNIT_NAME_MAX = INSTANCE_NAME_MAX + 32 };

/* The unit of a template's instance; "*" makes the pattern for all of them. */
void unit_name(UnitFamily family, const char *instance, char ret[static UNIT_NAME_MAX]);

typedef struct UnitNames {
        char server[UNIT_NAME_MAX];
        char overlay[UNIT_NAME_MAX];
        char reset[UNIT_NAME_MAX];
        char trial[UNIT_NAME_MAX];
} UnitNames;

/* The timer of a server's scheduled restarts, beside UNIT_RESTART; a format for its name. */
#define RESTART_TIMER "left4me-restart@%s.timer"

/* The units of a server, whose name must be valid. */
void unit_names(const char *name, UnitNames *ret);

/* Gets the instance name from a unit name; false: another kind of unit. */
bool instance_of_server_unit(const char *unit, char ret[static INSTANCE_NAME_MAX + 1]);
bool instance_of_overlay_unit(const char *unit, char ret[static INSTANCE_NAME_MAX + 1]);
