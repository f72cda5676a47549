/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The mounts that this process sees, from /proc/self/mountinfo. The launcher checks that its game
 * tree is the right overlay, the overlay helper finds the mounts that use an upper directory, and
 * l4d2ctl shows what a server sees.
 *
 * libmount is not used: its parser (2.41) decodes escapes before it splits the options, so that the
 * upper directory "/a,upperdir=/b" reads as "/a"; and the launcher, which runs once a start with
 * the game server's own rights, should be small. All programs use this parser, so that they agree
 * which tree is a server's.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"

typedef struct MountInfo {
        uint64_t id;
        char *device;      /* "major:minor" of the file system */
        char *root;        /* the directory of the file system that is seen at mount_point */
        char *mount_point; /* absolute */
        char *flags;       /* of this mount: "ro,nosuid", … */
        char *fs_type;
        char *options; /* of the file system, still escaped: see mount_info_option() */
} MountInfo;

/* Splits one line in place; the fields point into it. -EBADMSG when it is not a mountinfo line. */
int mount_info_parse(char *line, MountInfo *ret) _must_check_;

/*
 * The value of key in a mount's options, unescaped, from malloc. -ENODATA when it isn't there;
 * the first one when it is there several times.
 */
int mount_info_option(const MountInfo *mount, const char *key, char **ret) _must_check_;

/* Calls visit for each lower directory of an overlay mount; a value other than 0 ends it and
 * becomes its result. -ENOMEM. */
int mount_info_each_layer(
        const MountInfo *mount, int (*visit)(const char *layer, void *userdata), void *userdata)
        _must_check_;

/* Called for each mount; a value other than 0 ends the walk and becomes its result. */
typedef int (*MountInfoVisit)(const MountInfo *mount, void *userdata);

/* Walks /proc/self/mountinfo. Returns 0 at its end, what visit returned, or -errno. */
int mount_info_each(MountInfoVisit visit, void *userdata) _must_check_;

/* The same for any stream of such lines. */
int mount_info_each_of(FILE *f, MountInfoVisit visit, void *userdata) _must_check_;

/* Whether a list like "ro,nosuid" has this word. */
bool mount_info_has_flag(const char *list, const char *word);

/* 1 and the id of its mount when fd is the root of a mount, 0 when it is not, or -errno. */
int mount_info_root_id(int fd, uint64_t *ret) _must_check_;

/*
 * Returns 1 when the directory fd is the root of an overlay mount with this upper directory, 0 when
 * it is anything else, or -errno. ret_device gets the file system's "major:minor", from malloc: the
 * same in every mount namespace, and unique for as long as it is mounted anywhere.
 */
int mount_info_find_overlay(int fd, const char *upper, char **ret_device) _must_check_;
