/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/leftover.h"

#include <fcntl.h>

#include "base/file.h"
#include "base/time-text.h"

#define FOUND_OLD S_ISVTX

static bool is_older(const struct stat *st, uint64_t age) {
        return st->st_mtime < 0 || (uint64_t) st->st_mtime + age < now_realtime() / USEC_PER_SEC;
}

/* The time comes first: a file with the mark and the old time would be removed next. */
static void mark(int dir_fd, const char *name, const struct stat *found) {
        _cleanup_close_ int fd =
                open_beneath(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
        struct stat st;

        if (fd >= 0 && fstat(fd, &st) >= 0 && st.st_ino == found->st_ino && st.st_nlink == 1 &&
            futimens(fd, NULL) >= 0)
                (void) !fchmod(fd, (st.st_mode & 07777) | FOUND_OLD);
}

bool leftover_remove(int dir_fd, const char *name, const struct stat *st, uint64_t age) {
        bool is_marked = st->st_mode & FOUND_OLD;

        if (!S_ISREG(st->st_mode) || !is_older(st, is_marked ? LEFTOVER_AGE_AGAIN : age))
                return false;
        if (is_marked || st->st_nlink > 1)
                return unlinkat(dir_fd, name, 0) >= 0;
        mark(dir_fd, name, st);
        return false;
}
