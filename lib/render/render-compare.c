/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/render-compare.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "base/file.h"
#include "render/render.h"

enum { UNIT_SIZE_MAX = 64 * 1024 };

/* Compares what is rendered with a directory. */
typedef struct Comparison {
        int dir_fd;
        size_t n_same, n_all;
} Comparison;

static bool file_is(int dir_fd, const char *path, const char *text, size_t size) {
        FileLimits limits = { .size_max = UNIT_SIZE_MAX };
        _cleanup_free_ char *old = NULL;
        size_t old_size;

        return read_file_beneath(dir_fd, path, &limits, &old, &old_size) >= 0 && old_size == size &&
               memcmp(old, text, size) == 0;
}

static int compare_file(void *userdata, const char *path, const char *text, size_t size) {
        Comparison *comparison = userdata;

        comparison->n_all++;
        comparison->n_same += file_is(comparison->dir_fd, path, text, size);
        return 0;
}

static int compare_link(void *userdata, const char *path, const char *target) {
        Comparison *comparison = userdata;
        char old[PATH_MAX];
        ssize_t n = readlinkat(comparison->dir_fd, path, old, sizeof(old) - 1);

        comparison->n_all++;
        comparison->n_same +=
                n >= 0 && (size_t) n == strlen(target) && memcmp(old, target, (size_t) n) == 0;
        return 0;
}

static int count_existing_file(
        void *userdata, const char *path, const char *text _unused_, size_t size _unused_) {
        Comparison *comparison = userdata;

        comparison->n_all++;
        comparison->n_same += faccessat(comparison->dir_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) >= 0;
        return 0;
}

static int count_existing_link(void *userdata, const char *path, const char *target _unused_) {
        return count_existing_file(userdata, path, NULL, 0);
}

/* How many of the things an instance can have at most are there. */
static int count_existing(
        const Paths *paths, const InstanceSettings *settings, int dir_fd, size_t *ret) {
        Comparison comparison = { .dir_fd = dir_fd };
        RenderSink sink = { count_existing_file, count_existing_link, &comparison };
        InstanceSettings most = *settings;
        int r;

        most.autostart = true;
        most.hardening = HARDENING_STRICT;
        most.schedule.is_set = true;
        r = render_instance(&most, paths, &sink);
        *ret = comparison.n_same;
        return r;
}

int render_is_current(const Paths *paths, const char *name, const Spec *spec) {
        _cleanup_close_ int dir_fd = open(paths->generator_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        Comparison comparison = { .dir_fd = dir_fd };
        RenderSink sink = { compare_file, compare_link, &comparison };
        InstanceSettings settings = { .port = 1, .resources.nice = RESOURCE_NICE_UNSET };
        size_t n_existing;
        int r;

        if (dir_fd < 0)
                return errno == ENOENT ? !spec : -errno;

        if (spec) {
                settings = spec->settings;
                r = render_instance(&settings, paths, &sink);
                if (r < 0)
                        return r;
        } else
                (void) snprintf(settings.name, sizeof(settings.name), "%s", name);

        r = count_existing(paths, &settings, dir_fd, &n_existing);
        if (r < 0)
                return r;
        return comparison.n_same == comparison.n_all && n_existing == comparison.n_all;
}
