/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Chooses the next map of a server's rotation. For left4me-watch.service, which asks once the
 * players have left; it never asks for a server that had no players since its map began.
 */

#include "layer/maps.h"
#include "spec/spec.h"

/*
 * The map to change to, borrowed from maps, so it has the capitals that the game wants. NULL: the
 * server stays on the current map, because it has no rotation, is already on the next map, is not
 * at the end of a campaign, or has none of the maps. A map that no campaign names is the end of
 * itself. The spec must have its blueprint's values, see blueprint_resolve().
 */
const char *rotation_next(const Spec *spec, const ServerMaps *maps, const char *current);
