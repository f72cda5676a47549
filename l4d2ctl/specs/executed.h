/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Warns about the server.cfg of overlays: the one of the instance layer hides it, unless the
 * overlay's entry says that it is executed.
 */

#include "common/ctl.h"

/*
 * Warns of overlays with a server.cfg that nothing executes, and of those that should execute one
 * that can't be used. overlays and executed are as in Spec; what the caller may not read is passed
 * over.
 */
void executed_warn(const Ctl *ctl, char *const *overlays, uint64_t executed);
