/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "avatar/cache.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "avatar/jpeg.h"
#include "avatar/players.h"
#include "base/file.h"

void avatar_file_name(uint64_t id, bool is_picture, char ret[static AVATAR_NAME_MAX]) {
        (void) snprintf(ret, AVATAR_NAME_MAX, "%" PRIu64 ".%s", id, is_picture ? "jpg" : "none");
}

bool avatar_file_parse(const char *name, uint64_t *ret_id, bool *ret_is_picture) {
        const char *dot = strchr(name, '.');
        char id[AVATAR_NAME_MAX];

        if (!dot || dot - name >= AVATAR_NAME_MAX ||
            (strcmp(dot, ".jpg") != 0 && strcmp(dot, ".none") != 0))
                return false;
        memcpy(id, name, (size_t) (dot - name));
        id[dot - name] = '\0';
        *ret_id = avatar_id_parse(id);
        *ret_is_picture = dot[1] == 'j';
        return *ret_id > 0;
}

int avatar_cache_open(const Paths *paths) {
        int fd = open(paths->avatars_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        return fd < 0 ? -errno : fd;
}

bool avatar_is_there(int cache_fd, uint64_t id) {
        char name[AVATAR_NAME_MAX];
        struct stat st;

        avatar_file_name(id, true, name);
        return id > 0 && fstatat(cache_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
               S_ISREG(st.st_mode) && st.st_mtime > time(NULL) - AVATAR_AGE_MAX;
}

int avatar_read(int cache_fd, uint64_t id, uint8_t **ret, size_t *ret_size) {
        const FileLimits limits = { .size_max = AVATAR_SIZE_MAX };
        char name[AVATAR_NAME_MAX];
        _cleanup_free_ char *data = NULL;
        size_t size;
        int r;

        if (!avatar_is_there(cache_fd, id))
                return -ENOENT;
        avatar_file_name(id, true, name);
        r = read_file_beneath(cache_fd, name, &limits, &data, &size);
        return r < 0 ? r : jpeg_clean((const uint8_t *) data, size, AVATAR_SIDE_MAX, ret, ret_size);
}
