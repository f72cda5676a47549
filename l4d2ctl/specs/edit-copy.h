/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The copy of a spec that an editor works on, in a directory of its own that other users can't
 * enter, because specs hold passwords and editors leave backups and swap files. It lies where a
 * reboot does not empty it, so that hours of work outlive one.
 */

#include <limits.h>

#include "specs/instance.h"

typedef struct EditCopy {
        int parent_fd;
        char directory[PATH_MAX]; /* …/l4d2ctl-edit.XXXXXX; "": none was made */
        char file[PATH_MAX];      /* directory/NAME.yaml */
} EditCopy;

/* Both return an ExitCode and have said what went wrong. */
int edit_copy_new(const char *name, const Text *text, EditCopy *ret) _must_check_;
int edit_copy_read(const EditCopy *copy, Text *ret) _must_check_;

/* Removes the directory and all an editor left in it. */
void edit_copy_remove(EditCopy *copy);

static inline void edit_copy_close(EditCopy *copy) {
        copy->parent_fd = safe_close(copy->parent_fd);
}
