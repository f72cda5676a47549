/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A part of l4d2ctl validate. */

#include <systemd/sd-json.h>

#include "common/ctl.h"

/*
 * Warns about words of a server's config that the running server does not know, or that have an
 * effect only with cheats. array: gets {server, line, word, problem} of each instead, lines from 1;
 * NULL: for people. Returns an ExitCode, CTL_FINDINGS when there are some.
 */
int validate_cvars(Ctl *ctl, const char *name, sd_json_variant **array) _must_check_;
