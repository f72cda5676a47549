/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The server.cfg of an overlay, which the one of the instance layer hides: read from the overlay,
 * cleaned, and executed from the instance layer under a separate name. Its text is untrusted. The
 * engine must read the same text as this module: it replaces bytes that the engine can't read
 * before it checks the lines. It does not check files that this one executes; the last line of the
 * instance's server.cfg keeps them from changing rcon_password.
 */

#include <stdio.h>

#include "spec/spec.h"

#define LAYER_CFG_DIRECTORY "left4me" /* below left4dead2/cfg */
#define LAYER_CFG_SOURCE    "left4dead2/cfg/server.cfg"

enum {
        LAYER_CFG_SIZE_MAX = 256 * 1024, /* bytes */
        LAYER_CFG_NAME_MAX = sizeof("overlay-64.cfg"),
};

bool layer_cfg_is_executed(const Spec *spec, size_t overlay);

/* "overlay-N.cfg", counted in the order in which they are executed, the lowest layer is 1. */
void layer_cfg_name(const Spec *spec, size_t overlay, char ret[static LAYER_CFG_NAME_MAX]);

/* A line "exec …" for each overlay that is executed, lowest layer first. */
void layer_cfg_put_exec_lines(const Spec *spec, FILE *f);

/*
 * Reads the file below the root of an overlay without following links. -ENOENT or -ENOTDIR: it has
 * none; -EACCES: others can't read it, so the server could not either; else as read_file_beneath().
 */
int layer_cfg_read(int overlay_fd, char **ret, size_t *ret_size) _must_check_;

/* Lines that were changed: how many, and the number of the first, from 1. */
typedef struct LayerCfgNotes {
        unsigned n_passwords, first_password; /* they mention rcon_password: left out */
        unsigned n_foreign, first_foreign;    /* commands with bytes that the engine can't read */
} LayerCfgNotes;

/* The text as the server may execute it, printable ASCII; from malloc. -ENOMEM. */
int layer_cfg_clean(
        const char *text, size_t size, LayerCfgNotes *ret_notes, char **ret, size_t *ret_size)
        _must_check_;
