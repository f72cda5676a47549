/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/cleanup.h"

/*
 * For a step of a unit that systemd runs with full privileges ("ExecStartPre=+"): systemd 257 takes
 * the sandbox off it, but leaves it in a mount namespace with the unit's TemporaryFileSystem= and
 * BindPaths=. Joins the mount namespace of process 1, with its root as the working directory. Needs
 * a process with one thread. 0 or -errno.
 */
int join_host_mounts(void) _must_check_;
