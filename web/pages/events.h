/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where a page of servers ends and its stream of events goes on. */

#include <stdint.h>

#include "web.h"

enum { EVENTS_ID_MAX = 48 };

/* The id of the change with this number, "RUN-CHANGE": each run of the service counts from the
 * start. */
void events_id(Web *web, uint64_t generation, char ret[static EVENTS_ID_MAX]);
