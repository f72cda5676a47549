/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "overlay/mount.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/file.h"
#include "base/log.h"
#include "layer/layer.h"
#include "common/log-spec-errors.h"
#include "overlay/cfg.h"
#include "overlay/layers.h"
#include "overlay/record.h"
#include "overlay/runtime.h"
#include "overlay/takedown.h"
#include "overlay/view.h"
#include "render/digest.h"
#include "render/render-compare.h"
#include "spec/blueprint.h"
#include "spec/config.h"
#include "spec/spec.h"

/* A version is removed only after another became current, so a second attempt finds that one. */
enum { MOUNT_ATTEMPTS_MAX = 3 };

static int load_config(const Paths *paths, HostConfig **ret) {
        _cleanup_(spec_errors_clear) SpecErrors errors = {};
        int r;

        r = host_config_load(paths, &errors, ret);
        if (r < 0)
                return log_error_errno(r, "Failed to read %s", paths->config_file);

        log_spec_errors(LOG_WARNING, &errors);
        return 0;
}

static int load_spec(const Overlay *o, const HostConfig *config, Spec **ret) {
        _cleanup_(spec_context_close) SpecContext context = { .instances_fd = -EBADF };
        _cleanup_(spec_errors_clear) SpecErrors errors = {};
        _cleanup_(spec_freep) Spec *spec = NULL;
        int r;

        r = spec_context_open(o->paths, config, &context);
        if (r < 0)
                return log_error_errno(r, "Failed to open %s", o->paths->instances_dir);

        r = spec_load(&context, o->name, &errors, &spec);
        if (r >= 0)
                r = blueprint_resolve(o->paths, spec, NULL, &errors);
        /* Its lines may be for other people than those who see why a server doesn't start. */
        if (spec_errors_any(&errors))
                log_error(
                        "Failed to mount %s: its spec has errors, see \"l4d2ctl validate %s\"",
                        o->merged, o->name);
        log_spec_errors(LOG_ERR, &errors);
        if (r < 0 && !spec_errors_any(&errors) && spec)
                log_error_errno(
                        r, "Failed to read %s/%s/spec.yaml or its blueprint %s",
                        o->paths->instances_dir, o->name, spec->blueprint);
        else if (r < 0 && !spec_errors_any(&errors))
                log_error_errno(
                        r, "Failed to read %s/%s/spec.yaml", o->paths->instances_dir, o->name);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(spec);
        return 0;
}

static int write_layer(
        const Overlay *o, const Spec *spec, const HostConfig *config, const LayerStack *stack) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        r = overlay_remove_layer(o);
        if (r < 0)
                return r;

        if (mkdirat(o->layers_fd, o->name, 0700) < 0)
                return log_error_errno(-errno, "Failed to create %s", o->layer);

        fd = open_beneath(o->layers_fd, o->name, O_RDONLY | O_DIRECTORY);
        r = fd < 0 ? fd : layer_write(fd, spec, config, o->game_gid);
        if (r < 0)
                return log_error_errno(r, "Failed to write %s", o->layer);
        return executed_write(o, fd, spec, stack);
}

/* The kernel falls back to a read-only overlay when it can't use the work directory. */
static int check_writable(const Overlay *o, int mount_fd) {
        struct statvfs st;

        if (fstatvfs(mount_fd, &st) < 0)
                return log_error_errno(-errno, "Failed to examine the new overlay");
        if (st.f_flag & ST_RDONLY)
                return log_error_errno(
                        -EROFS,
                        "Failed to mount %s: the kernel cannot write to %s and made it read-only",
                        o->merged, o->work);
        return 0;
}

static int assemble(const Overlay *o, const LayerStack *stack) {
        _cleanup_close_ int merged_fd = -EBADF, mount_fd = -EBADF;
        int r;

        r = runtime_prepare(o, &merged_fd);
        if (r < 0)
                return r;

        mount_fd = view_mount(o, stack);
        if (mount_fd < 0)
                return mount_fd;

        r = check_writable(o, mount_fd);
        if (r < 0)
                return r;

        if (move_mount(
                    mount_fd, "", merged_fd, "",
                    MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
                return log_error_errno(-errno, "Failed to attach the overlay to %s", o->merged);

        return record_write(o);
}

/* The tree is made from this spec; the server's unit may be of an older one, which systemd read. */
static void note_spec(const Overlay *o, const Spec *spec, const HostConfig *config) {
        char digest[SHA256_TEXT_MAX] = "";
        int r;

        r = render_is_current(o->paths, o->name, spec);
        if (r > 0)
                r = spec_digest(spec, config, o->paths, digest);
        if (r < 0) {
                log_warning(
                        "Failed to find out whether %s is up to date: %s", o->merged, strerror(-r));
                digest[0] = '\0';
        }
        record_spec(o, digest, spec->settings.port);
}

static int mount_resolved(
        const Overlay *o, const Spec *spec, const HostConfig *config, LayerStack *stack) {
        int r;

        r = layer_stack_resolve(stack, o->paths, spec);
        if (r >= 0)
                r = record_layers(o, stack);
        if (r >= 0)
                r = write_layer(o, spec, config, stack);
        if (r < 0)
                return r;
        note_spec(o, spec, config);
        return assemble(o, stack);
}

/*
 * 0: mounted; 1: a layer was removed before the helper had noted its use, and so the mount failed
 * or must not be used.
 */
static int mount_stack(const Overlay *o, const Spec *spec, const HostConfig *config) {
        _cleanup_(layer_stack_done) LayerStack stack = {};
        int r, in_place;

        r = mount_resolved(o, spec, config, &stack);
        in_place = layer_stack_is_in_place(&stack);
        if (in_place < 0)
                return log_error_errno(in_place, "Failed to examine the layers of %s", o->merged);
        if (in_place > 0 && r >= 0)
                record_say_layers(&stack);
        return in_place == 0 ? 1 : r;
}

static int take_down_again(const Overlay *o) {
        _cleanup_(overlay_use_done) OverlayUse use = {};
        int r;

        log_notice("A version of a layer was removed meanwhile: mounting %s again", o->merged);
        r = overlay_find(o, &use);
        return r >= 0 && use.state == OVERLAY_MOUNTED ? overlay_take_down(o, use.device) : r;
}

static int mount_until_in_place(const Overlay *o, const Spec *spec, const HostConfig *config) {
        for (unsigned attempt = 0; attempt < MOUNT_ATTEMPTS_MAX; attempt++) {
                int r = mount_stack(o, spec, config);

                if (r <= 0)
                        return r;
                r = take_down_again(o);
                if (r < 0)
                        return r;
        }
        log_error("Failed to mount %s: its layers change all the time", o->merged);
        return -EAGAIN;
}

/* A mount that failed may still have become visible. */
static void forget_unless_mounted(const Overlay *o) {
        _cleanup_(overlay_use_done) OverlayUse use = {};

        if (overlay_find(o, &use) >= 0 && use.state == OVERLAY_UNMOUNTED)
                record_forget_layers(o);
}

static int mount_loaded(const Overlay *o) {
        _cleanup_(host_config_freep) HostConfig *config = NULL;
        _cleanup_(spec_freep) Spec *spec = NULL;
        int r;

        r = load_config(o->paths, &config);
        if (r < 0)
                return r;

        r = load_spec(o, config, &spec);
        if (r < 0)
                return r;

        r = mount_until_in_place(o, spec, config);
        if (r < 0) {
                /* Logs its failure; the caller returns the error of the mount. */
                (void) !record_remove(o);
                if (overlay_remove_layer(o) < 0)
                        log_warning("%s stays until the next mount removes it", o->layer);
        }
        return r;
}

static int mount_new(const Overlay *o) {
        int r = mount_loaded(o);

        if (r < 0)
                forget_unless_mounted(o);
        return r;
}

/* The tree of an earlier start shows what was written then: it is never used again. */
int overlay_mount(const Overlay *o) {
        _cleanup_(overlay_use_done) OverlayUse use = {};
        int r;

        r = overlay_find(o, &use);
        if (r < 0)
                return r;

        switch (use.state) {
        case OVERLAY_UNMOUNTED:
                return mount_new(o);

        case OVERLAY_MOUNTED:
                r = overlay_take_down(o, use.device);
                return r < 0 ? r : mount_new(o);

        case OVERLAY_ELSEWHERE:
                log_error(
                        "Failed to mount %s: its upper directory is in use by the overlay on %s",
                        o->merged, use.where);
                return -EBUSY;

        case OVERLAY_OCCUPIED:
        default:
                log_error("Failed to mount %s: something else is mounted there", o->merged);
                return -EBUSY;
        }
}

int overlay_umount(const Overlay *o) {
        _cleanup_(overlay_use_done) OverlayUse use = {};
        int r;

        r = overlay_find(o, &use);
        if (r < 0)
                return r;

        if (use.state == OVERLAY_ELSEWHERE || use.state == OVERLAY_OCCUPIED) {
                log_error(
                        "Failed to unmount %s: what is mounted on %s is not its overlay", o->merged,
                        use.where);
                return -EBUSY;
        }

        r = use.state == OVERLAY_MOUNTED ? overlay_take_down(o, use.device) : record_remove(o);
        if (r < 0)
                return r;
        record_forget_layers(o);
        return overlay_remove_layer(o);
}

int overlay_reset(const Overlay *o) {
        _cleanup_(overlay_use_done) OverlayUse use = {};
        int r;

        r = overlay_find(o, &use);
        if (r < 0)
                return r;

        if (use.state != OVERLAY_UNMOUNTED) {
                log_error(
                        "Failed to reset server %s: %s is mounted; stop the server first", o->name,
                        use.where);
                return -EBUSY;
        }

        return runtime_remove(o);
}
