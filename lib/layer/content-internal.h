/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Shared by the parts of layer/content-report.h. */

#include "game/loadable.h"
#include "layer/content-report.h"
#include "layer/effective.h"

/* Paths of all archives, to find those that two of them have. */
typedef struct PathTable PathTable;

typedef struct ContentCheck {
        const ContentLayers *layers;
        ContentReport *report;
        LoadHost *host;
        PathTable *paths;
} ContentCheck;

/* Takes over the strings of the finding, also when it is only counted. */
int content_add(ContentReport *report, ContentFinding *finding) _must_check_;

/* A finding about this path alone. */
int content_add_path(ContentReport *report, ContentFault fault, size_t layer, const char *path)
        _must_check_;

/* --- content-addons.c --- */

int path_table_new(PathTable **ret) _must_check_;
PathTable *path_table_free(PathTable *table);
DEFINE_CLEANUP(PathTable *, path_table_free)

/* Reads the archive dir_fd/name at this path. */
int content_look_at_vpk(
        ContentCheck *check, int dir_fd, const char *name, size_t layer, const char *path)
        _must_check_;

/* The same for a directory of the tree itself that has maps or missions. */
int content_look_at_maps(
        ContentCheck *check, const EffectiveDir *dir, const char *path, const EffectiveList *list)
        _must_check_;

/* At the end: the archives that have paths of each other. */
int content_find_overlaps(ContentCheck *check) _must_check_;
