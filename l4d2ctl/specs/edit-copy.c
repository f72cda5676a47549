/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "specs/edit-copy.h"

#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"

static const char *choose_parent(void) {
        const char *directory = secure_getenv("TMPDIR");

        return directory && directory[0] == '/' ? directory : "/var/tmp";
}

static int make(const char *name, const Text *text, EditCopy *copy) {
        const char *parent = choose_parent();
        _cleanup_close_ int fd = -EBADF;
        int n;

        copy->parent_fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (copy->parent_fd < 0)
                return -errno;

        n = snprintf(copy->directory, sizeof(copy->directory), "%s/l4d2ctl-edit.XXXXXX", parent);
        if (n >= PATH_MAX - INSTANCE_NAME_MAX - 8)
                return -ENAMETOOLONG;
        if (!mkdtemp(copy->directory)) {
                copy->directory[0] = '\0';
                return -errno;
        }
        (void) stpcpy(stpcpy(stpcpy(stpcpy(copy->file, copy->directory), "/"), name), ".yaml");

        fd = open(copy->file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        return fd < 0 ? -errno : write_all(fd, text->data, text->size);
}

int edit_copy_new(const char *name, const Text *text, EditCopy *ret) {
        EditCopy copy = { .parent_fd = -EBADF };
        int r;

        r = make(name, text, &copy);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to create a copy to edit in %s", choose_parent());
                edit_copy_remove(&copy);
                edit_copy_close(&copy);
                return CTL_FAILURE;
        }

        *ret = copy;
        return CTL_OK;
}

int edit_copy_read(const EditCopy *copy, Text *ret) {
        FileLimits limits = { .size_max = SPEC_SIZE_MAX };
        _cleanup_close_ int fd = -EBADF;
        int r;

        fd = open(copy->directory, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        r = fd < 0 ? -errno
                   : read_file_beneath(
                             fd, strrchr(copy->file, '/') + 1, &limits, &ret->data, &ret->size);
        if (r < 0) {
                log_error("Failed to read %s: %s", copy->file, _(file_error_message(r)));
                return CTL_FAILURE;
        }
        return CTL_OK;
}

void edit_copy_remove(EditCopy *copy) {
        int r;

        if (copy->directory[0] == '\0')
                return;

        r = remove_tree(copy->parent_fd, strrchr(copy->directory, '/') + 1);
        if (r < 0)
                (void) log_error_errno(r, "Failed to remove %s", copy->directory);
        copy->directory[0] = '\0';
}
