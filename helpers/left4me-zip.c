/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Writes the directory on standard input as an archive to standard output: `l4d2ctl overlay zip`
 * and `overlay export` run it. Files are stored, not packed: most of what a game has is packed
 * already.
 *
 * Usage: left4me-zip NAME <DIRECTORY
 *                a zip archive in which all paths begin with NAME/
 *        left4me-zip --tar NAME [FD FILE…] <DIRECTORY
 *                a tar archive with the directory as NAME/files, and beside it those files of the
 *                directory that is open as descriptor FD, as far as it has them
 */

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "layer/tree-copy.h"

enum { BLOCK_SIZE = 256 * 1024 };

DEFINE_CLEANUP(struct archive_entry *, archive_entry_free)

typedef struct Level {
        struct archive *archive;
        const char *path; /* of the directory, in the archive */
        TreeProblem *problem;
} Level;

static int fail(struct archive *archive) {
        log_error("Failed to write the archive: %s", archive_error_string(archive));
        return archive_errno(archive) > 0 ? -archive_errno(archive) : -EIO;
}

static int write_header(
        struct archive *archive, const char *path, const struct stat *st, bool is_directory) {
        _cleanup_(archive_entry_freep) struct archive_entry *entry = archive_entry_new();

        if (!entry)
                return -ENOMEM;
        archive_entry_update_pathname_utf8(entry, path);
        archive_entry_set_filetype(entry, is_directory ? AE_IFDIR : AE_IFREG);
        archive_entry_set_perm(entry, is_directory || (st->st_mode & 0111) ? 0755 : 0644);
        archive_entry_set_mtime(entry, st->st_mtim.tv_sec, 0);
        archive_entry_set_size(entry, is_directory ? 0 : st->st_size);
        return archive_write_header(archive, entry) >= ARCHIVE_WARN ? 0 : fail(archive);
}

static int write_data(struct archive *archive, int fd, off_t size) {
        static char block[BLOCK_SIZE];

        while (size > 0) {
                ssize_t n = read_full(fd, block, sizeof(block));

                if (n < 0)
                        return (int) n;
                if (n == 0)
                        return -ESTALE; /* it became shorter */
                if (archive_write_data(archive, block, (size_t) n) != n)
                        return fail(archive);
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
        r = write_header(level->archive, path, &st, false);
        return r < 0 ? r : write_data(level->archive, fd, st.st_size);
}

static int add_entry(int dir_fd, const char *name, const struct stat *st, void *userdata);

static int add_directory(
        int dir_fd, const char *name, const struct stat *st, const Level *level, const char *path) {
        _cleanup_close_ int fd = open_beneath(dir_fd, name, O_RDONLY | O_DIRECTORY);
        Level below = { level->archive, path, level->problem };
        int r;

        if (fd < 0)
                return fd;
        r = write_header(level->archive, path, st, true);
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

/* name: what the person knows the directory on standard input as. */
static int add_content(const Level *top, const char *name) {
        TreeProblem *problem = top->problem;
        Level level = *top;
        int r;

        r = tree_each_entry(STDIN_FILENO, add_entry, &level, problem);
        if (r < 0)
                return log_error_errno(
                        r, "Failed to read '%s'", problem->path ? problem->path : name);
        return 0;
}

static int write_zip(struct archive *archive, const char *name) {
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        const Level top = { archive, name, &problem };
        int r;

        if (archive_write_set_format_zip(archive) != ARCHIVE_OK ||
            archive_write_zip_set_compression_store(archive) != ARCHIVE_OK ||
            archive_write_set_options(archive, "zip:hdrcharset=UTF-8") != ARCHIVE_OK ||
            archive_write_open_fd(archive, STDOUT_FILENO) != ARCHIVE_OK)
                return fail(archive);
        r = add_content(&top, name);
        if (r < 0)
                return r;
        return archive_write_close(archive) == ARCHIVE_OK ? 0 : fail(archive);
}

/* --- tar ----------------------------------------------------------------------------------------
 */

/* The arguments of a run. */
typedef struct Request {
        const char *name;
        bool is_tar;
        int beside_fd;      /* -EBADF: no files beside the content */
        char *const *files; /* NULL-terminated */
} Request;

static int add_beside(const Request *request, const Level *top, const char *file) {
        _cleanup_free_ char *path = NULL;
        int r;

        if (asprintf(&path, "%s/%s", top->path, file) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        r = add_file(request->beside_fd, file, top, path);
        if (r < 0 && r != -ENOENT)
                return log_error_errno(r, "Failed to read '%s'", file);
        return 0;
}

static int add_files(const Level *top) {
        _cleanup_free_ char *path = NULL;
        Level files = *top;
        struct stat st;
        int r;

        if (fstat(STDIN_FILENO, &st) < 0)
                return -errno;
        if (asprintf(&path, "%s/files", top->path) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        files.path = path;
        r = write_header(files.archive, path, &st, true);
        return r < 0 ? r : add_content(&files, top->path);
}

static int write_tar(struct archive *archive, const Request *request) {
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        const Level top = { archive, request->name, &problem };
        int r = 0;

        if (archive_write_set_format_pax_restricted(archive) != ARCHIVE_OK ||
            archive_write_set_bytes_per_block(archive, BLOCK_SIZE) != ARCHIVE_OK ||
            archive_write_set_bytes_in_last_block(archive, 1) != ARCHIVE_OK ||
            archive_write_open_fd(archive, STDOUT_FILENO) != ARCHIVE_OK)
                return fail(archive);
        for (char *const *file = request->files; r >= 0 && *file; file++)
                r = add_beside(request, &top, *file);
        if (r >= 0)
                r = add_files(&top);
        if (r < 0)
                return r;
        return archive_write_close(archive) == ARCHIVE_OK ? 0 : fail(archive);
}

/* --- command line -------------------------------------------------------------------------------
 */

static bool parse(int argc, char *argv[], Request *ret) {
        Request request = { .beside_fd = -EBADF };

        request.is_tar = argc > 1 && strcmp(argv[1], "--tar") == 0;
        argv += request.is_tar;
        argc -= request.is_tar;
        if (argc < 2 || argv[1][0] == '\0' || (argc > 2 && !request.is_tar))
                return false;
        request.name = argv[1];
        request.files = argv + 2;
        if (argc > 2) {
                char *end;
                long fd = strtol(argv[2], &end, 10);

                if (end == argv[2] || *end != '\0' || fd < 3 || fd > INT_MAX)
                        return false;
                request.beside_fd = (int) fd;
                request.files++;
        }

        *ret = request;
        return true;
}

int main(int argc, char *argv[]) {
        struct archive *archive;
        Request request;
        int r;

        text_setup();
        log_setup("left4me-zip", LOG_TARGET_STDERR);
        /* In another one, libarchive can't write names with other letters than English ones. */
        (void) setlocale(LC_CTYPE, "C.UTF-8");
        if (!parse(argc, argv, &request)) {
                log_error("Usage: left4me-zip [--tar] NAME [FD FILE…] <DIRECTORY");
                return 2;
        }
        archive = archive_write_new();
        r = !archive         ? -ENOMEM
            : request.is_tar ? write_tar(archive, &request)
                             : write_zip(archive, request.name);
        (void) archive_write_free(archive);
        return r < 0;
}
