/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The host configuration, read again when one of its files changes, so that pages don't show what
 * l4d2ctl, which reads it at each run, no longer does. No right depends on it: see
 * l4d2ctl/specs/actor.h.
 */

#include "web.h"

typedef struct ConfigWatch ConfigWatch;

/* Begins to watch. Needs web's event loop, paths, configuration and servers. */
int config_watch_new(Web *web, ConfigWatch **ret) _must_check_;

ConfigWatch *config_watch_free(ConfigWatch *watch);
DEFINE_CLEANUP(ConfigWatch *, config_watch_free)
