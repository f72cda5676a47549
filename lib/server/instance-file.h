/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Small files beside the spec of a server, which say what is to be done with it. l4d2ctl and
 * left4me-when-empty write them. Each change also touches the server's directory, because the path
 * unit of left4me-when-empty watches the directory above it.
 */

#include <systemd/sd-json.h>

#include "spec/spec.h"

/* Opens the directory of an instance. -EINVAL: not a name; -ENOENT, -ENOTDIR: unknown instance. */
int instance_directory_open(const SpecContext *context, const char *name) _must_check_;

/* Only a file of root or the owner of the specs counts; errors as read_file_beneath(). */
int instance_file_load(const SpecContext *context, const char *name, const char *file, char **ret)
        _must_check_;

/* Replaces it, atomically. */
int instance_file_save(
        const SpecContext *context, const char *name, const char *file, sd_json_variant *object)
        _must_check_;

/* 1: it is removed; 0: there was none. */
int instance_file_remove(const SpecContext *context, const char *name, const char *file)
        _must_check_;

/*
 * "owner": the user of the web app who asked for it and may restart only their own servers; missing
 * or null, which is "": an admin, or a user of the host. It is checked again when it is fulfilled,
 * see server_owner_is().
 */
bool json_copy_owner(sd_json_variant *object, char ret[static INSTANCE_NAME_MAX + 1]);
int json_add_owner(sd_json_variant **object, const char *owner) _must_check_;
