/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/paths.h"

#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

/* Offsets rather than pointers, so that making and freeing walk the same table. */
static const struct {
        size_t field;
        const char *path;
} path_table[] = {
        { offsetof(Paths, config_file), "/etc/left4me/left4me.conf" },
        { offsetof(Paths, alerts_dir), "/etc/left4me/alerts.d" },
        { offsetof(Paths, state_dir), "/var/lib/left4me" },
        { offsetof(Paths, instances_dir), "/var/lib/left4me/instances" },
        { offsetof(Paths, overlays_dir), "/var/lib/left4me/overlays" },
        { offsetof(Paths, blueprints_dir), "/var/lib/left4me/blueprints" },
        { offsetof(Paths, users_dir), "/var/lib/left4me/users" },
        { offsetof(Paths, installation_dir), "/var/lib/left4me/installation" },
        { offsetof(Paths, steamclient_dir), "/var/lib/left4me/steamclient" },
        { offsetof(Paths, update_check_dir), "/var/lib/left4me/update-check" },
        { offsetof(Paths, jobs_dir), "/var/lib/left4me/jobs" },
        { offsetof(Paths, uploads_dir), "/var/lib/left4me/uploads" },
        { offsetof(Paths, workshop_cache_dir), "/var/lib/left4me/workshop_cache" },
        { offsetof(Paths, runtime_dir), "/var/lib/left4me/runtime" },
        { offsetof(Paths, run_dir), "/run/left4me" },
        { offsetof(Paths, layers_dir), "/run/left4me/layers" },
        { offsetof(Paths, trees_dir), "/run/left4me/trees" },
        { offsetof(Paths, rcon_dir), "/run/left4me/rcon" },
        { offsetof(Paths, watch_dir), "/run/left4me/watch" },
        { offsetof(Paths, players_dir), "/run/left4me/players" },
        { offsetof(Paths, avatars_dir), "/var/cache/left4me-avatar" },
        { offsetof(Paths, generator_errors), "/run/left4me/generator.errors" },
        { offsetof(Paths, reloaded), "/run/left4me/reloaded" },
        { offsetof(Paths, unit_dir), "/usr/lib/systemd/system" },
        { offsetof(Paths, profiles_dir), "/usr/lib/left4me/profiles" },
        { offsetof(Paths, recipes_dir), "/usr/share/left4me/recipes" },
        { offsetof(Paths, generator_dir), "/run/systemd/generator" },
        { offsetof(Paths, cpu_online), "/sys/devices/system/cpu/online" },
};

static char **path_field(Paths *p, size_t offset) {
        return (char **) (void *) ((char *) p + offset);
}

int paths_new(const char *root, Paths **ret) {
        _cleanup_(paths_freep) Paths *p = NULL;
        size_t length = root ? strlen(root) : 0;

        if (length > 0 && root[0] != '/')
                return -EINVAL;
        while (length > 0 && root[length - 1] == '/')
                length--;

        p = calloc(1, sizeof(*p));
        if (!p)
                return -ENOMEM;

        p->root = length > 0 ? strndup(root, length) : strdup("");
        if (!p->root)
                return -ENOMEM;

        for (size_t i = 0; i < ELEMENTSOF(path_table); i++) {
                char **field = path_field(p, path_table[i].field);

                if (asprintf(field, "%s%s", p->root, path_table[i].path) < 0) {
                        *field = NULL; /* asprintf leaves it undefined */
                        return -ENOMEM;
                }
        }

        *ret = TAKE_PTR(p);
        return 0;
}

int paths_from_environment(Paths **ret) {
        return paths_new(secure_getenv("LEFT4ME_ROOT"), ret);
}

int paths_find_symlink(const Paths *p, const char **ret_path) {
        const char *const directories[] = {
                p->state_dir, p->instances_dir,    p->overlays_dir,       p->blueprints_dir,
                p->users_dir, p->installation_dir, p->steamclient_dir,    p->runtime_dir,
                p->jobs_dir,  p->uploads_dir,      p->workshop_cache_dir, p->update_check_dir,
        };

        for (size_t i = 0; i < ELEMENTSOF(directories); i++) {
                struct stat st;

                if (lstat(directories[i], &st) < 0 || !S_ISLNK(st.st_mode))
                        continue;
                *ret_path = directories[i];
                return 1;
        }
        return 0;
}

Paths *paths_free(Paths *p) {
        if (!p)
                return NULL;
        for (size_t i = 0; i < ELEMENTSOF(path_table); i++)
                free(*path_field(p, path_table[i].field));
        free(p->root);
        free(p);
        return NULL;
}
