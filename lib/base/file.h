/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Opens, reads and replaces files that a hostile user may have written. Reading never blocks, never
 * follows a symlink and is bounded; replacing is atomic and survives a power cut.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/cleanup.h"

/*
 * Opens a path below dir_fd with openat2(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
 * RESOLVE_NO_MAGICLINKS); flags as for open(2), O_CLOEXEC is added.
 * Returns a descriptor or -errno: -ELOOP a symlink on the way, -EXDEV a path that leaves dir_fd.
 */
int open_beneath(int dir_fd, const char *path, int flags) _must_check_;

/*
 * Opens the directory dir_fd/name for reading, which is made with this mode (less the umask) unless
 * it is there. Returns a descriptor or -errno: -ELOOP it is a symlink, -ENOTDIR no directory.
 */
int make_directory_beneath(int dir_fd, const char *name, mode_t mode) _must_check_;

/*
 * The same for root in a directory of another user: a directory that this call makes gets exactly
 * this mode and, when the caller is root, this owner. An empty one that a killed call left is
 * finished.
 */
int make_directory_for(int dir_fd, const char *name, mode_t mode, uid_t uid, gid_t gid)
        _must_check_;

/* The allowed owners of a file that is read, and its size limit. */
typedef struct FileLimits {
        size_t size_max;     /* bytes */
        const uid_t *owners; /* accepted owners; NULL: any */
        size_t n_owners;
        mode_t mode; /* bits that must be set (-EACCES) */
        bool linked; /* more than one hard link is accepted */
} FileLimits;

/*
 * Reads a whole regular file below dir_fd. Refused: symlinks (-ELOOP), anything but a regular file
 * (-EBADFD), more than one hard link (-EMLINK), a foreign owner (-EPERM), more than size_max bytes
 * or growing past it while read (-EFBIG), a sparse file that claims more than it holds and is
 * above the limit (-EFBIG). Opened O_NONBLOCK|O_NOCTTY, so that a FIFO or device can't block.
 * ret_text is NUL-terminated (the NUL is not counted in ret_size), from malloc.
 */
int read_file_beneath(
        int dir_fd, const char *path, const FileLimits *limits, char **ret_text, size_t *ret_size)
        _must_check_;

/* A human's words for the errors of read_file_beneath(), else strerror(-error). Static storage. */
const char *file_error_message(int error);

/*
 * Replaces dir_fd/name with the given bytes: temporary file in the same directory, fsync, rename,
 * fsync of the directory. The new file takes mode, and the directory's owner and group when the
 * caller is root. On failure nothing is changed and no temporary file is left.
 */
int write_file_atomic(int dir_fd, const char *name, const void *data, size_t size, mode_t mode)
        _must_check_;

/*
 * The same without fsync, for files that are made again before they are next read when the host
 * goes down: then the file can be the old one, the new one, or empty.
 */
int write_file_transient(int dir_fd, const char *name, const void *data, size_t size, mode_t mode)
        _must_check_;

/*
 * Removes a file or directory tree below dir_fd, however deep, without following symlinks or
 * crossing mounts (-EXDEV, -EBUSY). A missing one is success.
 */
int remove_tree(int dir_fd, const char *name) _must_check_;

/* Removes the temporary files of write_file_atomic() that killed processes left in a directory.
 * Other processes must not write to it meanwhile. */
int remove_temporary_files(int dir_fd) _must_check_;

/* Opens a directory again, to read its entries from the first on; dir_fd stays the caller's. NULL
 * with errno set on failure. */
DIR *open_listing(int dir_fd) _must_check_;

/* 1 with the next entry but "." and "..", 0 at the end, or -errno. */
int next_entry(DIR *dir, const struct dirent **ret) _must_check_;

/* Called with an entry of a directory, and the directory. Another result than 0 is the last. */
typedef int (*EntryHandler)(int dir_fd, const char *name, void *userdata);

/* Calls the handler for each entry but "." and "..". Returns the first of its results that is not
 * 0; 0 when all were; or -errno. dir_fd stays the caller's. */
int each_entry(int dir_fd, EntryHandler handler, void *userdata) _must_check_;

/* Writes all of data, handling short writes and EINTR. */
int write_all(int fd, const void *data, size_t size) _must_check_;

/* Fills the buffer, but for the end of the file; handles short reads and EINTR. The bytes read, or
 * -errno. */
ssize_t read_full(int fd, void *buffer, size_t size) _must_check_;

/* Writes what one descriptor, also a pipe, has up to its end to another. */
int copy_to_end(int from_fd, int to_fd) _must_check_;
