/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "overlay/record.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "base/sha256.h"
#include "layer/mount-info.h"
#include "layer/tree-record.h"

/* Not write_file_atomic(): without CAP_CHOWN it can't give a file to root's group. */
static int replace(const Overlay *o, const char *name, const char *text, mode_t mode) {
        _cleanup_close_ int fd = -EBADF;
        char temporary[NAME_MAX];
        int r;

        (void) snprintf(temporary, sizeof(temporary), ".%s.tmp", o->name);
        (void) unlinkat(o->trees_fd, temporary, 0); /* of a killed run */
        fd = openat(
                o->trees_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;

        r = write_all(fd, text, strlen(text));
        if (r >= 0 &&
            (fchmod(fd, mode) < 0 || renameat(o->trees_fd, temporary, o->trees_fd, name) < 0))
                r = -errno;
        if (r < 0)
                (void) unlinkat(o->trees_fd, temporary, 0);
        return r;
}

static int find_device(const Overlay *o, char **ret) {
        _cleanup_close_ int fd = open(o->merged, O_PATH | O_DIRECTORY | O_CLOEXEC);
        int r;

        if (fd < 0)
                return -errno;
        r = mount_info_find_overlay(fd, o->upper, ret);
        return r == 0 ? -ENODEV : r;
}

int record_write(const Overlay *o) {
        _cleanup_free_ char *device = NULL;
        char line[64];
        int r;

        r = find_device(o, &device);
        if (r >= 0) {
                (void) snprintf(line, sizeof(line), TREE_VARIABLE "=%s\n", device);
                r = replace(o, o->name, line, 0644);
        }
        if (r < 0)
                return log_error_errno(r, "Failed to write %s/%s", o->paths->trees_dir, o->name);
        return 0;
}

/* One line, in a file with a suffix of its own. */
static int write_line(const Overlay *o, const char *suffix, const char *text, mode_t mode) {
        char name[NAME_MAX], line[SHA256_TEXT_MAX + 1];

        (void) snprintf(name, sizeof(name), "%s%s", o->name, suffix);
        (void) snprintf(line, sizeof(line), "%s\n", text);
        return replace(o, name, line, mode);
}

/* They say nothing without the record, which is the one that counts. */
static void forget_spec(const Overlay *o) {
        static const char *const suffixes[] = { TREE_DIGEST_SUFFIX, TREE_PORT_SUFFIX };

        for (size_t i = 0; i < ELEMENTSOF(suffixes); i++) {
                char name[NAME_MAX];

                (void) snprintf(name, sizeof(name), "%s%s", o->name, suffixes[i]);
                (void) unlinkat(o->trees_fd, name, 0);
        }
}

void record_spec(const Overlay *o, const char *digest, uint16_t port) {
        char number[sizeof("65535")];
        int r;

        /* Notes of another run must not pass for this one's. */
        forget_spec(o);

        (void) snprintf(number, sizeof(number), "%u", port);
        r = write_line(o, TREE_PORT_SUFFIX, number, 0644);
        /* The directory's set-group-ID bit gives it to those who may read specs. */
        if (r >= 0)
                r = write_line(o, TREE_DIGEST_SUFFIX, digest, 0640);
        if (r < 0)
                log_warning(
                        "Failed to record in %s what %s is made from, for 'l4d2ctl status' and "
                        "the RCON filter: %s",
                        o->paths->trees_dir, o->merged, strerror(-r));
}

static int list_layers(const LayerStack *stack, const char *before, const char *after, char **ret) {
        _cleanup_free_ char *text = NULL;
        _cleanup_fclose_ FILE *f = NULL; /* closed first: it still writes to text */
        size_t size;

        f = open_memstream(&text, &size);
        for (size_t i = 0; f && i < stack->n_items; i++)
                (void) fprintf(f, "%s%s%s", before, stack->items[i].path, after);
        if (!f || fflush(f) != 0)
                return -ENOMEM;
        *ret = strdup(text);
        return *ret ? 0 : -ENOMEM;
}

int record_layers(const Overlay *o, const LayerStack *stack) {
        _cleanup_free_ char *text = NULL;
        char name[NAME_MAX];
        int r;

        (void) snprintf(name, sizeof(name), "%s" TREE_LAYERS_SUFFIX, o->name);
        r = list_layers(stack, "", "\n", &text);
        if (r >= 0)
                r = replace(o, name, text, 0644);
        if (r < 0)
                return log_error_errno(r, "Failed to write %s/%s", o->paths->trees_dir, name);
        return 0;
}

void record_say_layers(const LayerStack *stack) {
        _cleanup_free_ char *text = NULL;

        if (list_layers(stack, " ", "", &text) >= 0)
                log_info("%s%s", TREE_LAYERS_LINE, text);
}

/* A file that stays only keeps old versions until the next start. */
void record_forget_layers(const Overlay *o) {
        char name[NAME_MAX];

        (void) snprintf(name, sizeof(name), "%s" TREE_LAYERS_SUFFIX, o->name);
        if (unlinkat(o->trees_fd, name, 0) < 0 && errno != ENOENT)
                log_warning(
                        "Failed to remove %s/%s: %s", o->paths->trees_dir, name, strerror(errno));
}

int record_remove(const Overlay *o) {
        forget_spec(o);
        if (unlinkat(o->trees_fd, o->name, 0) < 0 && errno != ENOENT)
                return log_error_errno(
                        -errno, "Failed to remove %s/%s", o->paths->trees_dir, o->name);
        return 0;
}

void record_error(const Overlay *o, const char *message) {
        char name[NAME_MAX], line[TREE_ERROR_MAX];
        int r = 0;

        (void) snprintf(name, sizeof(name), "%s" TREE_ERROR_SUFFIX, o->name);
        (void) snprintf(line, sizeof(line), "%s\n", message);
        if (message[0] != '\0')
                r = replace(o, name, line, 0644);
        else if (unlinkat(o->trees_fd, name, 0) < 0 && errno != ENOENT)
                r = -errno;
        if (r < 0)
                log_warning("Failed to update %s/%s: %s", o->paths->trees_dir, name, strerror(-r));
}
