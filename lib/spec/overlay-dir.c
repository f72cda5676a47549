/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/overlay-dir.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/name.h"
#include "base/strv.h"
#include "base/text.h"

const char *overlay_error_message(int error) {
        switch (-error) {
        case ENOENT:
                return _("does not exist");
        case ELOOP:
                return _("is reached through a symbolic link, which is not accepted");
        case EXDEV:
                return _("leads out of its directory, which is not accepted");
        case ENOTDIR:
                return _("is not a directory");
        case ENODATA:
                return _("has no finished version yet (no link \"current\")");
        case EBADMSG:
                return _("has a link \"current\" that does not say versions/ID");
        case ESTALE:
                return _("has a link \"current\" to a version that does not exist");
        default:
                return strerror(-error);
        }
}

/* --- opening one --------------------------------------------------------------------------------
 */

static int exists(int dir_fd, const char *name) {
        struct stat st;

        if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) >= 0)
                return 1;
        return errno == ENOENT ? 0 : -errno;
}

/*
 * Reads "current" by hand: it is the one symlink of the tree that counts, and it may say exactly
 * versions/ID. ret_version gets that text.
 */
static int read_current(int dir_fd, char **ret_version) {
        char target[sizeof(VERSIONS_PREFIX) + REF_COMPONENT_MAX + 1];
        const char *id = target + strlen(VERSIONS_PREFIX);
        ssize_t n;

        n = readlinkat(dir_fd, "current", target, sizeof(target));
        if (n < 0)
                return errno == ENOENT ? -ENODATA : errno == EINVAL ? -EBADMSG : -errno;
        if ((size_t) n >= sizeof(target))
                return -EBADMSG;
        target[n] = '\0';

        if (strncmp(target, VERSIONS_PREFIX, strlen(VERSIONS_PREFIX)) != 0 || strchr(id, '/') ||
            !ref_is_valid(id))
                return -EBADMSG;

        *ret_version = strdup(target);
        return *ret_version ? 0 : -ENOMEM;
}

int overlay_dir_open_current(int dir_fd, int *ret_fd, char **ret_version) {
        _cleanup_free_ char *version = NULL;
        int r;

        r = read_current(dir_fd, &version);
        if (r < 0)
                return r;

        r = open_beneath(dir_fd, version, O_PATH | O_DIRECTORY);
        if (r < 0)
                return r == -ENOENT ? -ESTALE : r;

        *ret_fd = r;
        *ret_version = TAKE_PTR(version);
        return 0;
}

int overlay_dir_has_versions(int dir_fd) {
        int r;

        r = exists(dir_fd, "current");
        return r != 0 ? r : exists(dir_fd, OVERLAY_FILE);
}

int overlay_dir_open(int root_fd, const char *ref, int *ret_fd, char **ret_version) {
        _cleanup_close_ int dir_fd = -EBADF;
        int r;

        if (!ref_is_valid(ref))
                return -EINVAL;
        dir_fd = open_beneath(root_fd, ref, O_PATH | O_DIRECTORY);
        if (dir_fd < 0)
                return dir_fd;

        r = overlay_dir_has_versions(dir_fd);
        if (r < 0)
                return r;
        if (r > 0)
                return overlay_dir_open_current(dir_fd, ret_fd, ret_version);

        *ret_fd = TAKE_FD(dir_fd);
        *ret_version = NULL;
        return 0;
}

/* --- all there are ------------------------------------------------------------------------------
 */

typedef struct Refs {
        char **items;
        size_t n_items;
} Refs;

static int add_ref(Refs *refs, const char *ref) {
        return refs->n_items < OVERLAYS_MAX ? strv_add(&refs->items, &refs->n_items, ref) : -E2BIG;
}

static bool is_directory(int dir_fd, const struct dirent *entry) {
        struct stat st;

        if (entry->d_type != DT_UNKNOWN)
                return entry->d_type == DT_DIR;
        return fstatat(dir_fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) >= 0 && S_ISDIR(st.st_mode);
}

/* Whether this entry shows that the directory it lies in is content. */
static bool is_content(int dir_fd, const struct dirent *entry) {
        return strcmp(entry->d_name, "left4dead2") == 0 || !is_directory(dir_fd, entry) ||
               !ref_is_valid(entry->d_name);
}

static int open_to_read(int dir_fd, const char *path, DIR **ret) {
        _cleanup_close_ int fd = open_beneath(dir_fd, path, O_RDONLY | O_DIRECTORY);

        if (fd < 0)
                return fd;
        *ret = fdopendir(fd);
        if (!*ret)
                return -ENOMEM;
        (void) TAKE_FD(fd);
        return 0;
}

/* As next_entry(): a temporary file of write_file_atomic() is not content either. */
static int next_content(DIR *dir, const struct dirent **ret) {
        int r;

        do
                r = next_entry(dir, ret);
        while (r > 0 && strncmp((*ret)->d_name, ".#", 2) == 0);
        return r;
}

typedef enum DirKind {
        DIR_EMPTY,
        DIR_OF_OVERLAYS, /* it only holds others */
        DIR_IS_OVERLAY,
} DirKind;

/* A DirKind, or -errno. */
static int classify(DIR *dir) {
        const struct dirent *entry;
        int r, kind = DIR_EMPTY;

        r = overlay_dir_has_versions(dirfd(dir));
        if (r != 0)
                return r < 0 ? r : DIR_IS_OVERLAY;
        while ((r = next_content(dir, &entry)) > 0) {
                if (is_content(dirfd(dir), entry))
                        return DIR_IS_OVERLAY;
                kind = DIR_OF_OVERLAYS;
        }
        return r < 0 ? r : kind;
}

static int classify_open(int dir_fd) {
        _cleanup_(closedirp) DIR *dir = NULL;
        int r;

        r = open_to_read(dir_fd, ".", &dir);
        return r < 0 ? r : classify(dir);
}

int overlay_dir_has_content(int dir_fd) {
        int r = classify_open(dir_fd);

        return r < 0 ? r : r == DIR_IS_OVERLAY;
}

int overlay_dir_is_empty(int dir_fd) {
        int r = classify_open(dir_fd);

        return r < 0 ? r : r == DIR_EMPTY;
}

/* prefix: the ref of the directory, "" for the root. */
static int list_below(int root_fd, const char *prefix, unsigned depth, Refs *refs);

static int list_one(int root_fd, const char *ref, unsigned depth, Refs *refs) {
        _cleanup_(closedirp) DIR *dir = NULL;
        int r;

        r = open_to_read(root_fd, ref, &dir);
        if (r == -ENOENT)
                return 0;
        /* Keep an entry that can't be examined. */
        if (r == -EACCES)
                return add_ref(refs, ref);
        if (r >= 0)
                r = depth == REF_COMPONENTS_MAX ? DIR_IS_OVERLAY : classify(dir);
        if (r < 0)
                return r;
        /* An empty directory is an overlay without files so far. */
        return r != DIR_OF_OVERLAYS ? add_ref(refs, ref) : list_below(root_fd, ref, depth, refs);
}

static int list_below(int root_fd, const char *prefix, unsigned depth, Refs *refs) {
        _cleanup_(closedirp) DIR *dir = NULL;
        const struct dirent *entry;
        int r;

        r = open_to_read(root_fd, prefix[0] ? prefix : ".", &dir);
        while (r >= 0 && (r = next_content(dir, &entry)) > 0) {
                _cleanup_free_ char *ref = NULL;

                if (!ref_is_valid(entry->d_name) || !is_directory(dirfd(dir), entry))
                        continue;
                if (asprintf(&ref, "%s%s%s", prefix, prefix[0] ? "/" : "", entry->d_name) < 0)
                        return -ENOMEM;
                r = list_one(root_fd, ref, depth + 1, refs);
        }
        return r;
}

int overlay_dir_list(int root_fd, char ***ret) {
        Refs refs = { .items = calloc(1, sizeof(char *)) };
        int r;

        if (!refs.items)
                return -ENOMEM;
        r = list_below(root_fd, "", 0, &refs);
        if (r < 0) {
                strv_free(refs.items);
                return r;
        }

        strv_sort(refs.items, refs.n_items);
        *ret = refs.items;
        return 0;
}
