/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Writes the directory on standard input as a zip archive to standard output, a pipe: `l4d2ctl
 * overlay zip` runs it. Files are stored, not packed: most of what a game has is packed already.
 *
 * Usage: left4me-zip NAME <DIRECTORY
 *        NAME/ is what all paths in the archive begin with
 */

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "layer/tree-copy.h"

DEFINE_CLEANUP(struct archive_entry *, archive_entry_free)

typedef struct Level {
        struct archive *zip;
        const char *path; /* of the directory, in the archive */
        TreeProblem *problem;
} Level;

static int fail(struct archive *zip) {
        log_error("Failed to write the archive: %s", archive_error_string(zip));
        return archive_errno(zip) > 0 ? -archive_errno(zip) : -EIO;
}

static int write_header(
        struct archive *zip, const char *path, const struct stat *st, bool is_directory) {
        _cleanup_(archive_entry_freep) struct archive_entry *entry = archive_entry_new();

        if (!entry)
                return -ENOMEM;
        archive_entry_update_pathname_utf8(entry, path);
        archive_entry_set_filetype(entry, is_directory ? AE_IFDIR : AE_IFREG);
        archive_entry_set_perm(entry, is_directory || (st->st_mode & 0111) ? 0755 : 0644);
        archive_entry_set_mtime(entry, st->st_mtim.tv_sec, 0);
        archive_entry_set_size(entry, is_directory ? 0 : st->st_size);
        return archive_write_header(zip, entry) == ARCHIVE_OK ? 0 : fail(zip);
}

static int write_data(struct archive *zip, int fd, off_t size) {
        static char block[256 * 1024];

        while (size > 0) {
                ssize_t n = read_full(fd, block, sizeof(block));

                if (n < 0)
                        return (int) n;
                if (n == 0)
                        return -ESTALE; /* it became shorter */
                if (archive_write_data(zip, block, (size_t) n) != n)
                        return fail(zip);
                size -= n;
        }
        return 0;
}

static int add_file(int dir_fd, const char *name, const Level *level, const char *path) {
        _cleanup_close_ int fd = open_beneath(dir_fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
        struct stat st;
        int r;

        if (fd < 0 || fstat(fd, &st) < 0)
                return fd < 0 ? fd : -errno;
        if (!S_ISREG(st.st_mode))
                return -ENODEV;
        r = write_header(level->zip, path, &st, false);
        return r < 0 ? r : write_data(level->zip, fd, st.st_size);
}

static int add_entry(int dir_fd, const char *name, const struct stat *st, void *userdata);

static int add_directory(
        int dir_fd, const char *name, const struct stat *st, const Level *level, const char *path) {
        _cleanup_close_ int fd = open_beneath(dir_fd, name, O_RDONLY | O_DIRECTORY);
        Level below = { level->zip, path, level->problem };
        int r;

        if (fd < 0)
                return fd;
        r = write_header(level->zip, path, st, true);
        return r < 0 ? r : tree_each_entry(fd, add_entry, &below, level->problem);
}

/* Links and special files are left out: none of ours has any. */
static int add_entry(int dir_fd, const char *name, const struct stat *st, void *userdata) {
        const Level *level = userdata;
        _cleanup_free_ char *path = NULL;

        if (!S_ISDIR(st->st_mode) && !S_ISREG(st->st_mode))
                return 0;
        if (strlen(level->path) >= PATH_MAX)
                return -ENAMETOOLONG;
        if (asprintf(&path, "%s/%s", level->path, name) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        return S_ISDIR(st->st_mode) ? add_directory(dir_fd, name, st, level, path)
                                    : add_file(dir_fd, name, level, path);
}

static int write_zip(struct archive *zip, const char *name) {
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        Level top = { zip, name, &problem };
        int r;

        if (archive_write_set_format_zip(zip) != ARCHIVE_OK ||
            archive_write_zip_set_compression_store(zip) != ARCHIVE_OK ||
            archive_write_set_options(zip, "zip:hdrcharset=UTF-8") != ARCHIVE_OK ||
            archive_write_open_fd(zip, STDOUT_FILENO) != ARCHIVE_OK)
                return fail(zip);
        r = tree_each_entry(STDIN_FILENO, add_entry, &top, &problem);
        if (r < 0)
                return log_error_errno(
                        r, "Failed to read '%s'", problem.path ? problem.path : name);
        return archive_write_close(zip) == ARCHIVE_OK ? 0 : fail(zip);
}

int main(int argc, char *argv[]) {
        struct archive *zip;
        int r;

        text_setup();
        log_setup("left4me-zip", LOG_TARGET_STDERR);
        if (argc != 2 || argv[1][0] == '\0') {
                log_error("Usage: left4me-zip NAME <DIRECTORY");
                return 2;
        }
        zip = archive_write_new();
        r = zip ? write_zip(zip, argv[1]) : -ENOMEM;
        (void) archive_write_free(zip);
        return r < 0;
}
