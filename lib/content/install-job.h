/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How l4d2ctl and left4me-install.service understand each other. The unit's name has no room for an
 * option, so a user leaves a request before the start, and the unit takes it. Its first step, as
 * root, tells the others by the environment what to do.
 */

#include <stdint.h>

#include "base/name.h"
#include "base/paths.h"
#include "game/build-id.h"

typedef enum InstallAction {
        INSTALL_UPDATE,
        INSTALL_VALIDATE, /* the same, and steamcmd checks each file */
        INSTALL_CHECK,    /* only asks Steam whether there is an update */
        INSTALL_ROLLBACK, /* gives servers an older version; for users who may start jobs only */
        _INSTALL_ACTION_MAX,
} InstallAction;

/* "update", …; the word of the environment too. */
const char *install_action_to_string(InstallAction action);
int install_action_from_string(const char *text, InstallAction *ret) _must_check_;

typedef struct InstallRequest {
        InstallAction action;
        char version[REF_COMPONENT_MAX + 1]; /* to roll back to; "": the one before */
} InstallRequest;

/* Leaves a request for the next start, or takes back what is there when it asks for an update only.
 * -ENOENT: left4me.conf of tmpfiles.d was not applied; -EINVAL: not the name of a version. */
int install_request_write(const Paths *paths, const InstallRequest *request) _must_check_;

/* Reads and removes the request; none, or one that makes no sense, is an update. */
void install_request_take(const Paths *paths, InstallRequest *ret);

/* The environment of the unit's steps after the first. */
#define INSTALL_ENV_ACTION   "LEFT4ME_ACTION"
#define INSTALL_ENV_STEAMCMD "LEFT4ME_STEAMCMD"
#define INSTALL_ENV_ACCOUNT  "LEFT4ME_STEAM_ACCOUNT" /* "": anonymous only */

#define INSTALL_STAGE_KEY "install"

/* --- INSTALL_CHECK ------------------------------------------------------------------------------
 */

/* The answer, kept until the next check or update, or the end of the host's run. */
typedef struct InstallCheck {
        char installed[BUILD_ID_MAX]; /* build of the current version; "": unknown, or no version */
        char available[BUILD_ID_MAX]; /* that Steam offers */
        uint64_t checked;             /* µs, CLOCK_REALTIME */
} InstallCheck;

/* Opens run_dir/install/out, where the sandboxed step leaves its answers. */
int install_open_answers(const Paths *paths) _must_check_;

/* The manifest of the current version, which root's first step copies there as the owner. */
#define INSTALL_MANIFEST "manifest"

int install_check_write(int answers_fd, const InstallCheck *check) _must_check_;

/* -ENOENT: no check was made since the host started; -EBADMSG: not an answer. */
int install_check_read(const Paths *paths, InstallCheck *ret) _must_check_;
