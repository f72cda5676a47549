/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/file.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/text.h"

/* openat() of one component; a symlink is -ELOOP, whatever the flags. */
static int open_component(int dir_fd, const char *name, int flags) {
        _cleanup_close_ int fd = -EBADF;
        struct stat st;

        if (strcmp(name, "..") == 0)
                return -EXDEV;

        fd = openat(dir_fd, name, flags | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0) {
                /* O_DIRECTORY says ENOTDIR of a symlink. */
                if (errno == ENOTDIR && fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) >= 0 &&
                    S_ISLNK(st.st_mode))
                        return -ELOOP;
                return -errno;
        }

        if (flags & O_PATH) {
                if (fstat(fd, &st) < 0)
                        return -errno;
                if (S_ISLNK(st.st_mode))
                        return -ELOOP;
        }
        return TAKE_FD(fd);
}

/*
 * The same as openat2() does, a component at a time. Needed under RestrictSUIDSGID=, whose seccomp
 * filter can't see the arguments of openat2() and turns it into ENOSYS.
 */
static int walk_beneath(int dir_fd, const char *path, int flags) {
        _cleanup_close_ int parent = -EBADF;
        char name[NAME_MAX + 1];

        if (path[0] == '\0')
                return -ENOENT;
        if (path[0] == '/')
                return -EXDEV;

        for (;;) {
                size_t n = strcspn(path, "/");
                bool last = path[n + strspn(path + n, "/")] == '\0';
                int fd;

                if (n > NAME_MAX)
                        return -ENAMETOOLONG;
                memcpy(name, path, n);
                name[n] = '\0';

                fd = open_component(
                        parent >= 0 ? parent : dir_fd, name, last ? flags : O_PATH | O_DIRECTORY);
                if (fd < 0 || last)
                        return fd;

                safe_close(parent);
                parent = fd;
                path += n + strspn(path + n, "/");
        }
}

int open_beneath(int dir_fd, const char *path, int flags) {
        struct open_how how = {
                .flags = (uint64_t) (flags | O_CLOEXEC),
                .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
        };
        long fd;

        /* glibc 2.41 has no wrapper. EAGAIN: a rename raced with the path walk, try again. */
        for (unsigned attempt = 0; attempt < 16; attempt++) {
                fd = syscall(SYS_openat2, dir_fd, path, &how, sizeof(how));
                if (fd >= 0)
                        return (int) fd;
                if (errno == ENOSYS)
                        return walk_beneath(dir_fd, path, flags);
                if (errno != EAGAIN)
                        return -errno;
        }

        return -EAGAIN;
}

int make_directory_beneath(int dir_fd, const char *name, mode_t mode) {
        if (mkdirat(dir_fd, name, mode) < 0 && errno != EEXIST)
                return -errno;
        return open_beneath(dir_fd, name, O_RDONLY | O_DIRECTORY);
}

DIR *open_listing(int dir_fd) {
        _cleanup_close_ int copy = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = copy < 0 ? NULL : fdopendir(copy);

        if (dir)
                (void) TAKE_FD(copy);
        return dir;
}

int next_entry(DIR *dir, const struct dirent **ret) {
        do {
                errno = 0;
                *ret = readdir(dir);
                if (!*ret)
                        return errno > 0 ? -errno : 0;
        } while (strcmp((*ret)->d_name, ".") == 0 || strcmp((*ret)->d_name, "..") == 0);
        return 1;
}

int each_entry(int dir_fd, EntryHandler handler, void *userdata) {
        _cleanup_(closedirp) DIR *dir = open_listing(dir_fd);
        const struct dirent *entry;
        int r;

        if (!dir)
                return -errno;
        while ((r = next_entry(dir, &entry)) > 0) {
                r = handler(dir_fd, entry->d_name, userdata);
                if (r != 0)
                        return r;
        }
        return r;
}

/* A directory has this mode until it has its owner. */
enum { MADE_MODE = 0700 };

/* 1: a call that was killed made it, and gave it no owner or not its mode. It is empty then; others
 * are none of our business. */
static int is_unfinished(int fd, const struct stat *st, uid_t uid) {
        _cleanup_(closedirp) DIR *dir = NULL;
        const struct dirent *entry;
        int r;

        if ((st->st_mode & 07777) != MADE_MODE || (st->st_uid != geteuid() && st->st_uid != uid))
                return 0;
        dir = open_listing(fd);
        if (!dir)
                return -errno;
        r = next_entry(dir, &entry);
        return r < 0 ? r : r == 0;
}

int make_directory_for(int dir_fd, const char *name, mode_t mode, uid_t uid, gid_t gid) {
        _cleanup_close_ int fd = -EBADF;
        bool is_new = mkdirat(dir_fd, name, MADE_MODE) >= 0;
        struct stat st;
        int r;

        if (!is_new && errno != EEXIST)
                return -errno;
        fd = open_beneath(dir_fd, name, O_RDONLY | O_DIRECTORY);
        /* Root was killed after its mkdirat(): the directory is empty. */
        if (fd == -EACCES && unlinkat(dir_fd, name, AT_REMOVEDIR) >= 0 &&
            mkdirat(dir_fd, name, MADE_MODE) >= 0) {
                is_new = true;
                fd = open_beneath(dir_fd, name, O_RDONLY | O_DIRECTORY);
        }
        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!is_new) {
                r = is_unfinished(fd, &st, uid);
                if (r <= 0)
                        return r < 0 ? r : TAKE_FD(fd);
        }
        if ((geteuid() == 0 && fchown(fd, uid, gid) < 0) || fchmod(fd, mode) < 0)
                return -errno;
        return TAKE_FD(fd);
}

static bool owner_is_accepted(uid_t owner, const FileLimits *limits) {
        if (!limits->owners)
                return true;
        for (size_t i = 0; i < limits->n_owners; i++)
                if (limits->owners[i] == owner)
                        return true;
        return false;
}

static int check_file(const struct stat *st, const FileLimits *limits) {
        if (!S_ISREG(st->st_mode))
                return -EBADFD;
        if (st->st_nlink != 1 && !limits->linked)
                return -EMLINK;
        if ((st->st_mode & limits->mode) != limits->mode)
                return -EACCES;
        if (!owner_is_accepted(st->st_uid, limits))
                return -EPERM;
        if (st->st_size < 0 || (size_t) st->st_size > limits->size_max)
                return -EFBIG;
        return 0;
}

/* Reads up to capacity bytes of a regular file, where less than was asked for means its end. */
static ssize_t read_up_to(int fd, char *buffer, size_t capacity) {
        ssize_t n;

        do
                n = read(fd, buffer, capacity);
        while (n < 0 && errno == EINTR);

        return n < 0 ? -errno : n;
}

int read_file_beneath(
        int dir_fd, const char *path, const FileLimits *limits, char **ret_text, size_t *ret_size) {
        _cleanup_close_ int fd = -EBADF;
        _cleanup_free_ char *text = NULL;
        struct stat st;
        ssize_t n;
        int r;

        fd = open_beneath(dir_fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        r = check_file(&st, limits);
        if (r < 0)
                return r;

        /* One byte more than it claims to hold, to notice a file that grows while it is read. */
        text = malloc((size_t) st.st_size + 2);
        if (!text)
                return -ENOMEM;

        n = read_up_to(fd, text, (size_t) st.st_size + 1);
        if (n < 0)
                return (int) n;
        if (n > st.st_size)
                return -EFBIG;
        text[n] = '\0';

        *ret_text = TAKE_PTR(text);
        *ret_size = (size_t) n;
        return 0;
}

const char *file_error_message(int error) {
        switch (-error) {
        case ELOOP:
                return N_("a symbolic link is not accepted here");
        case EBADFD:
        case ENXIO: /* open() of a socket, or of a FIFO without a reader */
        case ENODEV:
                return N_("not a regular file");
        case EISDIR:
                return N_("a directory, not a regular file");
        case EMLINK:
                return N_("the file has more than one hard link");
        case EPERM:
                return N_("the file belongs to another user");
        case EFBIG:
                return N_("the file is too large or grew while it was read");
        default:
                return strerror(-error);
        }
}

int write_all(int fd, const void *data, size_t size) {
        const char *p = data;

        while (size > 0) {
                ssize_t n = write(fd, p, size);

                if (n < 0) {
                        if (errno == EINTR)
                                continue;
                        return -errno;
                }
                p += n;
                size -= (size_t) n;
        }

        return 0;
}

ssize_t read_full(int fd, void *buffer, size_t size) {
        size_t filled = 0;

        while (filled < size) {
                ssize_t n = read(fd, (char *) buffer + filled, size - filled);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                filled += (size_t) n;
        }
        return (ssize_t) filled;
}

int copy_to_end(int from_fd, int to_fd) {
        enum { SIZE = 128 * 1024 };
        _cleanup_free_ char *buffer = malloc(SIZE);
        ssize_t n;

        if (!buffer)
                return -ENOMEM;
        while ((n = read_full(from_fd, buffer, SIZE)) > 0) {
                int r = write_all(to_fd, buffer, (size_t) n);

                if (r < 0)
                        return r;
        }
        return (int) n;
}

#define TEMPORARY_PREFIX ".#"

/* A name beside the target that no reader looks at: hidden, unguessable and clearly temporary. */
static int make_temporary_name(const char *name, char **ret) {
        uint64_t random;

        if (getrandom(&random, sizeof(random), 0) != sizeof(random))
                return -EIO; /* so few bytes are all there or none */
        if (asprintf(ret, TEMPORARY_PREFIX "%s.%016llx", name, (unsigned long long) random) < 0)
                return -ENOMEM;
        return 0;
}

static int fill_temporary(int dir_fd, int fd, const void *data, size_t size, mode_t mode) {
        struct stat st;
        int r;

        r = write_all(fd, data, size);
        if (r < 0)
                return r;
        if (fstat(dir_fd, &st) < 0)
                return -errno;
        /* Only root can give files away; other users own the file already. */
        if (geteuid() == 0 && fchown(fd, st.st_uid, st.st_gid) < 0)
                return -errno;
        return fchmod(fd, mode) < 0 ? -errno : 0;
}

typedef enum Durability { TRANSIENT, DURABLE } Durability;

static int replace_file(
        int dir_fd, const char *name, const void *data, size_t size, mode_t mode,
        Durability durability) {
        _cleanup_close_ int fd = -EBADF;
        _cleanup_free_ char *temporary = NULL;
        int r;

        r = make_temporary_name(name, &temporary);
        if (r < 0)
                return r;

        fd = openat(dir_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;

        r = fill_temporary(dir_fd, fd, data, size, mode);
        if (r >= 0 && durability == DURABLE && fsync(fd) < 0)
                r = -errno;
        if (r >= 0 && renameat(dir_fd, temporary, dir_fd, name) < 0)
                r = -errno;
        if (r < 0) {
                (void) unlinkat(dir_fd, temporary, 0);
                return r;
        }

        return durability == DURABLE && fsync(dir_fd) < 0 ? -errno : 0;
}

int write_file_atomic(int dir_fd, const char *name, const void *data, size_t size, mode_t mode) {
        return replace_file(dir_fd, name, data, size, mode, DURABLE);
}

int write_file_transient(int dir_fd, const char *name, const void *data, size_t size, mode_t mode) {
        return replace_file(dir_fd, name, data, size, mode, TRANSIENT);
}

static int remove_if_temporary(int dir_fd, const char *name, void *userdata _unused_) {
        return strncmp(name, TEMPORARY_PREFIX, strlen(TEMPORARY_PREFIX)) == 0
                       ? remove_tree(dir_fd, name)
                       : 0;
}

int remove_temporary_files(int dir_fd) {
        return each_entry(dir_fd, remove_if_temporary, NULL);
}
