/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The key autostart, as start and stop change it with --boot: a server that a person started comes
 * back after a reboot, one that a person stopped does not.
 */

#include "common/ctl.h"

/*
 * Sets the key in the spec of name unless it says so already. Clearing it in a spec that is missing
 * or has errors is success, because such a server is not started at boot. The caller makes the
 * change known to systemd with generated_update(). Returns an ExitCode and has said what failed.
 */
int autostart_set(Ctl *ctl, const char *name, bool value) _must_check_;

/* Says which of the operands, which were just stopped, come back at boot. */
void autostart_note(Ctl *ctl);
