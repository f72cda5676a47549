/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "archive/export.h"

#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/path-below.h"
#include "base/text.h"
#include "content/definition.h"
#include "spec/spec.h"

#define FILES "files"

/* The files beside the content. */
static const struct {
        const char *name;
        size_t size_max;
        const char *too_large;
} beside[] = {
        { OVERLAY_FILE, SPEC_SIZE_MAX, N_("it is larger than 64 KiB") },
        { OVERLAY_SCRIPT_FILE, DEFINITION_SCRIPT_MAX, N_("it is larger than 256 KiB") },
};

/* path: below the one directory. */
static const char *check_place(const char *path, struct archive_entry *entry) {
        for (size_t i = 0; i < ELEMENTSOF(beside); i++) {
                if (strcmp(path, beside[i].name) != 0)
                        continue;
                if (archive_entry_filetype(entry) != AE_IFREG)
                        return N_("it is not a regular file");
                return archive_entry_size(entry) > (int64_t) beside[i].size_max
                               ? beside[i].too_large
                               : NULL;
        }
        if (path_below(path, FILES))
                return NULL;
        if (strcmp(path, FILES) != 0)
                return N_("an exported overlay has overlay.yaml, script and files alone");
        return archive_entry_filetype(entry) == AE_IFDIR ? NULL : N_("it is not a directory");
}

const char *archive_export_check(
        ArchiveExport *export, const char *path, struct archive_entry *entry) {
        size_t n = strcspn(path, "/");

        if (export->top[0] == '\0')
                (void) snprintf(export->top, sizeof(export->top), "%.*s", (int) n, path);
        if (n != strlen(export->top) || memcmp(path, export->top, n) != 0)
                return N_("an exported overlay has one directory at its top");
        if (path[n] == '/')
                return check_place(path + n + 1, entry);
        return archive_entry_filetype(entry) == AE_IFDIR ? NULL : N_("it is not a directory");
}

static int copy_beside(int fd, const ArchiveExport *export, size_t i, int beside_fd) {
        const FileLimits limits = { .size_max = beside[i].size_max };
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        r = read_file_beneath(fd, beside[i].name, &limits, &text, &size);
        if (r == -ENOENT)
                return 0;
        if (r < 0) {
                log_error(
                        "Failed to unpack '%s/%s': %s", export->top, beside[i].name,
                        _(file_error_message(r)));
                return r;
        }
        r = write_file_atomic(beside_fd, beside[i].name, text, size, 0644);
        return r < 0 ? log_error_errno(r, "Failed to keep '%s/%s'", export->top, beside[i].name)
                     : 0;
}

int archive_export_place(int top_fd, const ArchiveExport *export, int beside_fd, Layout *ret) {
        _cleanup_close_ int fd = open_beneath(top_fd, export->top, O_RDONLY | O_DIRECTORY);
        _cleanup_close_ int files_fd =
                fd < 0 ? fd : open_beneath(fd, FILES, O_RDONLY | O_DIRECTORY);
        int r = 0;

        if (files_fd == -ENOENT) {
                log_error(
                        "Failed to unpack the archive: it is not an exported overlay, because it has "
                        "no directory '%s/%s'",
                        export->top, FILES);
                return -EBADMSG;
        }
        if (files_fd < 0)
                return log_error_errno(files_fd, "Failed to read '%s/%s'", export->top, FILES);
        for (size_t i = 0; i < ELEMENTSOF(beside) && r >= 0; i++)
                r = copy_beside(fd, export, i, beside_fd);
        if (r < 0)
                return r;

        *ret = (Layout) { .level = LAYOUT_PLAIN, .to = ".", .from_fd = TAKE_FD(files_fd) };
        return 0;
}
