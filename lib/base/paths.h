/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Every directory the programs use, decided in one place. Production leaves LEFT4ME_ROOT unset;
 * tests and golden trees set it and get the same layout below that directory.
 */

#include "base/cleanup.h"
#include "base/text.h"

typedef struct Paths {
        char *root;           /* "" or LEFT4ME_ROOT, without a trailing slash */
        char *config_file;    /* /etc/left4me/left4me.conf; drop-ins in left4me.conf.d beside it */
        char *alerts_dir;     /* /etc/left4me/alerts.d: commands, see alert/commands.h */
        char *state_dir;      /* /var/lib/left4me */
        char *instances_dir;  /* state_dir/instances */
        char *overlays_dir;   /* state_dir/overlays */
        char *blueprints_dir; /* state_dir/blueprints */
        char *users_dir;      /* state_dir/users */
        char *installation_dir; /* state_dir/installation */
        char *steamclient_dir;  /* state_dir/steamclient: copies of steamcmd's client library */
        char *update_check_dir; /* state_dir/update-check: what Steam said, see
                                   content/update-check.h */
        char *jobs_dir;    /* state_dir/jobs: content that jobs are making, see content/job.h */
        char *uploads_dir; /* state_dir/uploads: files that the web app takes */
        char *workshop_cache_dir; /* state_dir/workshop_cache: downloads of the Workshop */
        char *runtime_dir;        /* state_dir/runtime: upper, work and merged of each instance */
        char *run_dir;            /* /run/left4me */
        char *layers_dir;         /* run_dir/layers: instance layers of mounted instances */
        char *trees_dir;          /* run_dir/trees: which mount is an instance's tree, see
                                     layer/tree-record.h */
        char *rcon_dir;           /* run_dir/rcon: refused passwords, see query/rcon-refusal.h */
        char *watch_dir;          /* run_dir/watch: live states, see live/state.h */
        char *players_dir;        /* run_dir/players: their SteamIDs, see avatar/players.h */
        char *avatars_dir;        /* /var/cache/left4me-avatar: pictures, see avatar/cache.h */
        char *generator_errors;   /* run_dir/generator.errors */
        char *reloaded;      /* run_dir/reloaded: left4me-generator ran, for left4me-filter.path */
        char *unit_dir;      /* /usr/lib/systemd/system */
        char *profiles_dir;  /* /usr/lib/left4me/profiles */
        char *recipes_dir;   /* /usr/share/left4me/recipes: overlays to begin with */
        char *generator_dir; /* /run/systemd/generator, where drop-ins are found once written */
        char *cpu_online;    /* /sys/devices/system/cpu/online */
} Paths;

/* Reads LEFT4ME_ROOT (secure_getenv). Returns 0, -EINVAL when it is not an absolute path, or
 * -ENOMEM. */
int paths_from_environment(Paths **ret) _must_check_;

/* The same with an explicit root; "" or NULL is the real system. */
int paths_new(const char *root, Paths **ret) _must_check_;

/*
 * 1 and the path when the state directory, or one right below it, is a symbolic link, 0 when none
 * is. Units name these paths to systemd, which doesn't follow links where it waits for mounts, and
 * not everybody may see where one leads.
 */
int paths_find_symlink(const Paths *paths, const char **ret_path);

/* The message about it, to follow the path. */
#define PATHS_SYMLINK_MESSAGE \
        N_("is a symbolic link, which is not supported: mount the file system there, or use a bind mount")

Paths *paths_free(Paths *p);
DEFINE_CLEANUP(Paths *, paths_free)
