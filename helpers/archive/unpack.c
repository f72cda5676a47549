/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "archive/unpack.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "archive/layout.h"
#include "archive/open.h"
#include "archive/path.h"
#include "archive/place.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "base/visible-text.h"

enum { NAMED_MAX = 20 }; /* warnings of a kind; more are counted only */

const UnpackLimits unpack_limits = {
        .bytes = UINT64_C(20) * 1000 * 1000 * 1000,
        .entries = 200000,
        .ratio = 200,
        .free = UINT64_C(256) * 1024 * 1024,
};

typedef struct Unpacking {
        const UnpackOptions *options;
        struct archive *archive;
        int archive_fd;
        uint64_t archive_size;
        int top_fd;         /* ARCHIVE_DIRECTORY of the tree */
        int dir_fd;         /* the directory of the entry before, or -EBADF … */
        char *dir;          /* … and its path */
        ArchiveNames names; /* of all files and directories */
        uint64_t n_entries;
        UnpackResult result;
} Unpacking;

/* --- refusing -----------------------------------------------------------------------------------
 */

/* Names of entries are shown as text, whatever bytes they have. */
static int refuse(const char *name, const char *reason) {
        _cleanup_free_ char *shown = malloc(VISIBLE_TEXT_MAX(strlen(name)));

        if (shown)
                (void) visible_text(name, strlen(name), shown);
        log_error("Failed to unpack '%s': %s", shown ? shown : "", _(reason));
        return -EBADMSG;
}

/* About an entry that would have so many more bytes. */
static int check_limits(const Unpacking *u, uint64_t more) {
        const UnpackLimits *limits = &u->options->limits;
        uint64_t bytes;

        if (u->n_entries > limits->entries) {
                log_error(
                        "Failed to unpack the archive: it has more than %" PRIu64
                        " files and directories",
                        limits->entries);
                return -E2BIG;
        }
        if (__builtin_add_overflow(u->result.n_bytes, more, &bytes) || bytes > limits->bytes) {
                log_error(
                        "Failed to unpack the archive: it has more than %" PRIu64 " MB",
                        limits->bytes / 1000 / 1000);
                return -E2BIG;
        }
        if (bytes > limits->free && bytes / limits->ratio > u->archive_size) {
                log_error(
                        "Failed to unpack the archive: its files are more than %" PRIu64
                        " times as large as the archive, as in an attack",
                        limits->ratio);
                return -E2BIG;
        }
        return 0;
}

/* --- directories --------------------------------------------------------------------------------
 */

/* Opens, or makes, the directory with the first size bytes of path, which is inside of dir_fd. */
static int enter_directory(Unpacking *u, int dir_fd, const char *path, size_t size) {
        _cleanup_free_ char *whole = strndup(path, size);
        const char *slash = whole ? strrchr(whole, '/') : NULL;
        const char *name = slash ? slash + 1 : whole;

        if (!whole)
                return -ENOMEM;
        if (mkdirat(dir_fd, name, 0700) >= 0) {
                int r = archive_names_add(&u->names, whole);

                /* The umask must not count. */
                if (r >= 0 && fchmodat(dir_fd, name, 0755, 0) < 0)
                        r = -errno;
                if (r < 0)
                        return r;
        } else if (errno != EEXIST)
                return -errno;
        return open_beneath(dir_fd, name, O_RDONLY | O_DIRECTORY);
}

/* Goes to a directory of the archive, "" for its top. */
static int go_to_directory(Unpacking *u, const char *path) {
        _cleanup_close_ int fd = -EBADF;
        char *copy;

        if (u->dir && strcmp(u->dir, path) == 0)
                return 0;
        fd = openat(u->top_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        for (const char *part = path; *part != '\0';) {
                const char *end = strchrnul(part, '/');
                int next = enter_directory(u, fd, path, (size_t) (end - path));

                if (next < 0)
                        return next;
                (void) safe_close(fd);
                fd = next;
                part = end + (*end == '/');
        }
        copy = strdup(path);
        if (!copy)
                return -ENOMEM;
        free(u->dir);
        u->dir = copy;
        (void) safe_close(u->dir_fd);
        u->dir_fd = TAKE_FD(fd);
        return 0;
}

static int unpack_directory(Unpacking *u, const char *path) {
        int r = go_to_directory(u, path);

        if (r == -ENOTDIR)
                return refuse(path, N_("it is also a file of the archive"));
        return r < 0 ? log_error_errno(r, "Failed to create the directory '%s'", path) : 0;
}

/* --- files --------------------------------------------------------------------------------------
 */

static int write_at(int fd, const char *data, size_t size, int64_t offset) {
        while (size > 0) {
                ssize_t n = pwrite(fd, data, size, offset);

                if (n < 0 && errno != EINTR)
                        return -errno;
                if (n > 0) {
                        data += n;
                        offset += n;
                        size -= (size_t) n;
                }
        }
        return 0;
}

static void tell_progress(const Unpacking *u) {
        off_t position = lseek(u->archive_fd, 0, SEEK_CUR);

        if (u->options->progress && position >= 0)
                u->options->progress(
                        (uint64_t) position, u->archive_size, u->result.n_files,
                        u->options->userdata);
}

/* Counts the bytes up to end, where the file has had so many before: holes are bytes too. */
static int grow_to(Unpacking *u, uint64_t end, uint64_t *size) {
        uint64_t more = end > *size ? end - *size : 0;
        int r = check_limits(u, more);

        if (r < 0)
                return r;
        u->result.n_bytes += more;
        *size += more;
        return 0;
}

/* size: 0 at first, then how much there was of the file. */
static int write_data(Unpacking *u, int fd, const char *path, uint64_t *size) {
        const void *data;
        int64_t offset;
        size_t n;
        int r;

        while ((r = archive_next_data(u->archive, path, &data, &n, &offset)) > 0) {
                uint64_t end;

                if (offset < 0 || __builtin_add_overflow((uint64_t) offset, n, &end))
                        return refuse(path, N_("the archive is damaged"));
                r = grow_to(u, end, size);
                if (r < 0)
                        return r;
                r = write_at(fd, data, n, offset);
                if (r < 0)
                        return log_error_errno(r, "Failed to write '%s'", path);
                tell_progress(u);
        }
        return r;
}

/* A hole at the end of a sparse file has no data. */
static int write_last_hole(Unpacking *u, struct archive_entry *entry, int fd, const char *path) {
        int64_t size = archive_entry_size(entry);
        struct stat st;
        uint64_t before;
        int r;

        if (archive_entry_sparse_count(entry) == 0)
                return 0;
        if (fstat(fd, &st) < 0)
                return log_error_errno(-errno, "Failed to write '%s'", path);
        if (size <= st.st_size)
                return 0;
        before = (uint64_t) st.st_size;
        r = grow_to(u, (uint64_t) size, &before);
        if (r >= 0 && ftruncate(fd, size) < 0)
                r = log_error_errno(-errno, "Failed to write '%s'", path);
        return r;
}

/* libarchive ends some files of damaged archives early, without an error. */
static bool is_whole(struct archive_entry *entry, uint64_t size) {
        return archive_entry_sparse_count(entry) > 0 || !archive_entry_size_is_set(entry) ||
               archive_entry_size(entry) == (int64_t) size;
}

/* When two entries have one name the last one counts, as tar appends newer ones. */
static int create_file(Unpacking *u, const char *name, const char *path) {
        enum { FLAGS = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC };
        int fd = openat(u->dir_fd, name, FLAGS, 0600), r;

        if (fd >= 0) {
                r = archive_names_add(&u->names, path);
                if (r < 0) {
                        (void) close(fd);
                        return r;
                }
                return fd;
        }
        if (errno != EEXIST)
                return -errno;
        if (unlinkat(u->dir_fd, name, 0) < 0)
                return -errno;
        log_warning("'%s' is in the archive more than once: the last one counts", path);
        fd = openat(u->dir_fd, name, FLAGS, 0600);
        return fd < 0 ? -errno : fd;
}

static int unpack_file(Unpacking *u, struct archive_entry *entry, char *path) {
        char *slash = strrchr(path, '/');
        const char *name = slash ? slash + 1 : path;
        _cleanup_free_ char *dir = slash ? strndup(path, (size_t) (slash - path)) : strdup("");
        _cleanup_close_ int fd = -EBADF;
        uint64_t size = 0;
        int r;

        if (!dir)
                return log_error_errno(-ENOMEM, "Failed to create the file '%s'", path);
        r = unpack_directory(u, dir);
        if (r < 0)
                return r;
        fd = create_file(u, name, path);
        if (fd == -EISDIR)
                return refuse(path, N_("it is also a directory of the archive"));
        if (fd < 0)
                return log_error_errno(fd, "Failed to create the file '%s'", path);
        u->result.n_files++;
        r = write_data(u, fd, path, &size);
        if (r >= 0 && !is_whole(entry, size))
                return refuse(path, N_("the archive is damaged, and has a part of it only"));
        if (r >= 0)
                r = write_last_hole(u, entry, fd, path);
        if (r >= 0 && fchmod(fd, archive_entry_perm(entry) & 0111 ? 0755 : 0644) < 0)
                r = log_error_errno(-errno, "Failed to set the mode of '%s'", path);
        return r;
}

/* --- entries ------------------------------------------------------------------------------------
 */

static int skip_link(Unpacking *u, const char *path) {
        if (u->result.n_links++ < NAMED_MAX)
                log_warning("'%s' is skipped: it is a symbolic link", path);
        return 0;
}

static int unpack_by_type(Unpacking *u, struct archive_entry *entry, char *path) {
        if (archive_entry_hardlink(entry))
                return refuse(
                        path, N_("it is a hard link; pack the files again with 'tar "
                                 "--hard-dereference'"));
        if (archive_entry_is_encrypted(entry))
                return archive_refuse_encrypted(path);
        switch (archive_entry_filetype(entry)) {
        case AE_IFREG:
                return unpack_file(u, entry, path);
        case AE_IFDIR:
                return unpack_directory(u, path);
        case AE_IFLNK:
                return skip_link(u, path);
        default:
                return refuse(path, N_("it is a device, a pipe or a socket"));
        }
}

static int unpack_entry(Unpacking *u, struct archive_entry *entry) {
        const char *name = archive_entry_pathname(entry), *reason = NULL;
        _cleanup_free_ char *path = NULL;
        int64_t size = archive_entry_size(entry);
        int r;

        u->n_entries++;
        r = check_limits(u, size > 0 ? (uint64_t) size : 0);
        if (r < 0)
                return r;
        r = archive_path_clean(name ? name : "", u->options->strip, &path, &reason);
        if (r == -EINVAL)
                return refuse(name ? name : "", reason);
        if (r < 0)
                return log_error_errno(r, "Failed to unpack the archive");
        if (r == 0 || archive_path_is_junk(path))
                return 0;
        if (u->options->export)
                reason = archive_export_check(u->options->export, path, entry);
        if (reason)
                return refuse(path, reason);
        tell_progress(u);
        return unpack_by_type(u, entry, path);
}

static void warn_about_clash(const char *one, const char *other, void *userdata) {
        UnpackResult *result = userdata;

        if (result->n_clashes++ < NAMED_MAX)
                log_warning(
                        "'%s' and '%s' differ only in upper and lower case: the game finds only "
                        "one of them",
                        one, other);
}

static int unpack_entries(Unpacking *u) {
        struct archive_entry *entry;
        int r;

        while ((r = archive_next(u->archive, &entry)) > 0) {
                r = unpack_entry(u, entry);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;
        archive_names_sort(&u->names);
        archive_names_each_clash(&u->names, warn_about_clash, &u->result);
        return 0;
}

static int unpack_into(
        int archive_fd, int top_fd, const UnpackOptions *options, UnpackResult *ret) {
        _cleanup_(archive_closep) struct archive *archive = NULL;
        Unpacking u = {
                .options = options,
                .archive_fd = archive_fd,
                .top_fd = top_fd,
                .dir_fd = -EBADF,
        };
        struct stat st;
        int r;

        if (fstat(archive_fd, &st) < 0)
                return log_error_errno(-errno, "Failed to read the archive");
        u.archive_size = (uint64_t) st.st_size;
        r = archive_open(archive_fd, &archive);
        if (r < 0)
                return r;
        u.archive = archive;
        r = unpack_entries(&u);
        if (r >= 0 && u.result.n_files == 0) {
                log_error("Failed to unpack the archive: it has no files");
                r = -EBADMSG;
        }
        archive_names_done(&u.names);
        free(u.dir);
        (void) safe_close(u.dir_fd);
        *ret = u.result;
        return r;
}

/* --- places -------------------------------------------------------------------------------------
 */

static int find_layout(int top_fd, const UnpackOptions *options, Layout *ret) {
        int r;

        if (options->export)
                return archive_export_place(top_fd, options->export, options->beside_fd, ret);
        if (!options->is_auto) {
                *ret = (Layout) { .level = LAYOUT_PLAIN, .to = "." };
                ret->from_fd = openat(top_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                return ret->from_fd < 0 ? log_error_errno(-errno, "Failed to read the files") : 0;
        }
        r = layout_find(top_fd, ret);
        if (r < 0)
                return log_error_errno(r, "Failed to read the files");
        if (r == 0) {
                log_error("Failed to find out where the archive belongs: it has no left4dead2, "
                          "addons, cfg or the like, and no .vpk file; name a path in the overlay");
                return -EBADMSG;
        }
        return 0;
}

/* The path of the options and the layout's as one; from malloc. */
static char *join_places(const char *path, const char *to) {
        char *joined = NULL;

        if (strcmp(path, ".") == 0)
                return strdup(to);
        if (strcmp(to, ".") == 0)
                return strdup(path);
        return asprintf(&joined, "%s/%s", path, to) < 0 ? NULL : joined;
}

static int place(int tree_fd, int top_fd, const UnpackOptions *options, UnpackResult *result) {
        Placement placement = {
                .tree_fd = tree_fd,
                .keep = options->keep,
                .placed = options->placed,
        };
        _cleanup_free_ char *to = NULL;
        Layout layout;
        int r;

        r = find_layout(top_fd, options, &layout);
        if (r < 0)
                return r;
        if (layout.n_beside > 0)
                log_count(
                        LOG_NOTICE, layout.n_beside,
                        "%zu file beside the directory of the pack is left out",
                        "%zu files beside the directory of the pack are left out", layout.n_beside);
        placement.to = to = join_places(options->path, layout.to);
        r = to ? archive_place(&layout, &placement)
               : log_error_errno(-ENOMEM, "Failed to unpack the archive");
        (void) safe_close(layout.from_fd);
        result->n_kept = placement.n_kept;
        result->n_left_out = placement.n_left_out + layout.n_beside;
        result->n_clashes += placement.n_clashes;
        result->to = layout.to;
        return r;
}

int archive_unpack(int archive_fd, int tree_fd, const UnpackOptions *options, UnpackResult *ret) {
        _cleanup_close_ int top_fd = -EBADF;
        UnpackResult result = {};
        int r, removed;

        /* A killed one left it behind. */
        r = remove_tree(tree_fd, ARCHIVE_DIRECTORY);
        if (r >= 0)
                top_fd = r = make_directory_beneath(tree_fd, ARCHIVE_DIRECTORY, 0700);
        if (r < 0)
                return log_error_errno(r, "Failed to create a directory in the overlay");

        r = unpack_into(archive_fd, top_fd, options, &result);
        if (r >= 0)
                r = place(tree_fd, top_fd, options, &result);
        removed = remove_tree(tree_fd, ARCHIVE_DIRECTORY);
        if (r >= 0 && removed < 0)
                r = log_error_errno(removed, "Failed to remove a directory of the overlay");
        if (r >= 0)
                *ret = result;
        return r;
}
