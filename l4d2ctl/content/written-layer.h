/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One directory of what a server wrote, for callers who can't read it themselves:
 * left4me-written@.service names its entries (server/written.h).
 */

#include "common/ctl.h"
#include "layer/effective.h"

/*
 * Entries of layer 0, whiteouts included, for tree_list_cover(); path as effective_open() takes it,
 * since from actor_see_since(). Clear in any case. 1; 0: the server has no such directory; -EPERM:
 * it has something there that is not one; or another -errno.
 *
 * Only root can see that a directory hides those of the layers below, so one that the server
 * removed and made again looks as if it were merged with them.
 */
int written_layer_read(
        const Ctl *ctl, const char *name, uint64_t since, const char *path, EffectiveList *ret)
        _must_check_;
