/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "server/instance-file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/json.h"

enum { INSTANCE_FILE_SIZE_MAX = 1024 };

int instance_directory_open(const SpecContext *context, const char *name) {
        if (!instance_name_is_valid(name))
                return -EINVAL;
        return open_beneath(context->instances_fd, name, O_RDONLY | O_DIRECTORY);
}

int instance_file_load(const SpecContext *context, const char *name, const char *file, char **ret) {
        const uid_t owners[] = { 0, context->owner };
        const FileLimits limits = {
                .size_max = INSTANCE_FILE_SIZE_MAX,
                .owners = owners,
                .n_owners = ELEMENTSOF(owners),
        };
        _cleanup_close_ int fd = instance_directory_open(context, name);
        size_t size;

        return fd < 0 ? fd : read_file_beneath(fd, file, &limits, ret, &size);
}

/*
 * systemd notices new files in the instances' directory, but not in those below it. A change of
 * the lower directory's times is one that it notices.
 */
static int tell(int instance_fd) {
        return futimens(instance_fd, NULL) < 0 ? -errno : 0;
}

int instance_file_save(
        const SpecContext *context, const char *name, const char *file, sd_json_variant *object) {
        _cleanup_close_ int fd = instance_directory_open(context, name);
        _cleanup_free_ char *text = NULL;
        int r;

        if (fd < 0)
                return fd;
        r = sd_json_variant_format(object, SD_JSON_FORMAT_NEWLINE, &text);
        if (r >= 0)
                r = write_file_atomic(fd, file, text, strlen(text), 0640);
        return r < 0 ? r : tell(fd);
}

int instance_file_remove(const SpecContext *context, const char *name, const char *file) {
        _cleanup_close_ int fd = instance_directory_open(context, name);
        int r;

        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;
        if (unlinkat(fd, file, 0) < 0)
                return errno == ENOENT ? 0 : -errno;
        r = fsync(fd) < 0 ? -errno : tell(fd);
        return r < 0 ? r : 1;
}

bool json_copy_owner(sd_json_variant *object, char ret[static INSTANCE_NAME_MAX + 1]) {
        sd_json_variant *v = sd_json_variant_by_key(object, "owner");

        ret[0] = '\0';
        if (!v || sd_json_variant_is_null(v))
                return true;
        return json_copy_text(object, "owner", ret, INSTANCE_NAME_MAX + 1) &&
               instance_name_is_valid(ret);
}

int json_add_owner(sd_json_variant **object, const char *owner) {
        return owner[0] == '\0' ? 0 : sd_json_variant_set_field_string(object, "owner", owner);
}
