/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The instance layer: the topmost read-only layer of a server, derived from its spec each time it
 * is mounted. It holds left4dead2/cfg/server.cfg, what that executes of overlays, motd.txt and
 * host.txt, .left4me/argv and the directories the game may
 * write to; a merged overlay directory takes owner and mode from its topmost layer, which is how
 * everything else stays unwritable for the game.
 */

#include <stddef.h>
#include <sys/types.h>

#include "spec/config.h"
#include "spec/spec.h"

#define LAYER_ARGV_PATH       ".left4me/argv"
#define LAYER_SERVER_CFG_PATH "left4dead2/cfg/server.cfg"

/*
 * The program that left4me-launch executes, in the merged tree: the server itself and not
 * srcds_run, a shell script that splits its arguments at every blank, expands wildcards in them and
 * hides crashes from systemd by restarting the server.
 */
#define LAYER_PROGRAM "./srcds_linux"

/* The server's argv, NUL after each element; from malloc. */
int layer_render_argv(const Spec *spec, char **ret, size_t *ret_size) _must_check_;

/*
 * server.cfg: a header line, the server.cfg of overlays that are executed, lowest first, a host
 * name that is made where the spec and its config set none, the config lines, the spec's hostname,
 * and rcon_password last. -EINVAL when a value can't stand between quotes. From malloc.
 */
int layer_render_server_cfg(const Spec *spec, char **ret, size_t *ret_size) _must_check_;

/*
 * Puts the server.cfg of spec->overlays[overlay], as layer_cfg_clean() made it, where server.cfg
 * executes it. After layer_write().
 */
int layer_write_executed(
        int dir_fd, const Spec *spec, size_t overlay, const char *text, size_t size, gid_t game_gid)
        _must_check_;

/* Fills the empty directory dir_fd. game_gid is the group of left4me-game. */
int layer_write(int dir_fd, const Spec *spec, const HostConfig *config, gid_t game_gid)
        _must_check_;
