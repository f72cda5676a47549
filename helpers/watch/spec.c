/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The watcher's view of a spec, read again only when its file has changed: to parse fifty specs
 * every ten seconds would cost more than all questions. */

#include "watch/watch.h"

#include <sys/stat.h>

#include "base/log.h"
#include "layer/tree-record.h"
#include "server/spec.h"

static void take_mark(const Watched *watched, FileMark *ret) {
        char path[INSTANCE_NAME_MAX + sizeof("/" SPEC_FILE_NAME)];
        struct stat st;

        *ret = (FileMark) {};
        (void) snprintf(path, sizeof(path), "%s/" SPEC_FILE_NAME, watched->name);
        if (fstatat(watched->watch->specs.instances_fd, path, &st, AT_SYMLINK_NOFOLLOW) >= 0)
                *ret = (FileMark) { st.st_ino, st.st_size, st.st_mtim };
}

static bool is_same(const FileMark *a, const FileMark *b) {
        return a->inode == b->inode && a->size == b->size &&
               a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

/* A connection that works stays: the server has the password that it started with. */
static void open_console(Watched *watched, const Spec *spec) {
        int r;

        if (watched->console)
                return;
        r = spec ? console_open(watched->watch->paths, spec, &watched->unit, &watched->console)
                 : -ENOKEY;
        watched->rcon_error = r;
        watched->may_ask = r < 0 && r != -EACCES && r != -ENOKEY;
}

void watched_read_spec(Watched *watched) {
        ServerSpec spec = {};
        FileMark mark;
        int r;

        /* Not there yet when the server had just started. */
        if (watched->unit.tree_port == 0)
                unit_state_read_tree(&watched->unit, watched->watch->paths, watched->name);
        take_mark(watched, &mark);
        if (is_same(&mark, &watched->spec_mark) && !watched->may_ask)
                return;
        watched->spec_mark = mark;
        watched->may_ask = false;
        r = server_spec_load(&watched->watch->specs, watched->name, NULL, &spec);
        if (r < 0)
                (void) log_error_errno(r, "Failed to load the spec of '%s'", watched->name);
        else if (spec.spec) {
                if (!watched->has_tick_rate)
                        watched->tick_rate = tick_rate_of(spec.spec->arguments);
                watched->has_tick_rate = true;
                watched->on_hang = spec.spec->on_hang;
        }
        open_console(watched, r < 0 ? NULL : spec.spec);
        server_spec_clear(&spec);
}
