/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Takes down a mounted tree, however busy it is.
 *
 * A file system lives for as long as a process holds a file or directory of it, even without a
 * mount point: in another mount namespace, or detached by MNT_DETACH. While it lives it uses the
 * upper directory. The kernel would still mount a second overlay on that directory (index=off, see
 * view.c: it only warns), with undefined results when both write. So the tree is made read-only
 * before it loses its mount point. The kernel does that for the whole file system, in all
 * namespaces, and refuses while a file is open for writing anywhere. The remaining holders can only
 * read. The results of reading files that change below are undefined, but the kernel promises not
 * to crash: a shell or a "tail -f" in an old tree does not block the takedown.
 *
 * A process that still runs a program of the tree, or has a file of it open for writing, does block
 * it. The error names that process, and the tree stays.
 */

#include "overlay/context.h"

/*
 * device: the device of the overlay that is mounted on merged. Removes the tree's record first,
 * unless a program runs in the tree: then that server's tree is left as it is. Returns -EBUSY after
 * it named the process that needs the tree. Logs its errors.
 */
int overlay_take_down(const Overlay *overlay, const char *device) _must_check_;
