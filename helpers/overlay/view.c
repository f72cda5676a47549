/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "overlay/view.h"

#include <fcntl.h>
#include <libmount/libmount.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/log.h"

typedef struct View {
        const Overlay *overlay;
        const LayerStack *stack;
        int trees[SPEC_OVERLAYS_MAX + 1]; /* detached clones of the stack's directories */
        size_t n_trees;
        int result; /* a detached mount, or -errno once it has been logged */
} View;

static int copy_mount(int dir_fd, const char *path) {
        int fd = open_tree(
                dir_fd, path,
                OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_NO_AUTOMOUNT);

        return fd < 0 ? -errno : fd;
}

/* While still in the host's namespace: only there may the directories be cloned. */
static int clone_layers(View *view) {
        const LayerStack *stack = view->stack;

        for (size_t i = 0; i < stack->n_items; i++) {
                int fd = copy_mount(stack->items[i].fd, "");

                if (fd < 0)
                        return log_error_errno(fd, "Failed to open %s", stack->items[i].path);
                view->trees[view->n_trees++] = fd;
        }
        return 0;
}

static int enter_namespace(void) {
        if (unshare(CLONE_NEWNS) < 0)
                return log_error_errno(-errno, "Failed to create a mount namespace");

        /* Nothing that happens here may reach the host. */
        if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
                return log_error_errno(-errno, "Failed to make the mount namespace private");
        return 0;
}

static int cover(const char *path) {
        if (mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") < 0)
                return log_error_errno(-errno, "Failed to mount a tmpfs on %s", path);
        return 0;
}

/* Every directory of path below root, which is covered by our tmpfs. */
static int make_directories(const char *path, const char *root) {
        _cleanup_free_ char *copy = strdup(path);

        if (!copy)
                return -ENOMEM;

        for (char *slash = copy + strlen(root); slash;) {
                slash = strchr(slash + 1, '/');
                if (slash)
                        *slash = '\0';
                if (mkdir(copy, 0700) < 0 && errno != EEXIST)
                        return -errno;
                if (slash)
                        *slash = '/';
        }
        return 0;
}

static int attach_layers(const View *view) {
        const Paths *paths = view->overlay->paths;
        int r;

        for (size_t i = 0; i < view->n_trees; i++) {
                const char *path = view->stack->items[i].path;
                /* The last is the installation. */
                const char *root =
                        i + 1 < view->n_trees ? paths->overlays_dir : paths->installation_dir;

                r = make_directories(path, root);
                if (r >= 0 &&
                    move_mount(view->trees[i], "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) < 0)
                        r = -errno;
                if (r < 0)
                        return log_error_errno(r, "Failed to attach %s", path);
        }
        return 0;
}

static int build_view(const View *view) {
        int r;

        r = enter_namespace();
        if (r < 0)
                return r;

        r = cover(view->overlay->paths->installation_dir);
        if (r >= 0 && view->n_trees > 1)
                r = cover(view->overlay->paths->overlays_dir);
        if (r < 0)
                return r;

        return attach_layers(view);
}

/*
 * One lowerdir+= a layer: a single list is cut at 255 bytes by the kernel. The rest is said
 * although most of it is the kernel's default, because the default is a build option:
 *   xino=off        inode numbers above 32 bits make stat() fail in an i386 program
 *   index=off       an index ties the upper directory to these very layers: ESTALE after an update
 *   metacopy=off    an upper file is whole, whatever becomes of the layers
 *   redirect_dir=nofollow   what the game left in its upper directory redirects nothing
 */
static int format_options(const View *view, char **ret) {
        const Overlay *o = view->overlay;
        _cleanup_free_ char *options = NULL;
        size_t size;
        FILE *f = open_memstream(&options, &size);

        if (!f)
                return -ENOMEM;

        (void) fputs("nosuid,nodev,xino=off,index=off,metacopy=off,redirect_dir=nofollow", f);
        (void) fprintf(f, ",lowerdir+=%s", o->layer);
        for (size_t i = 0; i < view->stack->n_items; i++)
                (void) fprintf(f, ",lowerdir+=%s", view->stack->items[i].path);
        (void) fprintf(f, ",upperdir=%s,workdir=%s", o->upper, o->work);

        if (fclose(f) != 0)
                return -ENOMEM;

        *ret = TAKE_PTR(options);
        return 0;
}

DEFINE_CLEANUP(struct libmnt_context *, mnt_free_context)

static int set_up(struct libmnt_context *context, const View *view, const char *options) {
        char source[sizeof("left4me-") + INSTANCE_NAME_MAX];
        int r;

        (void) snprintf(source, sizeof(source), "left4me-%s", view->overlay->name);

        r = mnt_context_disable_helpers(context, 1);
        if (r == 0)
                r = mnt_context_disable_canonicalize(context, 1);
        if (r == 0)
                r = mnt_context_disable_mtab(context, 1);
        if (r == 0)
                r = mnt_context_set_fstype(context, "overlay");
        if (r == 0)
                r = mnt_context_set_source(context, source);
        if (r == 0)
                r = mnt_context_set_target(context, view->overlay->merged);
        if (r == 0)
                r = mnt_context_set_options(context, options);
        return r;
}

static int mount_with_libmount(const View *view) {
        _cleanup_(mnt_free_contextp) struct libmnt_context *context = mnt_new_context();
        _cleanup_free_ char *options = NULL;
        char message[256] = "";
        int r;

        if (!context || format_options(view, &options) < 0)
                return log_error_errno(-ENOMEM, "Failed to mount %s", view->overlay->merged);

        r = set_up(context, view, options);
        if (r != 0)
                return log_error_errno(r, "Failed to mount %s", view->overlay->merged);

        r = mnt_context_mount(context);
        if (r == 0)
                return 0;

        (void) mnt_context_get_excode(context, r, message, sizeof(message));
        log_error("Failed to mount %s: %s", view->overlay->merged, message);
        r = mnt_context_get_syscall_errno(context);
        return r > 0 ? -r : -EIO;
}

static void *run_in_view(void *userdata) {
        View *view = userdata;
        int r;

        r = build_view(view);
        if (r >= 0)
                r = mount_with_libmount(view);
        if (r >= 0) {
                r = copy_mount(AT_FDCWD, view->overlay->merged);
                if (r < 0)
                        log_error_errno(r, "Failed to open %s", view->overlay->merged);
        }

        view->result = r;
        return NULL;
}

static int run_thread(View *view) {
        pthread_t thread;
        int r;

        r = clone_layers(view);
        if (r < 0)
                return r;

        r = pthread_create(&thread, NULL, run_in_view, view);
        if (r == 0)
                r = pthread_join(thread, NULL);
        if (r != 0)
                return log_error_errno(-r, "Failed to run the thread that mounts");

        return view->result;
}

int view_mount(const Overlay *overlay, const LayerStack *stack) {
        View view = { .overlay = overlay, .stack = stack };
        int r;

        r = run_thread(&view);
        for (size_t i = 0; i < view.n_trees; i++)
                safe_close(view.trees[i]);
        return r;
}
