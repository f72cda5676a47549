/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "server/queued-restart.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/time-text.h"
#include "base/utf8.h"

#define RESTART_FILE "restart.json"

enum { RESTART_SIZE_MAX = 1024 };

#define USEC_PER_MINUTE (60 * USEC_PER_SEC)

/* Minutes before the deadline, the last first. */
static const unsigned warnings[] = { 1, 5, 10 };

static bool is_invocation_id(const char *text) {
        return strspn(text, "0123456789abcdef") == INVOCATION_ID_MAX &&
               text[INVOCATION_ID_MAX] == '\0';
}

/* Copies a text of the object; false: it is missing, or too long. */
static bool get_text(sd_json_variant *object, const char *key, char *ret, size_t size) {
        sd_json_variant *v = sd_json_variant_by_key(object, key);
        const char *text = sd_json_variant_is_string(v) ? sd_json_variant_string(v) : NULL;

        if (!text || strlen(text) >= size)
                return false;
        memcpy(ret, text, strlen(text) + 1);
        return true;
}

/* null is 0. */
static bool get_time(sd_json_variant *object, const char *key, uint64_t *ret) {
        sd_json_variant *v = sd_json_variant_by_key(object, key);

        if (!v || (!sd_json_variant_is_null(v) && !sd_json_variant_is_unsigned(v)))
                return false;
        *ret = sd_json_variant_is_null(v) ? 0 : sd_json_variant_unsigned(v);
        return true;
}

int queued_restart_parse(const char *text, QueuedRestart *ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        QueuedRestart restart = {};

        if (sd_json_parse(text, 0, &object, NULL, NULL) < 0 || !sd_json_variant_is_object(object))
                return -EINVAL;
        if (!get_time(object, "queued_usec", &restart.queued_usec) ||
            !get_time(object, "deadline_usec", &restart.deadline_usec) ||
            !get_text(
                    object, "invocation_id", restart.invocation_id,
                    sizeof(restart.invocation_id)) ||
            !get_text(object, "user", restart.user, sizeof(restart.user)))
                return -EINVAL;
        if (restart.queued_usec == 0 || !is_invocation_id(restart.invocation_id) ||
            !utf8_is_printable(restart.user))
                return -EINVAL;

        *ret = restart;
        return 0;
}

static int open_instance(const SpecContext *context, const char *name) {
        if (!instance_name_is_valid(name))
                return -EINVAL;
        return open_beneath(context->instances_fd, name, O_RDONLY | O_DIRECTORY);
}

int queued_restart_load(const SpecContext *context, const char *name, QueuedRestart *ret) {
        const uid_t owners[] = { 0, context->owner };
        const FileLimits limits = {
                .size_max = RESTART_SIZE_MAX,
                .owners = owners,
                .n_owners = ELEMENTSOF(owners),
        };
        _cleanup_close_ int fd = open_instance(context, name);
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        if (fd < 0)
                return fd;
        r = read_file_beneath(fd, RESTART_FILE, &limits, &text, &size);
        return r < 0 ? r : queued_restart_parse(text, ret);
}

/* null for 0 */
static int build_time(sd_json_variant **ret, const char *name _unused_, void *userdata) {
        const uint64_t *usec = userdata;

        return *usec == 0 ? sd_json_variant_new_null(ret)
                          : sd_json_variant_new_unsigned(ret, *usec);
}

static int build(const QueuedRestart *restart, sd_json_variant **ret) {
        uint64_t deadline = restart->deadline_usec;

        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_UNSIGNED("queued_usec", restart->queued_usec),
                SD_JSON_BUILD_PAIR_CALLBACK("deadline_usec", build_time, &deadline),
                SD_JSON_BUILD_PAIR_STRING("invocation_id", restart->invocation_id),
                SD_JSON_BUILD_PAIR_STRING("user", restart->user));
}

/*
 * systemd notices new files in the instances' directory, but not in those below it. A change of
 * the lower directory's times is one that it notices.
 */
static int tell(int instance_fd) {
        return futimens(instance_fd, NULL) < 0 ? -errno : 0;
}

int queued_restart_save(
        const SpecContext *context, const char *name, const QueuedRestart *restart) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        _cleanup_close_ int fd = open_instance(context, name);
        _cleanup_free_ char *text = NULL;
        int r;

        if (fd < 0)
                return fd;
        r = build(restart, &object);
        if (r >= 0)
                r = sd_json_variant_format(object, SD_JSON_FORMAT_NEWLINE, &text);
        if (r >= 0)
                r = write_file_atomic(fd, RESTART_FILE, text, strlen(text), 0640);
        return r < 0 ? r : tell(fd);
}

int queued_restart_remove(const SpecContext *context, const char *name) {
        _cleanup_close_ int fd = open_instance(context, name);
        int r;

        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;
        if (unlinkat(fd, RESTART_FILE, 0) < 0)
                return errno == ENOENT ? 0 : -errno;
        r = fsync(fd) < 0 ? -errno : tell(fd);
        return r < 0 ? r : 1;
}

bool queued_restart_is_beside(const SpecContext *context, const char *directory) {
        char path[NAME_MAX + sizeof("/" RESTART_FILE)];
        struct stat st;

        /* As glob(7): hidden ones do not match. */
        if (directory[0] == '.')
                return false;
        (void) snprintf(path, sizeof(path), "%s/" RESTART_FILE, directory);
        return fstatat(context->instances_fd, path, &st, AT_SYMLINK_NOFOLLOW) >= 0;
}

bool queued_restart_is_due(const QueuedRestart *restart, const UnitState *unit) {
        return restart->queued_usec > 0 && unit->active_state && unit->invocation_id &&
               strcmp(unit->active_state, "inactive") != 0 &&
               strcmp(unit->active_state, "failed") != 0 &&
               strcmp(unit->invocation_id, restart->invocation_id) == 0;
}

/* The last warning that has come by then, in minutes; 0: none. */
static unsigned warning_of(const QueuedRestart *restart, uint64_t now) {
        for (size_t i = 0; i < ELEMENTSOF(warnings) && restart->deadline_usec > now; i++)
                if (restart->deadline_usec - now <= warnings[i] * USEC_PER_MINUTE)
                        return warnings[i];
        return 0;
}

unsigned queued_restart_warn(const QueuedRestart *restart, uint64_t now, unsigned *warned) {
        unsigned warning = warning_of(restart, now);

        if (warning == 0 || (*warned > 0 && warning >= *warned))
                return 0;
        *warned = warning;
        return (unsigned) ((restart->deadline_usec - now + USEC_PER_MINUTE - 1) / USEC_PER_MINUTE);
}

uint64_t queued_restart_next(const QueuedRestart *restart, uint64_t now) {
        uint64_t deadline = restart->deadline_usec;

        if (deadline <= now)
                return UINT64_MAX;
        for (size_t i = ELEMENTSOF(warnings); i-- > 0;)
                if (deadline - now > warnings[i] * USEC_PER_MINUTE)
                        return deadline - warnings[i] * USEC_PER_MINUTE;
        return deadline;
}

int queued_restart_to_json(const QueuedRestart *restart, sd_json_variant **ret) {
        return restart->queued_usec > 0 ? build(restart, ret) : sd_json_variant_new_null(ret);
}
