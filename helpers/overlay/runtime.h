/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * runtime/NAME: the directories below an overlay mount that last over a restart, and their end.
 */

#include "overlay/context.h"

/*
 * Makes runtime/NAME/{upper,work,merged} as far as missing, empties work, and opens merged. The
 * overlay must not be mounted. Logs.
 */
int runtime_prepare(const Overlay *overlay, int *ret_merged_fd) _must_check_;

/* Removes runtime/NAME with all that the server wrote. The overlay must not be mounted. Logs. */
int runtime_remove(const Overlay *overlay) _must_check_;
