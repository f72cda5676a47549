/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The verbs: bring up and take down the tree a server runs in. Both may be repeated.
 */

#include "overlay/context.h"

/*
 * Mounts the instance at runtime/NAME/merged. One that is mounted is taken down first: it may show
 * an old spec. Logs.
 */
int overlay_mount(const Overlay *overlay) _must_check_;

/* Unmounts it and removes its instance layer; one that isn't mounted is success. Logs. */
int overlay_umount(const Overlay *overlay) _must_check_;

/* Removes everything the server wrote; refused while it is mounted. Logs. */
int overlay_reset(const Overlay *overlay) _must_check_;
