/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Writes JSON to standard output, or with --output into a file that is replaced as a whole, so that
 * a reader never meets half of it.
 */

#include "common/ctl.h"
#include "common/terminal.h"

/* Returns an ExitCode. */
int output_json(const Ctl *ctl, sd_json_variant *v) _must_check_;
