/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "content/store.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "base/name.h"
#include "base/path-below.h"
#include "base/text.h"
#include "content/room.h"
#include "layer/layer-use.h"
#include "layer/overlay-quota.h"
#include "layer/overlay-store.h"
#include "layer/stage.h"
#include "layer/tree-record.h"
#include "spec/overlay-dir.h"
#include "specs/actor.h"

/* The versions that the verbs make; another kind of producer has its own key. */
#define STAGE_KEY "files"

int store_check_ref(const char *ref) {
        if (ref_is_valid(ref))
                return CTL_OK;
        log_error(
                "Invalid overlay name '%s': use one to three parts joined by '/', each of a-z, 0-9, "
                "'.', '_' and '-' that starts with a letter or digit",
                ref);
        return CTL_USAGE;
}

void store_close(Store *store) {
        free(store->path);
        (void) safe_close(store->quota_fd);
        (void) safe_close(store->staging_fd);
        (void) safe_close(store->fd);
        (void) safe_close(store->root_fd);
}

int store_exit_code(int error) {
        return error == -EACCES || error == -EPERM ? CTL_DENIED : CTL_FAILURE;
}

int store_complain(const Store *store, const TreeProblem *problem, int error) {
        const char *ref = store->ref, *path = problem->path ? problem->path : ".";

        if (error == -ESTALE)
                log_error(
                        "Failed to change the overlay '%s': another command changed it meanwhile; "
                        "try again",
                        ref);
        else if (error == -ENODEV)
                log_error(
                        "Failed to change the overlay '%s': '%s' is not a file or directory, and "
                        "only those can be part of it",
                        ref, path);
        else if (error == -ELOOP)
                log_error(
                        "Failed to change the overlay '%s': '%s' is a symbolic link, or lies deeper "
                        "than %d directories",
                        ref, path, TREE_DEPTH_MAX);
        else if (problem->path)
                (void) log_error_errno(
                        error, "Failed to change the overlay '%s' at '%s'", ref, path);
        else
                (void) log_error_errno(error, "Failed to change the overlay '%s'", ref);
        return error == -ESTALE                      ? CTL_CONFLICT
               : error == -ENODEV || error == -ELOOP ? CTL_USAGE
                                                     : store_exit_code(error);
}

/* --- opening ------------------------------------------------------------------------------------
 */

int store_open_root(Ctl *ctl, const char *ref, Store *ret) {
        int r;

        r = store_check_ref(ref);
        if (r == CTL_OK)
                r = ctl_open_config(ctl);
        if (r != CTL_OK)
                return r;
        ret->ref = ref;
        ret->ctl = ctl;
        ret->paths = ctl->paths;
        ret->keep_versions = ctl->config->keep_versions;
        if (asprintf(&ret->path, "%s/%s", ctl->paths->overlays_dir, ref) < 0) {
                ret->path = NULL;
                (void) log_error_errno(-ENOMEM, "Failed to open the overlay '%s'", ref);
                return CTL_FAILURE;
        }
        ret->root_fd = open(ctl->paths->overlays_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (ret->root_fd < 0) {
                r = -errno;
                (void) log_error_errno(r, "Failed to open %s", ctl->paths->overlays_dir);
                return store_exit_code(r);
        }
        return CTL_OK;
}

int store_complain_about_ref(const Store *store, int error) {
        const char *ref = store->ref;

        switch (error) {
        case -ENOENT:
                log_error(
                        "No overlay named '%s': create it with 'l4d2ctl overlay create %s'", ref,
                        ref);
                return CTL_NO_INSTANCE;
        case -ENOTDIR:
                log_error("Invalid overlay name '%s': it would lie inside of another overlay", ref);
                return CTL_CONFLICT;
        case -EISDIR:
                log_error(
                        "Invalid overlay name '%s': it only holds directories, which may be "
                        "overlays",
                        ref);
                return CTL_CONFLICT;
        case -EMEDIUMTYPE:
                log_error(
                        "The overlay '%s' is a directory without versions: 'l4d2ctl overlay put' "
                        "gives it versions",
                        ref);
                return CTL_CONFLICT;
        default:
                log_error("Failed to open %s: %s", store->path, overlay_error_message(error));
                return store_exit_code(error);
        }
}

int store_lock(Store *store) {
        int r;

        /* An update of the game takes too long to wait for. */
        store->staging_fd =
                store->ref ? version_store_lock(store->fd) : version_store_try_lock(store->fd);
        if (store->staging_fd == -EAGAIN) {
                log_error("Another 'l4d2ctl install' or 'l4d2ctl game' runs; try again after it");
                return CTL_CONFLICT;
        }
        if (store->staging_fd == -ENOENT && store->ref)
                return store_complain_about_ref(store, -ENOENT); /* deleted since it was opened */
        if (store->staging_fd < 0) {
                (void) log_error_errno(store->staging_fd, "Failed to lock %s", store->path);
                return store_exit_code(store->staging_fd);
        }
        r = store->ref ? overlay_store_check_place(store->root_fd, store->ref, store->fd) : 0;
        return r < 0 ? store_complain_about_ref(store, r) : CTL_OK;
}

int store_open_game(Ctl *ctl, Store *ret) {
        int r;

        r = ctl_open_config(ctl);
        if (r != CTL_OK)
                return r;
        ret->paths = ctl->paths;
        ret->keep_versions = ctl->config->keep_versions;
        ret->path = strdup(ctl->paths->installation_dir);
        ret->fd =
                open(ctl->paths->installation_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (ret->path && ret->fd >= 0)
                return CTL_OK;
        r = ret->path ? -errno : -ENOMEM;
        (void) log_error_errno(r, "Failed to open %s", ctl->paths->installation_dir);
        return store_exit_code(r);
}

int store_open_to_read(Ctl *ctl, const char *ref, Store *ret) {
        int r;

        r = store_open_root(ctl, ref, ret);
        if (r != CTL_OK)
                return r;
        r = overlay_store_open(ret->root_fd, ref, &ret->fd);
        return r < 0 ? store_complain_about_ref(ret, r) : CTL_OK;
}

int store_open(Ctl *ctl, const char *ref, Store *ret) {
        int r = store_open_to_read(ctl, ref, ret);

        return r == CTL_OK ? store_lock(ret) : r;
}

int store_path_is_used(const char *path, LayerScope scope, void *userdata) {
        const Store *store = userdata;
        _cleanup_free_ char *absolute = NULL;

        if (asprintf(&absolute, "%s/%s", store->paths->overlays_dir, path) < 0) {
                absolute = NULL;
                return -ENOMEM;
        }
        return layer_is_used(store->paths, absolute, scope);
}

static int adopt(Store *store) {
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        int r;

        r = overlay_store_adopt(store->root_fd, store->ref, store_path_is_used, store, &problem);
        if (r == -EAGAIN) {
                log_error(
                        "Failed to give the overlay '%s' versions: its files were changed "
                        "meanwhile; try again",
                        store->ref);
                return CTL_CONFLICT;
        }
        if (r < 0)
                return store_complain(store, &problem, r);
        log_notice("The overlay '%s' has versions now: its files are in versions/1", store->ref);
        if (r > 0)
                log_warning(
                        "Files were added to the overlay '%s' meanwhile: they are in %s/.adopting",
                        store->ref, store->paths->overlays_dir);
        return CTL_OK;
}

int store_open_or_adopt(Ctl *ctl, const char *ref, Store *ret) {
        int r;

        r = store_open_root(ctl, ref, ret);
        if (r != CTL_OK)
                return r;
        r = overlay_store_open(ret->root_fd, ref, &ret->fd);
        if (r == -EMEDIUMTYPE) {
                r = adopt(ret);
                if (r != CTL_OK)
                        return r;
                r = overlay_store_open(ret->root_fd, ref, &ret->fd);
        }
        return r < 0 ? store_complain_about_ref(ret, r) : store_lock(ret);
}

/* --- changing -----------------------------------------------------------------------------------
 */

int store_version_is_used(const char *id, void *userdata) {
        const Store *store = userdata;
        StorePlace place = { store->paths, store->path };

        return store_place_version_is_used(id, &place);
}

static int collect(const Store *store, size_t *ret_n_removed) {
        return version_collect(
                store->fd, store->staging_fd, store->keep_versions, store_version_is_used,
                (void *) (uintptr_t) store, ret_n_removed);
}

/* 0 also when some versions could not be removed. */
static int collect_or_say(int priority, const Store *store, size_t *ret_n_removed) {
        int r = collect(store, ret_n_removed);

        if (r == -EBADMSG || r == -ESTALE)
                log_message(
                        priority, "Failed to remove old versions: %s %s", store->path,
                        overlay_error_message(r));
        else if (r < 0)
                log_message(
                        priority, "Failed to remove old versions in %s: %s", store->path,
                        strerror(-r));
        else if (r > 0)
                log_warning(
                        "Some old versions in %s belong to another user; run 'l4d2ctl overlay gc' "
                        "or 'l4d2ctl game gc' as root to remove them",
                        store->path);
        return r < 0 ? r : 0;
}

int store_collect(const Store *store, size_t *ret_n_removed) {
        int r = collect_or_say(LOG_ERR, store, ret_n_removed);

        return r < 0 ? store_exit_code(r) : CTL_OK;
}

/* NULL: the overlay does not count for a user. */
static const char *counted_user(const Store *store) {
        const char *user = store->ctl->options.as_user;

        return user && path_below(store->ref, user) ? user : NULL;
}

/* All that lies below the user's name counts, with the new version in staging/, and what they have
 * uploaded. */
int store_check_quota(const Store *store) {
        const char *user = counted_user(store);
        uint64_t bytes = 0;
        int r;

        if (!user)
                return CTL_OK;
        r = overlay_quota_used(store->paths, store->root_fd, user, &bytes);
        if (r == -EAGAIN) {
                log_error(
                        "Failed to add up the overlays of the user '%s': they were changed "
                        "meanwhile; try again",
                        user);
                return CTL_CONFLICT;
        }
        if (r < 0) {
                (void) log_error_errno(r, "Failed to add up the overlays of the user '%s'", user);
                return store_exit_code(r);
        }
        return actor_check_overlay_bytes(store->ctl, bytes);
}

/* So that no other version of the user's is published between the check and the commit. */
static int lock_quota(Store *store) {
        const char *user = counted_user(store);

        if (!user)
                return CTL_OK;
        store->quota_fd = overlay_quota_lock(store->root_fd, user);
        if (store->quota_fd >= 0)
                return CTL_OK;
        (void) log_error_errno(
                store->quota_fd, "Failed to lock the overlays of the user '%s'", user);
        return store_exit_code(store->quota_fd);
}

static int commit(Store *store) {
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        _cleanup_free_ char *id = NULL;
        int r;

        r = stage_commit(store->fd, store->staging_fd, STAGE_KEY, &problem, &id);
        if (r < 0)
                return store_complain(store, &problem, r);
        log_notice(
                "The overlay '%s' is at version %s now; a server gets it when it starts",
                store->ref, id);
        return CTL_OK;
}

int store_change(Store *store, int (*change)(int tree_fd, void *userdata), void *userdata) {
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        _cleanup_close_ int tree_fd = -EBADF;
        size_t n_removed;
        int r;

        r = stage_begin(
                store->fd, store->staging_fd, STAGE_KEY, STAGE_FROM_CURRENT, NULL, &problem,
                &tree_fd);
        if (r == -EBADMSG || r == -ESTALE) {
                log_error(
                        "Failed to change the overlay '%s': it %s; see 'l4d2ctl overlay rollback'",
                        store->ref, overlay_error_message(r));
                r = CTL_FAILURE;
        } else if (r < 0)
                r = store_complain(store, &problem, r);
        else
                r = change(tree_fd, userdata);
        if (r == CTL_OK)
                r = room_check_version(store, tree_fd);
        if (r == CTL_OK)
                r = lock_quota(store);
        if (r == CTL_OK)
                r = store_check_quota(store);
        if (r == CTL_OK)
                r = commit(store);
        store->quota_fd = safe_close(store->quota_fd);
        if (r != CTL_OK) {
                (void) stage_abort(store->staging_fd, STAGE_KEY);
                return r;
        }

        /* The change is done; versions that stay now are removed by the next one. */
        (void) collect_or_say(LOG_WARNING, store, &n_removed);
        return CTL_OK;
}
