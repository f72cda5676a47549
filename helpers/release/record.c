/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The record of the release that a version of an overlay has. */

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "archive/path.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "layer/tree-edit.h"
#include "release/release.h"

enum { RECORD_SIZE_MAX = 64 * 1024 * 1024 };

static int parse_record(const char *text, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *record = NULL;
        int r = sd_json_parse(text, 0, &record, NULL, NULL);

        if (r == -ENOMEM)
                return r;
        if (r < 0 || !sd_json_variant_is_object(record)) {
                log_warning("The file %s of the overlay is damaged and not used", RELEASE_RECORD);
                return sd_json_variant_new_object(ret, NULL, 0);
        }
        *ret = TAKE_PTR(record);
        return 0;
}

int release_record_load(const Producer *producer, sd_json_variant **ret) {
        const FileLimits limits = { .size_max = RECORD_SIZE_MAX, .linked = true };
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        r = read_file_beneath(producer->tree_fd, RELEASE_RECORD, &limits, &text, &size);
        if (r == -ENOENT)
                r = sd_json_variant_new_object(ret, NULL, 0);
        else if (r >= 0)
                r = parse_record(text, ret);
        return r < 0 ? log_error_errno(r, "Failed to read %s", RELEASE_RECORD) : 0;
}

int release_record_write(const Producer *producer, sd_json_variant *record) {
        _cleanup_free_ char *text = NULL;
        int r;

        r = sd_json_variant_format(record, SD_JSON_FORMAT_NEWLINE, &text);
        if (r >= 0)
                r = write_file_atomic(producer->tree_fd, RELEASE_RECORD, text, strlen(text), 0644);
        return r < 0 ? log_error_errno(r, "Failed to write %s", RELEASE_RECORD) : 0;
}

const char *release_record_text(sd_json_variant *record, const char *key) {
        return json_text(record, key) ?: "";
}

/* Removes the directories above a removed file that have become empty. */
static void remove_empty_parents(int tree_fd, const char *path) {
        _cleanup_free_ char *parent = strdup(path);
        char *slash;

        while (parent && (slash = strrchr(parent, '/'))) {
                _cleanup_close_ int dir_fd = -EBADF;
                char *name;

                *slash = '\0';
                name = strrchr(parent, '/');
                if (name)
                        *name = '\0';
                dir_fd = open_beneath(tree_fd, name ? parent : ".", O_RDONLY | O_DIRECTORY);
                if (dir_fd < 0 || unlinkat(dir_fd, name ? name + 1 : parent, AT_REMOVEDIR) < 0)
                        return;
                if (name)
                        *name = '/';
        }
}

int release_remove_old(
        const Producer *producer, sd_json_variant *record, const ArchiveNames *placed,
        char *const *keep) {
        sd_json_variant *files = json_list(record, "files");
        unsigned long n_removed = 0;

        for (size_t i = 0; i < sd_json_variant_elements(files); i++) {
                sd_json_variant *file = sd_json_variant_by_index(files, i);
                const char *path =
                        sd_json_variant_is_string(file) ? sd_json_variant_string(file) : "";
                int r;

                if (!tree_path_is_valid(path) || archive_names_has(placed, path) ||
                    archive_path_is_kept(path, keep))
                        continue;
                r = tree_remove(producer->tree_fd, path);
                /* A user has removed it, or made a directory or a file of a part of its path. */
                if (r == -ENOENT || r == -ENOTDIR || r == -ELOOP)
                        continue;
                if (r < 0)
                        return log_error_errno(
                                r, "Failed to remove '%s' of the earlier release", path);
                remove_empty_parents(producer->tree_fd, path);
                n_removed++;
        }
        if (n_removed > 0)
                log_count(
                        LOG_INFO, n_removed, "Removed %lu file of the earlier release",
                        "Removed %lu files of the earlier release", n_removed);
        return 0;
}
