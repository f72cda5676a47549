/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/mount-info.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x00001000U
#endif

static bool is_octal(char c) {
        return c >= '0' && c <= '7';
}

/* The kernel writes space, tab, newline, backslash (and in options the comma) as \NNN. */
static void unescape(char *s) {
        char *out = s;

        while (*s) {
                if (s[0] == '\\' && is_octal(s[1]) && is_octal(s[2]) && is_octal(s[3])) {
                        *out++ = (char) ((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
                        s += 4;
                } else {
                        *out++ = *s++;
                }
        }
        *out = '\0';
}

static int parse_id(const char *text, uint64_t *ret) {
        char *end = NULL;

        if (!text || *text < '0' || *text > '9')
                return -EBADMSG;

        errno = 0;
        *ret = strtoull(text, &end, 10);
        return errno != 0 || *end != '\0' ? -EBADMSG : 0;
}

/* "36 35 98:0 /root /point rw,noatime shared:1 - ext3 /dev/root rw,errors=continue", the fields
 * before " - " being open-ended. */
int mount_info_parse(char *line, MountInfo *ret) {
        char *save = NULL, *fields[6], *word;
        MountInfo mount = {};

        line[strcspn(line, "\n")] = '\0';

        for (size_t i = 0; i < ELEMENTSOF(fields); i++) {
                fields[i] = strtok_r(i == 0 ? line : NULL, " ", &save);
                if (!fields[i])
                        return -EBADMSG;
        }
        if (parse_id(fields[0], &mount.id) < 0)
                return -EBADMSG;

        do
                word = strtok_r(NULL, " ", &save);
        while (word && strcmp(word, "-") != 0);

        mount.device = fields[2];
        mount.root = fields[3];
        mount.mount_point = fields[4];
        mount.flags = fields[5];
        mount.fs_type = strtok_r(NULL, " ", &save);
        (void) strtok_r(NULL, " ", &save); /* the source */
        mount.options = strtok_r(NULL, " ", &save);
        if (!mount.options)
                return -EBADMSG;

        unescape(mount.root);
        unescape(mount.mount_point);
        unescape(mount.fs_type);
        *ret = mount;
        return 0;
}

/* The value of the next option key=VALUE from options on, still escaped up to its comma, or NULL.
 */
static const char *find_option(const char *options, const char *key) {
        size_t n = strlen(key);

        for (const char *p = options; p; p = strchr(p, ',')) {
                p += *p == ',';
                if (strncmp(p, key, n) == 0 && p[n] == '=')
                        return p + n + 1;
        }
        return NULL;
}

static char *copy_value(const char *value) {
        char *copy = strndup(value, strcspn(value, ","));

        if (copy)
                unescape(copy);
        return copy;
}

int mount_info_option(const MountInfo *mount, const char *key, char **ret) {
        const char *value = find_option(mount->options, key);

        if (!value)
                return -ENODATA;
        *ret = copy_value(value);
        return *ret ? 0 : -ENOMEM;
}

/* One directory, or with the older option a list of them. */
static int each_in_value(
        char *value, bool is_list, int (*visit)(const char *layer, void *userdata),
        void *userdata) {
        char *save = NULL;
        int r = 0;

        if (!is_list)
                return visit(value, userdata);
        for (char *layer = strtok_r(value, ":", &save); r == 0 && layer;
             layer = strtok_r(NULL, ":", &save))
                r = visit(layer, userdata);
        return r;
}

int mount_info_each_layer(
        const MountInfo *mount, int (*visit)(const char *layer, void *userdata), void *userdata) {
        static const char *const keys[] = { "lowerdir+", "lowerdir" };
        int r = 0;

        if (strcmp(mount->fs_type, "overlay") != 0)
                return 0;
        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                for (const char *p = find_option(mount->options, keys[i]); r == 0 && p;
                     p = find_option(p, keys[i])) {
                        _cleanup_free_ char *value = copy_value(p);

                        r = value ? each_in_value(value, i == 1, visit, userdata) : -ENOMEM;
                }
        return r;
}

bool mount_info_has_flag(const char *list, const char *word) {
        size_t length = strlen(word);

        for (const char *p = list; p; p = strchr(p, ',')) {
                p += *p == ',';
                if (strncmp(p, word, length) == 0 && (p[length] == ',' || p[length] == '\0'))
                        return true;
        }
        return false;
}

int mount_info_each_of(FILE *f, MountInfoVisit visit, void *userdata) {
        _cleanup_free_ char *line = NULL;
        size_t size = 0;

        while (errno = 0, getline(&line, &size, f) >= 0) {
                MountInfo mount;
                int r;

                r = mount_info_parse(line, &mount);
                if (r < 0)
                        return r;

                r = visit(&mount, userdata);
                if (r != 0)
                        return r;
        }

        return ferror(f) ? -(errno ?: EIO) : 0;
}

int mount_info_each(MountInfoVisit visit, void *userdata) {
        _cleanup_fclose_ FILE *f = fopen("/proc/self/mountinfo", "re");

        return f ? mount_info_each_of(f, visit, userdata) : -errno;
}

typedef struct OverlayQuestion {
        uint64_t mount_id;
        const char *upper;
        char *device; /* the answer */
} OverlayQuestion;

static int answer_overlay(const MountInfo *mount, void *userdata) {
        OverlayQuestion *question = userdata;
        _cleanup_free_ char *upper = NULL;
        int r;

        if (mount->id != question->mount_id)
                return 0;
        if (strcmp(mount->fs_type, "overlay") != 0 || strcmp(mount->root, "/") != 0)
                return -ENODATA;

        r = mount_info_option(mount, "upperdir", &upper);
        if (r < 0)
                return r;
        if (strcmp(upper, question->upper) != 0)
                return -ENODATA;

        question->device = strdup(mount->device);
        return question->device ? 1 : -ENOMEM;
}

int mount_info_root_id(int fd, uint64_t *ret) {
        struct statx stx;

        if (statx(fd, "", AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, STATX_MNT_ID, &stx) < 0)
                return -errno;
        if (!(stx.stx_mask & STATX_MNT_ID))
                return -EOPNOTSUPP;
        if (!(stx.stx_attributes & STATX_ATTR_MOUNT_ROOT))
                return 0;

        *ret = stx.stx_mnt_id;
        return 1;
}

int mount_info_find_overlay(int fd, const char *upper, char **ret_device) {
        OverlayQuestion question = { .upper = upper };
        int r;

        r = mount_info_root_id(fd, &question.mount_id);
        if (r <= 0)
                return r;

        r = mount_info_each(answer_overlay, &question);
        if (r <= 0)
                return r == -ENODATA ? 0 : r;

        *ret_device = question.device;
        return 1;
}
