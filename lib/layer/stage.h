/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A version of a store (layer/versions.h) while it is being made:
 *
 *     staging/KEY/tree/   its content
 *     staging/KEY/begun   a link that is there when tree/ has all that it begins with
 *     staging/KEY/base    a link with the text of "current" at the beginning; missing: there was
 *                         none
 *
 * KEY is the kind of its producer; one producer of a kind at a time makes a version of one store. A
 * killed producer leaves its directory behind, and the next of that kind removes it at its
 * beginning. Each call takes the staging_fd of version_store_lock(), or another directory in which
 * no other process works. Then stage_resume(), stage_seal() and stage_sync() need no lock of the
 * store; the others do.
 */

#include <sys/types.h>

#include "layer/tree-copy.h"

/* Where a version begins: as the current one, or empty. */
typedef enum StageOrigin {
        STAGE_FROM_CURRENT, /* empty as well when there is none */
        /* The same without sharing a file: for a producer that is the store's owner and writes to
         * files in place. It needs the space twice until tree_share(), unless the file system
         * shares blocks; -ENOSPC before it would fill the disk. */
        STAGE_COPY_OF_CURRENT,
        STAGE_EMPTY,
} StageOrigin;

/*
 * Begins a version; what an earlier one with this key left is removed. ret_tree_fd is its tree,
 * open for reading. producer owns the tree and can't change the files that it shares with the
 * current version; NULL: the store's owner. -EINVAL: not a key; -ENODEV: see problem.
 */
int stage_begin(
        int store_fd, int staging_fd, const char *key, StageOrigin origin,
        const TreeOwner *producer, TreeProblem *problem, int *ret_tree_fd) _must_check_;

/*
 * Opens the tree of a version that an earlier process began and did not finish, to go on with it.
 * -ENOENT: none was begun, or not completely; -ESTALE: current is another one than at its
 * beginning.
 */
int stage_resume(int store_fd, int staging_fd, const char *key, int *ret_tree_fd) _must_check_;

/*
 * Lets a version be gone on with after a rollback, when stage_resume() returns -ESTALE: as if it
 * had begun with the older version that is current now. -ENOENT as there; -ESTALE: current is not
 * such a version, and may have files that this one lacks.
 */
int stage_rebase(int store_fd, int staging_fd, const char *key) _must_check_;

/* Opens (O_PATH) the version that was current at its beginning. -ENODATA: there was none, or it was
 * removed since. */
int stage_open_base(int store_fd, int staging_fd, const char *key, int *ret_fd) _must_check_;

/* From now on it can't be gone on with: before its files are shared with the current version. */
int stage_end_resume(int staging_fd, const char *key) _must_check_;

/* Gives the tree the rights of a version. -ENODEV, -ELOOP and the like: see problem. */
int stage_seal(int store_fd, int staging_fd, const char *key, TreeProblem *problem) _must_check_;

/* Writes the tree to the disk; from then on the version has the present time. */
int stage_sync(int staging_fd, const char *key) _must_check_;

/* Makes a tree current that was sealed and synced and not changed since. ret_id is from malloc.
 * -ENOENT, -ESTALE as stage_commit(). */
int stage_publish(int store_fd, int staging_fd, const char *key, char **ret_id) _must_check_;

/*
 * Finishes the version: gives it its rights, writes it to the disk and makes it current. ret_id is
 * from malloc. -ENOENT: nothing was begun; -ESTALE: current is another one than at the beginning,
 * so that committing would undo that change; -ENODEV, -ELOOP: see problem. After an error the
 * staging directory is still there.
 */
int stage_commit(int store_fd, int staging_fd, const char *key, TreeProblem *problem, char **ret_id)
        _must_check_;

/* Finishes the version as stage_commit(), but leaves current as it is, whatever that is. */
int stage_keep(int store_fd, int staging_fd, const char *key, TreeProblem *problem, char **ret_id)
        _must_check_;

/* Removes what was begun. None is success. */
int stage_abort(int staging_fd, const char *key);
