/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* left4me-layer commit: the producer's tree becomes the overlay's current version. */

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "layer-job.h"
#include "layer/layer-use.h"
#include "layer/stage.h"
#include "layer/versions.h"
#include "spec/overlay-dir.h"

#define ADDONS "left4dead2/addons"

enum {
        ITEMS_SIZE_MAX = 1024 * 1024, /* bytes of out/items */
        ITEM_DIGITS_MAX = 20,         /* of a 64-bit number */
};

/* --- Workshop -----------------------------------------------------------------------------------
 */

/* The directory at a path of the tree, which is made with the producer as its owner. */
static int make_path(const LayerJob *job, int tree_fd, const char *path) {
        char name[NAME_MAX + 1];
        int fd = openat(tree_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        while (fd >= 0 && *path != '\0') {
                size_t n = strcspn(path, "/");
                int next;

                memcpy(name, path, n);
                name[n] = '\0';
                next = make_directory_for(fd, name, 0755, job->producer.uid, job->producer.gid);
                (void) safe_close(fd);
                fd = next;
                path += path[n] == '/' ? n + 1 : n;
        }
        return fd;
}

/*
 * The kernel lets only root link files of another user, and those of finished versions are not the
 * producer's any more.
 */
static int link_item(int cache_fd, int addons_fd, const char *id) {
        char name[ITEM_DIGITS_MAX + sizeof(".vpk")];
        struct stat st;

        (void) snprintf(name, sizeof(name), "%s.vpk", id);
        if (linkat(cache_fd, name, addons_fd, name, 0) < 0)
                return -errno;
        if (fstatat(addons_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        return S_ISREG(st.st_mode) ? 0 : -EBADFD;
}

static int link_lines(const LayerJob *job, char *text, int cache_fd, int addons_fd) {
        char *rest;

        for (char *id = strtok_r(text, "\n", &rest); id; id = strtok_r(NULL, "\n", &rest)) {
                size_t n = strspn(id, "0123456789");
                int r;

                if (n == 0 || n > ITEM_DIGITS_MAX || id[n] != '\0') {
                        log_error(
                                "Failed to build the overlay '%s': its job names items that are not "
                                "numbers",
                                job->ref);
                        return -EBADMSG;
                }
                r = link_item(cache_fd, addons_fd, id);
                if (r < 0)
                        return log_error_errno(
                                r, "Failed to put the item %s into the overlay '%s'", id, job->ref);
        }
        return 0;
}

static int read_items(const LayerJob *job, char **ret) {
        const FileLimits limits = { .size_max = ITEMS_SIZE_MAX };
        size_t size;
        int r;

        r = read_file_beneath(job->directory_fd, OUT "/" OUT_ITEMS, &limits, ret, &size);
        if (r < 0)
                log_error(
                        "Failed to read %s/%s/%s/%s: %s", job->paths->jobs_dir, job->instance, OUT,
                        OUT_ITEMS, _(file_error_message(r)));
        return r;
}

static int link_items(const LayerJob *job, int tree_fd) {
        _cleanup_close_ int cache_fd = -EBADF, addons_fd = -EBADF;
        _cleanup_free_ char *text = NULL;
        int r;

        r = read_items(job, &text);
        if (r < 0)
                return r;
        cache_fd = open(
                job->paths->workshop_cache_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (cache_fd < 0)
                return log_error_errno(-errno, "Failed to open %s", job->paths->workshop_cache_dir);
        addons_fd = make_path(job, tree_fd, ADDONS);
        if (addons_fd < 0)
                return log_error_errno(addons_fd, "Failed to make %s", ADDONS);
        return link_lines(job, text, cache_fd, addons_fd);
}

/* 1: the file of this name in both directories is one. */
static int is_one_file(int one_fd, int other_fd, const char *name) {
        struct stat one, other;

        if (fstatat(one_fd, name, &one, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        if (fstatat(other_fd, name, &other, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno;
        return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/*
 * 1: all items are the files of the current version; tree_compare() sees the rest. Items never
 * become links to the current version's files, also when their bytes did not change: the file in
 * the cache would be one that no version has, and its space be needed twice.
 */
static int has_same_items(int tree_fd, int base_fd) {
        _cleanup_close_ int addons_fd = open_beneath(tree_fd, ADDONS, O_RDONLY | O_DIRECTORY);
        _cleanup_close_ int old_fd = open_beneath(base_fd, ADDONS, O_RDONLY | O_DIRECTORY);
        _cleanup_(closedirp) DIR *dir = NULL;
        const struct dirent *entry;
        int r;

        if (addons_fd < 0)
                return addons_fd;
        if (old_fd < 0)
                return 0;
        dir = open_listing(addons_fd);
        if (!dir)
                return -errno;
        while ((r = next_entry(dir, &entry)) > 0) {
                if (entry->d_type != DT_REG)
                        continue;
                r = is_one_file(addons_fd, old_fd, entry->d_name);
                if (r <= 0)
                        return r;
        }
        return r < 0 ? r : 1;
}

/* As tree_share(), but shares nothing. */
static int compare_workshop(
        int tree_fd, int base_fd, TreeProblem *problem, size_t *ret_n_different) {
        int r = has_same_items(tree_fd, base_fd);

        *ret_n_different = 1;
        return r > 0 ? tree_compare(tree_fd, base_fd, problem, ret_n_different) : r;
}

/* --- the version --------------------------------------------------------------------------------
 */

static int seal(const LayerJob *job, int tree_fd) {
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        TreeOwner owner;
        int r;

        r = tree_owner_of(job->store_fd, &owner);
        if (r >= 0)
                r = tree_seal(tree_fd, &owner, &problem);
        return r < 0 ? layer_job_complain(job, &problem, r) : 0;
}

/*
 * Files that are as before share their space with those of the current version, which only sealed
 * files can. 1: all files are, so that the version would equal the current one.
 */
static int share(const LayerJob *job, int tree_fd) {
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        _cleanup_free_ char *version = NULL;
        _cleanup_close_ int base_fd = -EBADF;
        size_t n_different;
        int r;

        r = overlay_dir_open_current(job->store_fd, &base_fd, &version);
        if (r == -ENODATA || r == -ESTALE)
                return 0;
        if (r >= 0)
                r = job->kind == JOB_WORKSHOP
                            ? compare_workshop(tree_fd, base_fd, &problem, &n_different)
                            : tree_share(tree_fd, base_fd, NULL, &problem, &n_different);
        if (r < 0)
                return layer_job_complain(job, &problem, r);
        if (n_different > 0)
                return 0;
        log_notice(
                "The overlay '%s' is up to date: it stays at version %s", job->ref,
                version + strlen(VERSIONS_PREFIX));
        return 1;
}

static void collect(const LayerJob *job) {
        StorePlace place = { job->paths, job->store_path };
        size_t n_removed;
        int r;

        r = version_collect(
                job->store_fd, job->lock_fd, job->config->keep_versions,
                store_place_version_is_used, &place, &n_removed);
        if (r < 0)
                log_warning(
                        "Failed to remove old versions in %s: %s", job->store_path, strerror(-r));
}

static int publish(const LayerJob *job) {
        _cleanup_(tree_problem_done) TreeProblem problem = {};
        _cleanup_free_ char *id = NULL;
        int r;

        r = stage_commit(job->store_fd, job->directory_fd, STAGE_KEY, &problem, &id);
        if (r < 0)
                return layer_job_complain(job, &problem, r);
        log_notice(
                "The overlay '%s' is at version %s now; a server gets it when it starts", job->ref,
                id);
        collect(job);
        return 0;
}

/* The overlay may have become one of another kind meanwhile. */
static int check_job(const LayerJob *job) {
        _cleanup_(definition_freep) OverlayDefinition *definition = NULL;

        if (!layer_job_is_marked(job)) {
                log_error(
                        "Failed to build the overlay '%s': this job did not begin, or the overlay is "
                        "another one now",
                        job->ref);
                return -ENOENT;
        }
        return layer_job_load_definition(job, &definition);
}

int layer_commit(LayerJob *job) {
        _cleanup_close_ int tree_fd = -EBADF;
        int r;

        r = layer_job_lock(job);
        if (r >= 0)
                r = check_job(job);
        if (r < 0)
                return r;
        r = stage_resume(job->store_fd, job->directory_fd, STAGE_KEY, &tree_fd);
        if (r < 0)
                return layer_job_complain(job, NULL, r);
        if (job->kind == JOB_WORKSHOP)
                r = link_items(job, tree_fd);
        if (r >= 0)
                r = layer_job_check_size(job, job->directory_fd, STAGE_KEY "/tree");
        if (r >= 0)
                r = seal(job, tree_fd);
        if (r >= 0)
                r = share(job, tree_fd);
        return r == 0 ? publish(job) : r;
}
