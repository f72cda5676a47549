/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where the overlay of a REF lies below a root, for layer/overlay-store.c. */

#include "layer/tree-copy.h"

typedef struct OverlayPlace {
        int parent_fd; /* the directory that holds the overlay */
        const char *name;
        int fd; /* the overlay; -EBADF: missing */
} OverlayPlace;

#define OVERLAY_PLACE_INIT { .parent_fd = -EBADF, .fd = -EBADF }

void overlay_place_close(OverlayPlace *place);

/*
 * Goes down to the directory that holds the overlay, whose fd stays as it is. maker: missing
 * directories on the way are made for this owner; NULL: they must be there. -EINVAL: not a ref;
 * -ENOTDIR: it lies inside of another overlay; or -errno.
 */
int overlay_place_find_parent(
        int root_fd, const char *ref, const TreeOwner *maker, OverlayPlace *ret) _must_check_;

/* Finds the overlay itself. 1: it has versions; 0: it is plain; errors as above, and -EISDIR: it
 * only holds directories that may be overlays. */
int overlay_place_find(int root_fd, const char *ref, OverlayPlace *ret) _must_check_;
