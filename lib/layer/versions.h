/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Versions of content. The game's installation and each overlay is a directory, a store, with
 *
 *     versions/ID/   complete versions; those made here have numbers that count up as ID
 *     current        a link to versions/ID: what a server mounts at its next start
 *     staging/       versions that are being made (layer/stage.h)
 *
 * A version is complete or absent, also after a power cut, and nothing in it changes afterwards:
 * servers have it mounted, and later versions share its files. All calls work on descriptors and
 * follow no link but current, which spec/overlay-dir.h checks.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"

enum { VERSIONS_MAX = 4096 };

typedef struct Version {
        char *id;        /* the name below versions/ */
        uint64_t number; /* 0: an admin named it, and left4me never removes it */
        uint64_t made;   /* when it was finished, µs, CLOCK_REALTIME */
        bool is_current;
} Version;

/* The number that an id is, as left4me writes them; 0: another name. */
uint64_t version_number(const char *id);

/* Versions with other names first, then by number. */
typedef struct VersionList {
        Version *items;
        size_t n_items;
} VersionList;

/* -E2BIG: more than VERSIONS_MAX. A store without versions has an empty list. Clear in any case. */
int version_list_load(int store_fd, VersionList *ret) _must_check_;
void version_list_clear(VersionList *list);

/* The version with this id, NULL: none. */
const Version *version_list_find(const VersionList *list, const char *id);

/* The newest version with a number that is older than the current one, to roll back to; the newest
 * of all when the current one has no number or is missing; NULL: none. */
const Version *version_list_previous(const VersionList *list);

/*
 * Lets one process at a time change the store. Makes staging/ when it is missing, with the store's
 * owner, and waits for another process that holds the lock. Returns a descriptor of staging/, whose
 * closing ends it, or -errno.
 */
int version_store_lock(int store_fd) _must_check_;

/* The same without waiting: -EAGAIN. */
int version_store_try_lock(int store_fd) _must_check_;

/*
 * Opens and locks dir_fd/name, which only the owner of dir_fd can open and so lock; it is made when
 * it is missing. operation is LOCK_EX, with LOCK_NB to not wait (-EAGAIN). -EPERM: it belongs to
 * another user, so it is not for left4me to work in.
 */
int owned_directory_lock(int dir_fd, const char *name, int operation) _must_check_;

/* Opens a directory of the store, which is made with its owner when it is missing. */
int version_store_make_directory(int store_fd, const char *name, mode_t mode) _must_check_;

/* Makes versions/ID current, atomically and on the disk. staging_fd comes from
 * version_store_lock(). -ENOENT: the version does not exist. */
int version_switch(int store_fd, int staging_fd, const char *id) _must_check_;

/* Whether a version is in use. 1: yes; 0: no; or -errno, which counts as yes. */
typedef int (*VersionIsUsed)(const char *id, void *userdata);

/*
 * Removes old versions: all but the current one, the keep newest ones, those in use and those with
 * other names; and what a killed process left in staging/. The newest always stays, so that no
 * number is given twice. 1: the caller may not remove some.
 * -EBADMSG, -ESTALE: current is unusable, so nothing is removed. ret_n_removed counts the versions.
 * The caller holds the lock.
 */
int version_collect(
        int store_fd, int staging_fd, size_t keep, VersionIsUsed is_used, void *userdata,
        size_t *ret_n_removed) _must_check_;
