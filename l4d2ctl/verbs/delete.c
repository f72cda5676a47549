/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl delete NAME…: stops the servers, removes their files and their specs. After any step it
 * is killed at, another run completes it; a server that is gone already counts as success.
 */

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "common/audit-log.h"
#include "jobs/jobs.h"
#include "layer/tree-record.h"
#include "servers/generated.h"
#include "specs/actor.h"
#include "specs/instance.h"
#include "verbs/verbs.h"

/* The server's files, or left4me-overlay's notes about it. */
static int has_leftovers(const Ctl *ctl, const char *name) {
        _cleanup_free_ char *runtime = NULL, *error = NULL;

        if (asprintf(&runtime, "%s/%s", ctl->paths->runtime_dir, name) < 0 ||
            asprintf(&error, "%s/%s" TREE_ERROR_SUFFIX, ctl->paths->trees_dir, name) < 0)
                return log_error_errno(-ENOMEM, "Failed to delete '%s'", name);
        return faccessat(AT_FDCWD, runtime, F_OK, AT_SYMLINK_NOFOLLOW) >= 0 ||
               faccessat(AT_FDCWD, error, F_OK, AT_SYMLINK_NOFOLLOW) >= 0;
}

static int discard_all(Ctl *ctl) {
        int result = CTL_OK;

        for (size_t i = 0; i < ctl->n_operands; i++) {
                int r = has_leftovers(ctl, ctl->operands[i]);

                if (r > 0)
                        r = jobs_discard(ctl, &ctl->operands[i], 1);
                result = exit_code_merge(result, r < 0 ? CTL_FAILURE : r);
        }
        return result;
}

/*
 * Removes spec.yaml first: without it the instance no longer exists, even with the rest of its
 * directory left. Opens one path component at a time, because the directory above belongs to the
 * web app's user, who could put a link into this one's place. A link is removed as a link.
 */
static int unlink_spec(int instances_fd, const char *name) {
        _cleanup_close_ int fd = open_beneath(instances_fd, name, O_PATH | O_DIRECTORY);

        if (fd < 0)
                return fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP ? 0 : fd;
        if (unlinkat(fd, SPEC_FILE_NAME, 0) < 0 && errno != ENOENT && errno != EISDIR)
                return -errno;
        return 0;
}

static int remove_spec(Ctl *ctl, const char *name) {
        int r;

        r = unlink_spec(ctl->specs.instances_fd, name);
        if (r >= 0)
                r = remove_tree(ctl->specs.instances_fd, name);
        if (r >= 0 && fsync(ctl->specs.instances_fd) < 0)
                r = -errno;
        if (r < 0)
                return log_error_errno(
                        r, "Failed to delete %s/%s", ctl->paths->instances_dir, name);
        return 0;
}

/* Stops servers before their specs go, so that none runs that users can't look up. */
static int stop_all(Ctl *ctl) {
        int result = CTL_OK;

        for (size_t i = 0; i < ctl->n_operands; i++) {
                bool running;
                int r;

                r = jobs_is_running(ctl, ctl->operands[i], &running);
                if (r == CTL_OK && running)
                        r = jobs_stop(ctl, &ctl->operands[i], 1);
                result = exit_code_merge(result, r);
        }
        return result;
}

static int remove_one(Ctl *ctl, const char *name) {
        int r;

        r = actor_check_server(ctl, name);
        if (r != CTL_OK)
                return r;
        audit_log(name, "delete");
        return remove_spec(ctl, name) < 0 ? CTL_FAILURE : CTL_OK;
}

static int remove_all(Ctl *ctl) {
        _cleanup_close_ int lock = -EBADF;
        int result;

        result = instances_lock(ctl, &lock);
        if (result != CTL_OK)
                return result;

        for (size_t i = 0; i < ctl->n_operands; i++) {
                const char *name = ctl->operands[i];

                if (faccessat(ctl->specs.instances_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
                        continue;
                result = exit_code_merge(result, remove_one(ctl, name));
        }
        if (result != CTL_OK)
                return result;
        return generated_update(ctl, ctl->operands, ctl->n_operands);
}

int verb_delete(Ctl *ctl) {
        int r;

        r = ctl_check_names(ctl, 0);
        if (r == CTL_OK)
                r = stop_all(ctl);
        /* Before the specs go: a tree that a process holds can't be removed, and then nothing is.
         */
        if (r == CTL_OK)
                r = discard_all(ctl);
        if (r == CTL_OK)
                r = remove_all(ctl);
        /* Again, in case another user started a server meanwhile. */
        return r == CTL_OK ? discard_all(ctl) : r;
}
