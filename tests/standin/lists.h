/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <stdbool.h>

#include "server.h"

/* `cvarlist`: those whose names begin with `prefix`, "" for all. */
void lists_print(Server *s, const char *prefix);

/* Whether the game has a command of this name that does nothing here, and its flags. */
bool lists_know_command(const char *name, unsigned *ret_flags);
