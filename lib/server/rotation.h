/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Chooses the next map of a server's rotation. For left4me-watch.service, which asks when players
 * have left the map that they were on, or have gone on from it to another one (server/played.h).
 */

#include "layer/maps.h"
#include "spec/spec.h"

typedef struct RotationPlace {
        const char *mode;    /* that the server plays, in small letters; "": unknown */
        const char *played;  /* the map that players were on */
        const char *current; /* the same: they have left; another: they went on to it */
} RotationPlace;

/*
 * The map to change to, borrowed from maps, so it has the capitals that the game wants. NULL: the
 * server stays on the current map, because it has no rotation, is already on the next map, has none
 * of the maps, or no campaign is over. One is over when players have left its last map, or went
 * on from there to its first map: the game has let them play it again. Players who went on to any
 * other map are left alone. With ROTATE_WHEN_EMPTY it is enough that players have left, and those
 * who are there are always left alone.
 *
 * The spec must have its blueprint's values, see blueprint_resolve().
 */
const char *rotation_next(const Spec *spec, const ServerMaps *maps, const RotationPlace *place);
