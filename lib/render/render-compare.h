/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Whether systemd has what a spec asks for: what the generator left in /run at its last run is
 * compared with what it would write now. That also notices a spec changed by hand, and a program
 * that ended between writing a spec and reloading systemd.
 */

#include "base/paths.h"
#include "spec/spec.h"

/* 1: what is generated for the instance is what its spec, NULL: no spec, asks for; 0: it is not;
 * or -errno. */
int render_is_current(const Paths *paths, const char *name, const Spec *spec) _must_check_;
