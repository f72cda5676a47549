/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the kernel says is mounted: /proc/self/mountinfo, as this process sees it. The launcher
 * asks whether its game tree is the right overlay, the overlay helper which mounts use an upper
 * directory, l4d2ctl what a server sees.
 *
 * Not by libmount: its parser (2.41) decodes escapes before the options are taken apart, so that
 * the upper directory "/a,upperdir=/b" reads as "/a"; and the launcher runs once a start with the
 * game server's own rights and should be small. All programs read by this one, so that they agree
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
 * 1 when the directory fd is the root of an overlay mount with this upper directory, 0 when it is
 * anything else, or -errno. ret_device gets the file system's "major:minor", from malloc: the same
 * in every mount namespace, and nobody else's while it is mounted anywhere.
 */
int mount_info_find_overlay(int fd, const char *upper, char **ret_device) _must_check_;
