/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The names of the units of an instance. */

#include <stdbool.h>

#include "base/name.h"

#define SERVER_UNIT_PATTERN  "left4me-server@*.service"
#define OVERLAY_UNIT_PATTERN "l4d2-overlay@*.service"
#define TRIAL_UNIT_PATTERN   "l4d2-trial@*.service"

typedef struct UnitNames {
        char server[INSTANCE_NAME_MAX + 32];
        char overlay[INSTANCE_NAME_MAX + 32];
        char reset[INSTANCE_NAME_MAX + 32];
        char trial[INSTANCE_NAME_MAX + 32];
} UnitNames;

/* name must be valid. */
void unit_names(const char *name, UnitNames *ret);

/* From the name of a unit to that of the instance; false: it is no such unit. */
bool instance_of_server_unit(const char *unit, char ret[static INSTANCE_NAME_MAX + 1]);
bool instance_of_overlay_unit(const char *unit, char ret[static INSTANCE_NAME_MAX + 1]);
