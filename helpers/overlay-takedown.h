/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The end of a tree that is mounted, however busy it is.
 *
 * A file system lives for as long as somebody holds a file or directory of it, whatever its mount
 * points: in another mount namespace, or detached by MNT_DETACH. While it lives it uses the upper
 * directory, and a second overlay on that one is mounted all the same (index=off, see
 * overlay-view.c: the kernel only warns) with undefined results when both write. So it is made
 * read-only before it loses its mount point. The kernel does that for the whole file system, in all
 * namespaces, and refuses while a file is open for writing anywhere. What is left then can only
 * read, what it reads of files that change below it is undefined, and the kernel promises that it
 * crashes nothing: a shell or a "tail -f" in an old tree holds nobody up.
 *
 * Something that still runs a program of the tree, or has a file of it open for writing, does. It
 * is named and the tree stays.
 */

#include "overlay-context.h"

/*
 * device: of the overlay that is mounted on merged. The tree's record goes first, unless a program
 * runs in it: that server's tree is left as it is. -EBUSY: somebody needs it, and was named. Logs.
 */
int overlay_take_down(const Overlay *overlay, const char *device) _must_check_;
