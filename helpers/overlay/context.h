/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Shared by mount, umount and reset: where an instance's directories are, which mounts use its
 * upper directory, and the lock that lets one of the three run at a time.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/paths.h"

typedef struct Overlay {
        const char *name;
        Paths *paths;
        char *upper, *work, *merged; /* absolute */
        char *layer;                 /* the instance layer, absolute */
        gid_t game_gid;
        int trees_fd;   /* the directory of all trees' records */
        int runtime_fd; /* the directory of all instances' runtime */
        int layers_fd;  /* the directory of all instance layers */
        int lock_fd;
} Overlay;

#define OVERLAY_INIT \
        { .runtime_fd = -EBADF, .layers_fd = -EBADF, .trees_fd = -EBADF, .lock_fd = -EBADF }

/* Opens and locks; name must be a checked one and stay valid. Waits for a lock held. Logs. */
int overlay_open(const char *name, Overlay *overlay) _must_check_;
void overlay_close(Overlay *overlay);

typedef enum OverlayState {
        OVERLAY_UNMOUNTED,
        OVERLAY_MOUNTED,   /* at merged, as it should be */
        OVERLAY_ELSEWHERE, /* the upper directory is in use by a mount that isn't ours */
        OVERLAY_OCCUPIED,  /* something else is mounted at merged */
} OverlayState;

typedef struct OverlayUse {
        OverlayState state;
        char *where;  /* the mount point in question; NULL when unmounted */
        char *device; /* when mounted: "major:minor" of the overlay */
} OverlayUse;

/*
 * Told apart by the ids of mount and file system, not by path: merged may be reached by several
 * paths, and where the state directory is a bind mount, a mount on it shows up at the other place
 * too. Logs.
 */
int overlay_find(const Overlay *overlay, OverlayUse *ret) _must_check_;
void overlay_use_done(OverlayUse *use);

/* Removes the instance layer; one that isn't there is success. Logs. */
int overlay_remove_layer(const Overlay *overlay) _must_check_;
