/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "server/build-wish.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/file.h"
#include "base/json.h"
#include "base/name.h"
#include "base/utf8.h"
#include "server/instance-file.h"

#define WISH_PREFIX "after-build-"
#define WISH_SUFFIX ".json"

/* --- the file -----------------------------------------------------------------------------------
 */

static bool is_wish_file(const char *file) {
        size_t n = strlen(file), prefix = strlen(WISH_PREFIX), suffix = strlen(WISH_SUFFIX);

        return n > prefix + suffix && strncmp(file, WISH_PREFIX, prefix) == 0 &&
               strcmp(file + n - suffix, WISH_SUFFIX) == 0;
}

static int name_file(const char *ref, char ret[static NAME_MAX + 1]) {
        char instance[JOB_REF_MAX + 1];
        int r;

        r = job_instance_from_ref(ref, instance);
        if (r >= 0)
                (void) snprintf(ret, NAME_MAX + 1, "%s%s%s", WISH_PREFIX, instance, WISH_SUFFIX);
        return r;
}

/* null is "". */
static bool get_version(sd_json_variant *object, BuildWish *wish) {
        sd_json_variant *v = sd_json_variant_by_key(object, "version");

        if (sd_json_variant_is_null(v))
                return v != NULL;
        return json_copy_text(object, "version", wish->version, sizeof(wish->version)) &&
               ref_is_valid(wish->version) && !strchr(wish->version, '/');
}

static bool get_kind(sd_json_variant *object, BuildWish *wish) {
        char word[JOB_WORD_MAX];

        return json_copy_text(object, "kind", word, sizeof(word)) &&
               job_kind_from_string(word, &wish->kind) >= 0 && job_kind_has_ref(wish->kind);
}

int build_wish_parse(const char *text, BuildWish *ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        sd_json_variant *now, *queued;
        BuildWish wish = {};

        if (sd_json_parse(text, 0, &object, NULL, NULL) < 0 || !sd_json_variant_is_object(object))
                return -EINVAL;
        now = sd_json_variant_by_key(object, "is_now");
        queued = sd_json_variant_by_key(object, "queued_usec");
        if (!get_kind(object, &wish) || !get_version(object, &wish) ||
            !json_copy_text(object, "overlay", wish.ref, sizeof(wish.ref)) ||
            !json_copy_text(object, "job", wish.job, sizeof(wish.job)) ||
            !json_copy_text(object, "user", wish.user, sizeof(wish.user)) ||
            !json_copy_owner(object, wish.owner) || !sd_json_variant_is_boolean(now) ||
            !sd_json_variant_is_unsigned(queued))
                return -EINVAL;
        if (!ref_is_valid(wish.ref) || !hex_is_valid(wish.job, JOB_ID_MAX - 1) ||
            !utf8_is_printable(wish.user))
                return -EINVAL;
        wish.is_now = sd_json_variant_boolean(now);
        wish.queued_usec = sd_json_variant_unsigned(queued);
        *ret = wish;
        return 0;
}

static int build(const BuildWish *wish, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        int r;

        r = sd_json_buildo(
                &object, SD_JSON_BUILD_PAIR_STRING("overlay", wish->ref),
                SD_JSON_BUILD_PAIR_STRING("kind", job_kind_to_string(wish->kind)),
                SD_JSON_BUILD_PAIR_STRING("job", wish->job),
                SD_JSON_BUILD_PAIR_STRING(
                        "version", wish->version[0] != '\0' ? wish->version : NULL),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_now", wish->is_now),
                SD_JSON_BUILD_PAIR_UNSIGNED("queued_usec", wish->queued_usec),
                SD_JSON_BUILD_PAIR_STRING("user", wish->user));
        if (r >= 0)
                r = json_add_owner(&object, wish->owner);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(object);
        return 0;
}

int build_wish_save(const SpecContext *context, const char *name, const BuildWish *wish) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        char file[NAME_MAX + 1];
        int r;

        r = name_file(wish->ref, file);
        if (r >= 0)
                r = build(wish, &object);
        return r < 0 ? r : instance_file_save(context, name, file, object);
}

int build_wish_remove(const SpecContext *context, const char *name, const char *ref) {
        char file[NAME_MAX + 1];
        int r;

        r = name_file(ref, file);
        return r < 0 ? r : instance_file_remove(context, name, file);
}

/* --- all of a server ----------------------------------------------------------------------------
 */

static int add(const BuildWish *wish, BuildWishes *wishes) {
        BuildWish *items = array_for_one_more(wishes->items, wishes->n_items, sizeof(*items));

        if (!items)
                return -ENOMEM;
        wishes->items = items;
        items[wishes->n_items++] = *wish;
        return 0;
}

/* 0: it is one; 1: it is a bad one. */
static int load_file(
        const SpecContext *context, const char *name, const char *file, BuildWishes *wishes) {
        _cleanup_free_ char *text = NULL;
        char expected[NAME_MAX + 1];
        BuildWish wish;
        int r;

        r = instance_file_load(context, name, file, &text);
        if (r == -ENOENT)
                return 0; /* removed meanwhile */
        if (r >= 0)
                r = build_wish_parse(text, &wish);
        if (r == -ENOMEM)
                return r;
        if (r < 0 || name_file(wish.ref, expected) < 0 || strcmp(expected, file) != 0)
                return 1;
        return add(&wish, wishes);
}

int build_wishes_load(
        const SpecContext *context, const char *name, BuildWishes *ret, size_t *ret_n_bad) {
        _cleanup_close_ int fd = instance_directory_open(context, name);
        _cleanup_(closedirp) DIR *dir = NULL;
        const struct dirent *entry;
        size_t n_bad = 0;
        int r = 0;

        *ret = (BuildWishes) {};
        if (ret_n_bad)
                *ret_n_bad = 0;
        if (fd < 0)
                return fd == -ENOENT || fd == -ENOTDIR ? 0 : fd;
        dir = open_listing(fd);
        if (!dir)
                return -errno;
        while (r >= 0 && ret->n_items < BUILD_WISHES_MAX && (r = next_entry(dir, &entry)) > 0) {
                if (!is_wish_file(entry->d_name))
                        continue;
                r = load_file(context, name, entry->d_name, ret);
                n_bad += r > 0;
        }
        if (ret_n_bad)
                *ret_n_bad = n_bad;
        return r < 0 ? r : 0;
}

void build_wishes_clear(BuildWishes *wishes) {
        free(wishes->items);
        *wishes = (BuildWishes) {};
}

int build_wishes_remove(const SpecContext *context, const char *name) {
        _cleanup_close_ int fd = instance_directory_open(context, name);
        _cleanup_(closedirp) DIR *dir = NULL;
        const struct dirent *entry;
        int r, n = 0;

        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;
        dir = open_listing(fd);
        if (!dir)
                return -errno;
        while ((r = next_entry(dir, &entry)) > 0) {
                if (!is_wish_file(entry->d_name))
                        continue;
                r = instance_file_remove(context, name, entry->d_name);
                if (r < 0)
                        return r;
                n += r;
        }
        return r < 0 ? r : n > 0;
}

bool build_wish_is_beside(const SpecContext *context, const char *directory) {
        _cleanup_close_ int fd = -EBADF;
        _cleanup_(closedirp) DIR *dir = NULL;
        const struct dirent *entry;

        /* As glob(7): hidden ones do not match, and links to directories do. */
        if (directory[0] == '.')
                return false;
        fd = openat(context->instances_fd, directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        dir = fd < 0 ? NULL : open_listing(fd);
        while (dir && next_entry(dir, &entry) > 0)
                if (is_wish_file(entry->d_name))
                        return true;
        return false;
}

int build_wishes_to_json(const BuildWishes *wishes, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *list = NULL;
        int r;

        r = sd_json_variant_new_array(&list, NULL, 0);
        for (size_t i = 0; r >= 0 && i < wishes->n_items; i++) {
                _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;

                r = build(&wishes->items[i], &object);
                if (r >= 0)
                        r = sd_json_variant_append_array(&list, object);
        }
        if (r >= 0)
                *ret = TAKE_PTR(list);
        return r < 0 ? r : 0;
}
