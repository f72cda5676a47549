/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/state-dir.h"

#include <fcntl.h>
#include <pwd.h>
#include <string.h>

#include "base/file.h"
#include "base/name.h"
#include "base/strv.h"
#include "spec/spec.h"

/*
 * From /etc/passwd itself: the generator runs inside PID 1's reload, and a name service may ask
 * PID 1 and wait for ever.
 */
uid_t state_owner(const Paths *paths) {
        _cleanup_fclose_ FILE *f = NULL;
        struct passwd entry, *found;
        char buffer[4096];

        if (paths->root[0] != '\0')
                return geteuid(); /* a test's tree */

        f = fopen("/etc/passwd", "re");
        if (!f)
                return 0;
        while (fgetpwent_r(f, &entry, buffer, sizeof(buffer), &found) == 0)
                if (strcmp(entry.pw_name, "left4me") == 0)
                        return entry.pw_uid;
        return 0;
}

int state_dir_open(const Paths *paths, const char *path, StateDir *ret) {
        int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0)
                return -errno;

        *ret = (StateDir) { .path = path, .fd = fd, .owner = state_owner(paths) };
        return 0;
}

void state_dir_close(StateDir *dir) {
        dir->fd = safe_close(dir->fd);
}

int state_dir_read(
        const StateDir *dir, const char *name, SpecErrors *errors, char file[static PATH_MAX],
        char **ret_text, size_t *ret_size) {
        const uid_t owners[] = { 0, dir->owner };
        const FileLimits limits = {
                .size_max = SPEC_SIZE_MAX,
                .owners = owners,
                .n_owners = ELEMENTSOF(owners),
        };
        int r;

        (void) snprintf(file, PATH_MAX, "%s/%s", dir->path, name);
        r = read_file_beneath(dir->fd, name, &limits, ret_text, ret_size);
        if (r >= 0 || r == -ENOMEM || r == -ENOENT)
                return r;

        spec_errors_add_text(errors, &(SpecPlace) { .file = file }, file_error_message(r));
        return -EINVAL;
}

/* False: the entry has no NAME. */
static bool name_of_entry(
        const char *entry, const char *suffix, char ret[static INSTANCE_NAME_MAX + 1]) {
        size_t length = strlen(entry), tail = strlen(suffix);

        if (length <= tail || length - tail > INSTANCE_NAME_MAX ||
            strcmp(entry + length - tail, suffix) != 0)
                return false;
        (void) snprintf(ret, INSTANCE_NAME_MAX + 1, "%.*s", (int) (length - tail), entry);
        return instance_name_is_valid(ret);
}

int state_dir_list(int dir_fd, const char *suffix, size_t max, char ***ret) {
        _cleanup_(strv_freep) char **names = calloc(1, sizeof(char *));
        _cleanup_(closedirp) DIR *dir = open_listing(dir_fd);
        char name[INSTANCE_NAME_MAX + 1];
        const struct dirent *entry;
        size_t n = 0;
        int r;

        if (!dir)
                return -errno;
        if (!names)
                return -ENOMEM;

        while ((r = next_entry(dir, &entry)) > 0) {
                if (!name_of_entry(entry->d_name, suffix, name))
                        continue;
                r = n < max ? strv_add(&names, &n, name) : -E2BIG;
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;

        strv_sort(names, n);
        *ret = TAKE_PTR(names);
        return 0;
}
