/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "specs/blueprint-file.h"

#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "common/audit-log.h"
#include "common/messages.h"
#include "servers/servers.h"
#include "specs/actor.h"
#include "specs/document.h"
#include "specs/executed.h"
#include "specs/references.h"

int blueprint_check_ref(const char *ref) {
        if (blueprint_ref_is_valid(ref))
                return CTL_OK;
        log_error(
                "Invalid blueprint '%s': use OWNER/NAME, each 1 to %d lowercase letters, digits "
                "and '-' that don't start with '-'",
                ref, INSTANCE_NAME_MAX);
        return CTL_USAGE;
}

int blueprints_open(Ctl *ctl, StateDir *ret) {
        int r;

        r = state_dir_open(ctl->paths, ctl->paths->blueprints_dir, ret);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to open %s", ctl->paths->blueprints_dir);
                return CTL_FAILURE;
        }
        return CTL_OK;
}

bool blueprint_exists(const StateDir *blueprints, const char *ref) {
        _cleanup_close_ int fd = -EBADF;
        char file[BLUEPRINT_FILE_MAX];

        blueprint_file_name(ref, file);
        fd = open_beneath(blueprints->fd, file, O_PATH | O_NOFOLLOW);
        return fd >= 0 || fd == -ELOOP;
}

static char *get_path(const Ctl *ctl, const char *ref) {
        char *path;

        if (asprintf(&path, "%s/%s.yaml", ctl->paths->blueprints_dir, ref) < 0)
                return NULL;
        return path;
}

static int read_text(Ctl *ctl, const char *ref, Text *ret) {
        _cleanup_(state_dir_close) StateDir blueprints = STATE_DIR_INIT;
        char path[PATH_MAX], file[BLUEPRINT_FILE_MAX];
        SpecErrors errors = {};
        int r;

        r = blueprints_open(ctl, &blueprints);
        if (r != CTL_OK)
                return r;

        blueprint_file_name(ref, file);
        r = state_dir_read(&blueprints, file, &errors, path, &ret->data, &ret->size);
        messages_write_errors(&errors);
        spec_errors_clear(&errors);
        if (r == -ENOENT) {
                log_error("No blueprint named '%s'", ref);
                return CTL_NO_INSTANCE;
        }
        return r < 0 ? CTL_FAILURE : CTL_OK;
}

int blueprint_check(Ctl *ctl, const char *ref, const char *file, const Text *text) {
        _cleanup_(blueprint_freep) Blueprint *blueprint = NULL;
        SpecErrors errors = {};
        int r;

        r = blueprint_parse(ref, file, text->data, text->size, &errors, &blueprint);
        messages_write_errors(&errors);
        spec_errors_clear(&errors);
        if (r == -EINVAL)
                return CTL_INVALID_SPEC;
        if (r < 0) {
                (void) log_error_errno(r, "Failed to check %s", file);
                return CTL_FAILURE;
        }

        overlays_warn(ctl, "its servers", blueprint->overlays);
        executed_warn(ctl, blueprint->overlays, blueprint->executed);
        return CTL_OK;
}

/* Whether the file has just these bytes. */
static bool is_same(const StateDir *blueprints, const char *file, const Text *text) {
        FileLimits limits = { .size_max = SPEC_SIZE_MAX };
        _cleanup_free_ char *old = NULL;
        size_t size;

        return read_file_beneath(blueprints->fd, file, &limits, &old, &size) >= 0 &&
               size == text->size && memcmp(old, text->data, size) == 0;
}

static int write_text(const StateDir *blueprints, const char *ref, const Text *text) {
        char file[BLUEPRINT_FILE_MAX], *slash;
        _cleanup_close_ int fd = -EBADF;
        int r;

        blueprint_file_name(ref, file);
        slash = strchr(file, '/');
        *slash = '\0';
        r = directory_make(blueprints->fd, file, &fd);
        if (r >= 0)
                r = write_file_atomic(fd, slash + 1, text->data, text->size, 0640);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to write %s/%s.yaml", blueprints->path, ref);
                return CTL_FAILURE;
        }
        return CTL_OK;
}

static void note_restarts(Ctl *ctl, const char *ref) {
        _cleanup_(usage_clear) Usage usage = {};
        _cleanup_free_ const char **servers = NULL;
        size_t n = 0;

        if (usage_load(ctl, &usage) != CTL_OK)
                return;
        servers = usage_of_blueprint(&usage, ref);
        while (servers && servers[n])
                n++;
        servers_note_restarts(ctl, (void *) servers, n);
}

int blueprint_save(Ctl *ctl, const char *ref, const Text *text) {
        _cleanup_(state_dir_close) StateDir blueprints = STATE_DIR_INIT;
        char file[BLUEPRINT_FILE_MAX];
        int r;

        r = blueprints_open(ctl, &blueprints);
        if (r != CTL_OK)
                return r;
        blueprint_file_name(ref, file);
        r = actor_check_blueprint_text(ctl, ref, text);
        if (r != CTL_OK || is_same(&blueprints, file, text))
                return r;

        r = write_text(&blueprints, ref, text);
        if (r != CTL_OK)
                return r;
        audit_log_blueprint(ref, ctl->verb->name);
        note_restarts(ctl, ref);
        return CTL_OK;
}

/* A component at a time: a link in the owner's place would lead root out of the directory. */
static int unlink_file(const StateDir *blueprints, const char *owner, const char *name) {
        _cleanup_close_ int fd = open_beneath(blueprints->fd, owner, O_RDONLY | O_DIRECTORY);

        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;
        if (unlinkat(fd, name, 0) < 0 && errno != ENOENT)
                return -errno;
        return fsync(fd) < 0 ? -errno : 0;
}

int blueprint_remove(const StateDir *blueprints, const char *ref) {
        char file[BLUEPRINT_FILE_MAX], *name;
        int r;

        blueprint_file_name(ref, file);
        name = strchr(file, '/');
        *name++ = '\0';
        r = unlink_file(blueprints, file, name);
        if (r < 0) {
                log_error(
                        "Failed to remove %s/%s/%s: %s", blueprints->path, file, name,
                        _(file_error_message(r)));
                return CTL_FAILURE;
        }
        /* An owner without blueprints needs no directory. */
        (void) unlinkat(blueprints->fd, file, AT_REMOVEDIR);
        if (fsync(blueprints->fd) < 0) {
                (void) log_error_errno(-errno, "Failed to remove '%s' for good", ref);
                return CTL_FAILURE;
        }
        return CTL_OK;
}

const DocumentKind blueprint_documents = {
        .is_blueprint = true,
        .keys = &blueprint_keys,
        .permit = actor_check_ref,
        .path = get_path,
        .read = read_text,
        .check = blueprint_check,
        .save = blueprint_save,
};
