/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The steps of left4me-install.service. begin, commit and end run as root, outside of the sandbox,
 * and do what they do in the installation as its owner; run is the job itself, in the sandbox. Each
 * returns an exit status and has said what went wrong.
 */

#include "base/identity.h"
#include "base/paths.h"
#include "content/install-job.h"
#include "spec/config.h"

typedef struct Install {
        Paths *paths;
        HostConfig *config;
        InstallAction action;
} Install;

/* ExecStartPre=: makes the tree of the new version, and tells the other steps what to do. A
 * rollback ends with it. */
int install_begin(Install *install) _must_check_;

/* Leaves the settings of the step in the sandbox in run_dir/install/NAME. */
int install_write_environment(const Install *install, const char *name) _must_check_;

/* ExecStart=: runs steamcmd, looks at what it made, keeps its client library. */
int install_run(Install *install) _must_check_;

/* ExecStartPost=: makes the tree a version, and removes old ones. */
int install_commit(Install *install) _must_check_;

/* ExecStopPost=: removes what can't be gone on with. */
int install_end(Install *install) _must_check_;

/* Whether the action is one that makes a version. */
static inline bool install_makes_version(const Install *install) {
        return install->action == INSTALL_UPDATE || install->action == INSTALL_VALIDATE;
}

/* The absolute path of the tree of the new version, from malloc; NULL: out of memory. */
char *install_tree_path(const Install *install);

/* Sets the status of the unit, which systemctl shows, and l4d2ctl as its progress. */
void install_status(const char *format, ...) _printf_(1, 2);
