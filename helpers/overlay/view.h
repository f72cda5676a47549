/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Mounts an overlay of directories that another user may rename meanwhile. The kernel takes lower
 * layers by path (by descriptor only since 6.13), and would follow a symlink that has taken the
 * place of a checked directory. /proc/self/fd paths would be safe, but then the mount table would
 * not show the layers to people or to the tool that collects unused versions.
 *
 * So a thread gets a mount namespace of its own, covers the layers' roots there with an empty
 * tmpfs, attaches each checked directory at its real path, and mounts: in that view the path can
 * only mean the directory that was checked. Only the finished mount leaves the thread.
 */

#include "overlay/context.h"
#include "overlay/layers.h"

/* Returns a detached mount, ready for move_mount(2), or -errno. Logs. */
int view_mount(const Overlay *overlay, const LayerStack *stack) _must_check_;
