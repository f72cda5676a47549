/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "server.h"

/* Lines written on request, in portions, so that the server answers meanwhile. */

/* `rate` a second, 0 for as fast as it goes; `total` 0 stops. */
void lines_start(Server *s, uint32_t rate, uint64_t total);

/* Writes what is due. Returns the milliseconds until it wants to be called again, -1 for never. */
int lines_write(Server *s);
