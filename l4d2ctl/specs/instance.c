/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "specs/instance.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "common/messages.h"
#include "layer/overlay-readable.h"
#include "server/owner.h"
#include "spec/blueprint.h"
#include "spec/cfg-text.h"
#include "spec/overlay-dir.h"
#include "spec/ports.h"
#include "spec/set.h"
#include "specs/actor.h"
#include "specs/executed.h"

static int no_instance(const char *name) {
        log_error("No server named '%s'", name);
        return CTL_NO_INSTANCE;
}

/* Prints errors if there are any, and forgets them. */
static void report(SpecErrors *errors) {
        messages_write_errors(errors);
        spec_errors_clear(errors);
}

int instance_load(Ctl *ctl, const char *name, Spec **ret) {
        _cleanup_(spec_freep) Spec *spec = NULL;
        SpecErrors errors = {};
        int r;

        r = ctl_open_specs(ctl);
        if (r != CTL_OK)
                return r;

        r = spec_load(&ctl->specs, name, &errors, &spec);
        report(&errors);
        if (r == -ENOENT)
                return no_instance(name);
        if (r == -EINVAL)
                return CTL_INVALID_SPEC;
        if (r < 0) {
                (void) log_error_errno(r, "Failed to load the spec of '%s'", name);
                return CTL_FAILURE;
        }

        r = instance_resolve(ctl, spec, NULL);
        if (r == CTL_OK)
                *ret = TAKE_PTR(spec);
        return r;
}

int instance_resolve(Ctl *ctl, Spec *spec, const char *file) {
        SpecErrors errors = {};
        int r;

        r = blueprint_resolve(ctl->paths, spec, file, &errors);
        report(&errors);
        if (r == -EINVAL)
                return CTL_INVALID_SPEC;
        if (r < 0) {
                (void) log_error_errno(r, "Failed to read the blueprint '%s'", spec->blueprint);
                return CTL_FAILURE;
        }
        return CTL_OK;
}

int instance_exists(Ctl *ctl, const char *name) {
        _cleanup_free_ char *path = NULL;
        _cleanup_close_ int fd = -EBADF;
        int r;

        r = ctl_open_specs(ctl);
        if (r != CTL_OK)
                return r;
        if (asprintf(&path, "%s/" SPEC_FILE_NAME, name) < 0)
                return CTL_FAILURE;
        fd = open_beneath(ctl->specs.instances_fd, path, O_PATH | O_NOFOLLOW);
        return fd >= 0 || fd == -ELOOP ? CTL_OK : CTL_NO_INSTANCE;
}

char *instance_spec_path(const Ctl *ctl, const char *name) {
        char *path;

        if (asprintf(&path, "%s/%s/" SPEC_FILE_NAME, ctl->paths->instances_dir, name) < 0)
                return NULL;
        return path;
}

int instance_read(Ctl *ctl, const char *name, Text *ret) {
        _cleanup_free_ char *path = NULL;
        uid_t owners[] = { 0, 0 };
        FileLimits limits = {
                .size_max = SPEC_SIZE_MAX,
                .owners = owners,
                .n_owners = ELEMENTSOF(owners),
        };
        int r;

        r = ctl_open_specs(ctl);
        if (r != CTL_OK)
                return r;
        owners[1] = ctl->specs.owner;
        if (asprintf(&path, "%s/" SPEC_FILE_NAME, name) < 0)
                return CTL_FAILURE;

        r = read_file_beneath(ctl->specs.instances_fd, path, &limits, &ret->data, &ret->size);
        if (r == -ENOENT)
                return no_instance(name);
        if (r < 0) {
                log_error("Failed to read the spec of '%s': %s", name, _(file_error_message(r)));
                return CTL_FAILURE;
        }
        return CTL_OK;
}

static int read_stream(FILE *f, Text *ret) {
        _cleanup_free_ char *data = malloc(SPEC_SIZE_MAX + 2);
        size_t n;

        if (!data)
                return -ENOMEM;
        n = fread(data, 1, SPEC_SIZE_MAX + 1, f);
        if (ferror(f))
                return errno > 0 ? -errno : -EIO;
        if (n > SPEC_SIZE_MAX)
                return -EFBIG;

        data[n] = '\0';
        *ret = (Text) { TAKE_PTR(data), n };
        return 0;
}

int text_read(const char *path, Text *ret) {
        _cleanup_fclose_ FILE *f = NULL;
        int r;

        if (strcmp(path, "-") == 0)
                r = read_stream(stdin, ret);
        else {
                f = fopen(path, "re");
                r = f ? read_stream(f, ret) : -errno;
        }
        if (r < 0) {
                log_error("Failed to read %s: %s", path, _(file_error_message(r)));
                return CTL_FAILURE;
        }
        return CTL_OK;
}

static void overlay_warn_unreadable(const Ctl *ctl, const char *ref, int fd, const char *version) {
        _cleanup_(unreadable_done) Unreadable unreadable = {};

        if (overlay_find_unreadable(fd, &unreadable) >= 0 && unreadable.path)
                log_warning(
                        unreadable.is_directory
                                ? N_("Overlay '%s': servers can't read its directory %s; run 'chmod -R "
                                     "o+rX %s/%s%s%s'")
                                : N_("Overlay '%s': servers can't read its file %s; run 'chmod -R o+rX "
                                     "%s/%s%s%s'"),
                        ref, unreadable.path, ctl->paths->overlays_dir, ref, version ? "/" : "",
                        version ?: "");
}

void overlays_warn(const Ctl *ctl, const char *who, char *const *overlays) {
        _cleanup_close_ int overlays_fd =
                open(ctl->paths->overlays_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

        for (char *const *overlay = overlays; overlay && *overlay; overlay++) {
                _cleanup_close_ int fd = -EBADF;
                _cleanup_free_ char *version = NULL;
                int r;

                r = overlays_fd < 0 ? -ENOENT
                                    : overlay_dir_open(overlays_fd, *overlay, &fd, &version);
                if (r >= 0)
                        overlay_warn_unreadable(ctl, *overlay, fd, version);
                else if (r == -ENOENT)
                        log_warning(
                                "Overlay '%s' does not exist yet: %s can't start without it",
                                *overlay, who);
        }
}

/* Ports that the engine may not take as they are given. */
static void warn_ports(const InstanceSettings *settings) {
        for (PortRole role = PORT_GAME; role < _PORT_ROLE_MAX; role++)
                if (instance_port(settings, role) > PORT_ENGINE_MAX)
                        log_warning(
                                "%s %u of '%s' is above %d: the engine may fall back to another "
                                "port, which the server can't bind",
                                port_role_key(role), instance_port(settings, role), settings->name,
                                PORT_ENGINE_MAX);
}

/* Config lines about ports: the engine obeys, and then can't bind what the spec doesn't have. */
static void warn_config(const Spec *spec) {
        static const struct {
                const char *command, *key;
        } commands[] = {
                { "tv_enable", "sourcetv" },
                { "tv_port", "sourcetv_port" },
                { "clientport", "client_port" },
                { "hostport", "port" },
        };

        for (char **line = spec->config; line && *line; line++)
                for (size_t i = 0; i < ELEMENTSOF(commands); i++)
                        if (cfg_line_runs(*line, strlen(*line), commands[i].command) &&
                            !(i == 0 && spec->sourcetv))
                                log_warning(
                                        "The config of '%s' sets %s: the server can bind the ports "
                                        "of its spec only, so set '%s' there instead",
                                        spec->settings.name, commands[i].command, commands[i].key);
}

void instance_warn(const Ctl *ctl, const Spec *spec) {
        char who[INSTANCE_NAME_MAX + 3];

        warn_ports(&spec->settings);
        warn_config(spec);

        (void) snprintf(who, sizeof(who), "'%s'", spec->settings.name);
        overlays_warn(ctl, who, spec->overlays);
        executed_warn(ctl, spec->overlays, spec->executed);
}

static int explain_check(int error, const char *file) {
        if (error == -EINVAL)
                return CTL_INVALID_SPEC;
        (void) log_error_errno(error, "Failed to check %s", file);
        return CTL_FAILURE;
}

int instance_check(Ctl *ctl, const char *name, const char *file, const Text *text, Spec **ret) {
        _cleanup_(spec_freep) Spec *spec = NULL;
        SpecErrors errors = {};
        int r;

        r = ctl_open_specs(ctl);
        if (r != CTL_OK)
                return r;

        r = spec_parse(name, file, text->data, text->size, ctl->config, &errors, &spec);
        report(&errors);
        if (r < 0)
                return explain_check(r, file);

        /* Before anything of other servers and of blueprints is said. */
        r = actor_check_spec(ctl, name, spec);
        if (r != CTL_OK)
                return r;
        r = spec_check_against_others(&ctl->specs, spec, file, text->data, text->size, &errors);
        report(&errors);
        if (r < 0)
                return explain_check(r, file);

        r = instance_resolve(ctl, spec, file);
        if (r != CTL_OK)
                return r;
        instance_warn(ctl, spec);
        if (ret)
                *ret = TAKE_PTR(spec);
        return CTL_OK;
}

/* Whether spec.yaml in this directory has just these bytes. */
static bool is_same(int dir_fd, const Text *text) {
        FileLimits limits = { .size_max = SPEC_SIZE_MAX };
        _cleanup_free_ char *old = NULL;
        size_t size;

        return read_file_beneath(dir_fd, SPEC_FILE_NAME, &limits, &old, &size) >= 0 &&
               size == text->size && memcmp(old, text->data, size) == 0;
}

/*
 * A file that root has just made in another user's directory, and not one that was put in its place
 * meanwhile, gets the owner of that directory. The group comes by the set-group-ID bit.
 */
static int give_away(int fd, int parent_fd) {
        struct stat st, parent;

        if (geteuid() != 0)
                return 0;
        if (fstat(fd, &st) < 0 || fstat(parent_fd, &parent) < 0)
                return -errno;
        if (st.st_uid != 0)
                return st.st_uid == parent.st_uid ? 0 : -EPERM;
        if (fchown(fd, parent.st_uid, parent.st_gid) < 0 || fchmod(fd, parent.st_mode & 07777) < 0)
                return -errno;
        return 0;
}

static int finish_directory(int fd, int parent_fd) {
        int r = give_away(fd, parent_fd);

        if (r >= 0 && fsync(parent_fd) < 0)
                r = -errno;
        return r;
}

/* Operators and left4me-watch read what is in it, also when the web app makes it, whose umask would
 * leave them nothing. It may not set the set-group-ID bit later. 1: made; 0: was there. */
static int make_shared(int parent_fd, const char *name) {
        mode_t mask = umask(0027);
        int r = mkdirat(parent_fd, name, 0750) < 0 ? -errno : 1;

        (void) umask(mask);
        return r == -EEXIST ? 0 : r;
}

/* Root repairs what an earlier version of the web app made without the group's rights. */
static void repair(int fd, int parent_fd) {
        struct stat st, parent;

        if (geteuid() == 0 && fstat(fd, &st) >= 0 && fstat(parent_fd, &parent) >= 0 &&
            st.st_uid == parent.st_uid && st.st_gid == parent.st_gid)
                (void) !fchmod(fd, parent.st_mode & 07777);
}

int directory_make(int parent_fd, const char *name, int *ret) {
        _cleanup_close_ int fd = -EBADF;
        int is_new = make_shared(parent_fd, name), r;

        if (is_new < 0)
                return is_new;
        fd = open_beneath(parent_fd, name, O_RDONLY | O_DIRECTORY);
        if (fd < 0)
                return fd;

        if (is_new) {
                r = finish_directory(fd, parent_fd);
                if (r < 0) {
                        (void) unlinkat(parent_fd, name, AT_REMOVEDIR);
                        return r;
                }
        } else
                repair(fd, parent_fd);

        *ret = TAKE_FD(fd);
        return is_new;
}

/* Removes a directory that was made for a spec which then could not be written. rmdir(2) fails when
 * another process has put something into it. */
static void forget_directory(int parent_fd, const char *name, int fd) {
        (void) !server_owner_forget(fd);
        (void) unlinkat(parent_fd, name, AT_REMOVEDIR);
}

int instance_write(Ctl *ctl, const char *name, const Text *text, bool *ret_changed) {
        _cleanup_close_ int fd = -EBADF;
        bool changed = false, is_new = false;
        int r;

        r = actor_check_spec_text(ctl, name, text);
        if (r != CTL_OK)
                return r;

        r = directory_make(ctl->specs.instances_fd, name, &fd);
        if (r >= 0) {
                is_new = r > 0;
                changed = !is_same(fd, text);
                if (changed)
                        r = server_owner_note(&ctl->specs, fd, name, text->data, text->size);
                if (changed && r >= 0)
                        r = write_file_atomic(fd, SPEC_FILE_NAME, text->data, text->size, 0640);
        }
        if (r < 0) {
                if (is_new)
                        forget_directory(ctl->specs.instances_fd, name, fd);
                (void) log_error_errno(r, "Failed to write the spec of '%s'", name);
                return CTL_FAILURE;
        }

        *ret_changed = changed;
        return CTL_OK;
}
