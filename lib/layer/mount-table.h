/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * All mounts of one process, to ask what it sees at a path. Two tables, of a sandboxed process and
 * of PID 1, tell what of the host is hidden from it.
 */

#include "layer/mount-info.h"

typedef struct MountTable {
        MountInfo *items; /* as the kernel lists them: later ones cover earlier ones */
        size_t n_items;
} MountTable;

/* Reads lines of mountinfo to their end. Clear in any case. */
int mount_table_read(FILE *f, MountTable *ret) _must_check_;
void mount_table_clear(MountTable *table);

/* The mount that an absolute path lies on, NULL when there is none. */
const MountInfo *mount_table_find(const MountTable *table, const char *path);

/*
 * Whether a path leads to something else in these two: another file system, or another directory of
 * the same one. A path that neither has counts as the same.
 */
bool mount_table_differs(const MountTable *one, const MountTable *other, const char *path);
