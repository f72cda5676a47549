/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How l4d2ctl and left4me-install.service understand each other. The unit's name has no room for an
 * option, so a user leaves a request before the start, and the unit takes it. Its first step, as
 * root, tells the others by the environment what to do.
 */

#include "base/name.h"
#include "base/paths.h"

typedef enum InstallAction {
        INSTALL_UPDATE,
        INSTALL_VALIDATE, /* the same, and steamcmd checks each file */
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
