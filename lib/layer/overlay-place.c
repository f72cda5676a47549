/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/overlay-place.h"

#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/name.h"
#include "spec/overlay-dir.h"

void overlay_place_close(OverlayPlace *place) {
        (void) safe_close(place->fd);
        (void) safe_close(place->parent_fd);
}

/* Opens dir_fd/name, which must only hold overlays; maker: it is made when it is missing. */
static int open_group(int dir_fd, const char *name, const TreeOwner *maker) {
        _cleanup_close_ int fd =
                maker ? make_directory_for(dir_fd, name, 0755, maker->uid, maker->gid)
                      : open_beneath(dir_fd, name, O_RDONLY | O_DIRECTORY);
        int r;

        if (fd < 0)
                return fd;
        r = overlay_dir_has_content(fd);
        if (r < 0)
                return r;
        return r > 0 ? -ENOTDIR : TAKE_FD(fd);
}

int overlay_place_find_parent(
        int root_fd, const char *ref, const TreeOwner *maker, OverlayPlace *ret) {
        char name[REF_COMPONENT_MAX + 1];

        if (!ref_is_valid(ref))
                return -EINVAL;
        ret->parent_fd = openat(root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (ret->parent_fd < 0)
                return -errno;
        for (;;) {
                size_t n = strcspn(ref, "/");
                int fd;

                if (ref[n] == '\0')
                        break;
                memcpy(name, ref, n);
                name[n] = '\0';
                fd = open_group(ret->parent_fd, name, maker);
                if (fd < 0)
                        return fd;
                (void) safe_close(ret->parent_fd);
                ret->parent_fd = fd;
                ref += n + 1;
        }
        ret->name = ref;
        return 0;
}

/* A ref with all its parts is an overlay whatever lies in it. */
static bool can_hold_others(const char *ref) {
        unsigned n = 1;

        for (; *ref; ref++)
                n += *ref == '/';
        return n < REF_COMPONENTS_MAX;
}

/* 1: it is an overlay with versions, or holds one. userdata: the parts of its ref before its name.
 */
static int is_or_holds_store(int dir_fd, const char *name, void *userdata) {
        unsigned depth = 1 + *(const unsigned *) userdata;
        _cleanup_close_ int fd = -EBADF;
        int r;

        if (!ref_is_valid(name))
                return 0;
        fd = open_beneath(dir_fd, name, O_RDONLY | O_DIRECTORY);
        if (fd < 0)
                return 0; /* a file, or a directory that can't be an overlay for us */
        r = overlay_dir_has_versions(fd);
        return r == 0 && depth < REF_COMPONENTS_MAX ? each_entry(fd, is_or_holds_store, &depth) : r;
}

int overlay_place_find(int root_fd, const char *ref, OverlayPlace *ret) {
        int r;

        r = overlay_place_find_parent(root_fd, ref, NULL, ret);
        if (r < 0)
                return r;
        ret->fd = open_beneath(ret->parent_fd, ret->name, O_RDONLY | O_DIRECTORY);
        if (ret->fd < 0)
                return ret->fd;
        r = overlay_dir_has_versions(ret->fd);
        if (r != 0)
                return r;
        r = overlay_dir_is_empty(ret->fd);
        if (r != 0 || !can_hold_others(ref))
                return r < 0 ? r : 0;
        r = overlay_dir_has_content(ret->fd);
        if (r <= 0)
                return r < 0 ? r : -EISDIR;
        /* A file beside an overlay hides it from lists. */
        r = each_entry(ret->fd, is_or_holds_store, &(unsigned) { 1 });
        return r < 0 ? r : r > 0 ? -EISDIR : 0;
}
