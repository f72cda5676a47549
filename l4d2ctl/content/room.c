/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "content/room.h"

#include <inttypes.h>
#include <sys/stat.h>

#include "base/disk-space.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "layer/tree-extent.h"
#include "spec/overlay-dir.h"

enum { BLOCK = 1024 * 1024, BLOCKS_PER_LOOK = 32 };

static uint64_t version_max(const Ctl *ctl) {
        return (uint64_t) ctl->config->max_overlay_gb * 1000 * 1000 * 1000;
}

/* --- what is to be added ------------------------------------------------------------------------
 */

static int refuse_size(const Ctl *ctl, const char *source) {
        log_error(
                "Failed to put '%s' into the overlay: it has more than the %u GB of "
                "max_overlay_gb=, or more than %d files",
                source, ctl->config->max_overlay_gb, TREE_ENTRIES_MAX);
        return CTL_FAILURE;
}

int room_check_disk(const char *source, int disk_fd, uint64_t bytes) {
        int r = disk_space_check(disk_fd, bytes);

        if (r == -ENOSPC) {
                log_error(
                        "Failed to keep '%s' for the overlay: too little of the disk would stay "
                        "free",
                        source);
                return CTL_FAILURE;
        }
        if (r < 0) {
                (void) log_error_errno(r, "Failed to examine the disk");
                return store_exit_code(r);
        }
        return CTL_OK;
}

int room_check_source(Ctl *ctl, const char *source, int fd, int disk_fd) {
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        TreeExtent extent = {};
        struct stat st;
        int r;

        r = ctl_open_config(ctl);
        if (r != CTL_OK)
                return r;
        r = fstat(fd, &st) < 0 ? -errno : 0;
        if (r >= 0 && S_ISDIR(st.st_mode))
                r = tree_extent(fd, ".", version_max(ctl), &problem, &extent);
        else if (r >= 0)
                extent.bytes = (uint64_t) st.st_size;
        /* An entry that can't be read or is too deep is named when it is copied. */
        if (r == -EFBIG || extent.bytes > version_max(ctl))
                return refuse_size(ctl, source);
        return room_check_disk(source, disk_fd, extent.bytes);
}

static int complain_about_copy(const char *source, int error) {
        (void) log_error_errno(error, "Failed to keep '%s' for the overlay", source);
        return store_exit_code(error);
}

int room_copy(Ctl *ctl, const char *source, int from_fd, int to_fd, bool for_version) {
        _cleanup_free_ char *block = malloc(BLOCK);
        uint64_t size = 0;
        ssize_t n;
        int r;

        if (!block)
                return complain_about_copy(source, -ENOMEM);
        r = ctl_open_config(ctl);
        for (unsigned i = 0; r == CTL_OK; i++) {
                if (i % BLOCKS_PER_LOOK == 0)
                        r = room_check_disk(source, to_fd, (uint64_t) BLOCK * BLOCKS_PER_LOOK);
                if (r != CTL_OK)
                        return r;
                n = read_full(from_fd, block, BLOCK);
                if (n <= 0)
                        return n < 0 ? complain_about_copy(source, (int) n) : CTL_OK;
                size += (uint64_t) n;
                if (for_version && size > version_max(ctl))
                        return refuse_size(ctl, source);
                r = write_all(to_fd, block, (size_t) n);
                if (r < 0)
                        return complain_about_copy(source, r);
                r = CTL_OK;
        }
        return r;
}

/* --- the version --------------------------------------------------------------------------------
 */

/* An overlay that was larger already, as by an earlier limit, can still be made smaller. */
static int has_grown(const Store *store, int tree_fd, TreeProblem *problem) {
        _cleanup_close_ int fd = -EBADF;
        _cleanup_free_ char *id = NULL;
        TreeExtent before = {}, after = {};
        int r;

        r = overlay_dir_open_current(store->fd, &fd, &id);
        if (r >= 0)
                r = tree_extent(fd, ".", UINT64_MAX, problem, &before);
        else if (r == -ENODATA)
                return 1;
        if (r >= 0 || r == -EFBIG)
                r = tree_extent(tree_fd, ".", UINT64_MAX, problem, &after);
        if (r < 0 && r != -EFBIG)
                return r;
        return after.bytes > before.bytes || after.n_entries > before.n_entries;
}

int room_check_version(const Store *store, int tree_fd) {
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        TreeExtent extent;
        int r;

        r = tree_extent(tree_fd, ".", version_max(store->ctl), &problem, &extent);
        if (r >= 0)
                return CTL_OK;
        if (r == -EFBIG)
                r = has_grown(store, tree_fd, &problem);
        if (r < 0)
                return store_complain(store, &problem, r);
        if (r == 0)
                return CTL_OK;
        log_error(
                "Failed to change the overlay '%s': it would have more than the %u GB of "
                "max_overlay_gb=, or more than %d files",
                store->ref, store->ctl->config->max_overlay_gb, TREE_ENTRIES_MAX);
        return CTL_FAILURE;
}
