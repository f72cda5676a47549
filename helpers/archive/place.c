/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "archive/place.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "archive/path.h"
#include "base/file.h"
#include "base/log.h"

enum { NAMED_MAX = 20 }; /* warnings of a kind; more are counted only */

/* A directory of the archive and the one of the tree that gets its entries. */
typedef struct Level {
        Placement *placement;
        LayoutLevel layout;
        int from_fd, to_fd;
        const char *path;   /* of to_fd below the tree, "" for the tree itself */
        ArchiveNames names; /* of to_fd before */
} Level;

static int place_entries(Level *level);

/* path/name, or name alone; from malloc. */
static char *join(const char *path, const char *name) {
        char *joined = NULL;

        return asprintf(&joined, "%s%s%s", path, *path ? "/" : "", name) < 0 ? NULL : joined;
}

/* Two names of the tree that differ in case only, from now on. */
static void warn_about_clash(Level *level, const char *path, const char *name) {
        const char *other = archive_names_find(&level->names, name);

        if (!other || strcmp(other, name) == 0)
                return;
        if (level->placement->n_clashes++ < NAMED_MAX)
                log_warning(
                        "'%s' and the '%s' that is there differ only in upper and lower case: the "
                        "game finds only one of them",
                        path, other);
}

static int note_file(Level *level, const char *path) {
        ArchiveNames *placed = level->placement->placed;
        int r = placed ? archive_names_add(placed, path) : 0;

        return r < 0 ? log_error_errno(r, "Failed to note '%s'", path) : 0;
}

static int place_file(Level *level, const char *from, const char *name, const char *path) {
        struct stat st;
        int r = 0;

        if (level->layout == LAYOUT_ADDONS && !layout_name_is_vpk(name)) {
                if (level->placement->n_left_out++ < NAMED_MAX)
                        log_notice("'%s' is left out: only .vpk files belong there", path);
                return 0;
        }
        if (fstatat(level->to_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
                if (errno != ENOENT)
                        r = -errno;
                else
                        warn_about_clash(level, path, name);
        } else if (S_ISDIR(st.st_mode))
                r = -EISDIR;
        else if (archive_path_is_kept(path, level->placement->keep)) {
                level->placement->n_kept++;
                log_info("'%s' is kept as it is", path);
                return note_file(level, path);
        }
        if (r >= 0 && renameat(level->from_fd, from, level->to_fd, name) < 0)
                r = -errno;
        if (r == -EISDIR)
                log_error("Failed to put the file '%s' there: a directory has this name", path);
        else if (r < 0)
                (void) log_error_errno(r, "Failed to put '%s' there", path);
        return r < 0 ? r : note_file(level, path);
}

static int merge_directory(Level *level, const char *from, const char *name, const char *path) {
        _cleanup_close_ int from_fd = open_beneath(level->from_fd, from, O_RDONLY | O_DIRECTORY);
        _cleanup_close_ int to_fd = -EBADF;
        Level below = {
                .placement = level->placement,
                .layout = layout_below(level->layout, name),
                .from_fd = from_fd,
                .path = path,
        };

        if (from_fd < 0)
                return log_error_errno(from_fd, "Failed to open '%s' of the archive", path);
        to_fd = make_directory_for(level->to_fd, name, 0755, geteuid(), getegid());
        if (to_fd == -ENOTDIR || to_fd == -ELOOP) {
                log_error(
                        "Failed to put the directory '%s' there: a file or a link has this name",
                        path);
                return to_fd;
        }
        if (to_fd < 0)
                return log_error_errno(to_fd, "Failed to create the directory '%s'", path);
        below.to_fd = to_fd;
        return place_entries(&below);
}

static int place_directory(Level *level, const char *from, const char *name, const char *path) {
        struct stat st;

        if (level->layout == LAYOUT_ADDONS) {
                if (level->placement->n_left_out++ < NAMED_MAX)
                        log_notice("'%s' is left out: only .vpk files belong there", path);
                return 0;
        }
        if (fstatat(level->to_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT) {
                warn_about_clash(level, path, name);
                /* As a whole, where no name below has to be looked at or noted. */
                if (layout_below(level->layout, name) == LAYOUT_PLAIN &&
                    !level->placement->placed &&
                    renameat(level->from_fd, from, level->to_fd, name) >= 0)
                        return 0;
        }
        return merge_directory(level, from, name, path);
}

static int place_entry(Level *level, const char *from) {
        const char *name = layout_spelling(level->layout, from);
        _cleanup_free_ char *path = NULL;
        struct stat st;

        if (fstatat(level->from_fd, from, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return log_error_errno(-errno, "Failed to look at '%s' of the archive", from);
        /* A file named like a directory of the game is one all the same. */
        if (!S_ISDIR(st.st_mode))
                name = from;
        path = join(level->path, name);
        if (!path)
                return log_error_errno(-ENOMEM, "Failed to put '%s' there", name);
        return S_ISDIR(st.st_mode) ? place_directory(level, from, name, path)
                                   : place_file(level, from, name, path);
}

/* The names are read first: entries leave the directory meanwhile. */
static int place_entries(Level *level) {
        _cleanup_(archive_names_done) ArchiveNames entries = {};
        int r;

        r = archive_names_read(level->from_fd, &entries);
        if (r >= 0)
                r = archive_names_read(level->to_fd, &level->names);
        if (r < 0)
                (void) log_error_errno(r, "Failed to list '%s'", level->path);
        for (size_t i = 0; i < entries.n_items && r >= 0; i++)
                r = place_entry(level, entries.items[i]);
        archive_names_done(&level->names);
        return r;
}

/* Opens a path of the tree, whose missing directories are made. */
static int open_place(int tree_fd, const char *path) {
        _cleanup_close_ int fd = openat(tree_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0)
                return -errno;
        while (*path != '\0') {
                size_t n = strcspn(path, "/");
                char name[NAME_MAX + 1];
                int next;

                if (n > NAME_MAX)
                        return -ENAMETOOLONG;
                memcpy(name, path, n);
                name[n] = '\0';
                next = make_directory_for(fd, name, 0755, geteuid(), getegid());
                if (next < 0)
                        return next;
                (void) safe_close(fd);
                fd = next;
                path += n + (path[n] == '/');
        }
        return TAKE_FD(fd);
}

int archive_place(const Layout *layout, Placement *placement) {
        const char *path = strcmp(placement->to, ".") == 0 ? "" : placement->to;
        _cleanup_close_ int to_fd = open_place(placement->tree_fd, path);
        Level level = {
                .placement = placement,
                .layout = layout->level,
                .from_fd = layout->from_fd,
                .to_fd = to_fd,
                .path = path,
        };

        if (to_fd == -ENOTDIR || to_fd == -ELOOP) {
                log_error("Failed to unpack into '%s': a part of it is a file or a link", path);
                return to_fd;
        }
        if (to_fd < 0)
                return log_error_errno(to_fd, "Failed to open '%s'", path);
        return place_entries(&level);
}
