/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Bringing systemd up to date with the specs: render-compare.h tells whether a daemon reload is
 * needed, also after an l4d2ctl that was killed between writing a spec and reloading.
 */

#include "ctl.h"

/*
 * Makes at most one daemon reload, when one of the instances needs it. An instance without a spec
 * must have nothing generated. Says when systemd did not take a spec over, and why. Returns an
 * ExitCode.
 */
int generated_update(Ctl *ctl, char *const *names, size_t n_names) _must_check_;
