/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The table of base/look-alike.c, in a file of its own. */

#include <stdint.h>

/* The Latin letter or digit that a character looks like; 0: none. Characters of ASCII have none. */
char look_alike_letter(uint32_t character);
