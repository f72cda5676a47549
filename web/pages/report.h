/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Reads facts of the host that the web app's sandbox hides: left4me-report@NAME.service examines
 * them and leaves a report in /run/left4me/reports/NAME.json.
 */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-json.h>

#include "base/cleanup.h"
#include "base/paths.h"

/*
 * *ret_usec: when it was made, CLOCK_REALTIME. -ENOENT: it never was, since the host started; -EIO:
 * it is being written, or damaged; or what read_file_beneath() refuses.
 */
int report_read(const Paths *paths, const char *name, sd_json_variant **ret, uint64_t *ret_usec)
        _must_check_;
