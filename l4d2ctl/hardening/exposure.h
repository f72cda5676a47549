/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How exposed systemd-analyze rates a unit, by what its settings say. It knows nothing of what the
 * host can do; that is what hardening/controls.h is for.
 */

#include <stdbool.h>
#include <systemd/sd-json.h>

#include "base/cleanup.h"

typedef struct Exposure {
        char total[16];         /* "1.3" as systemd prints it, "" unknown */
        sd_json_variant *items; /* its own list; NULL unknown */
} Exposure;

/* Clear in any case. 0, or -errno when systemd-analyze could not be run or understood. */
int exposure_load(const char *unit, Exposure *ret) _must_check_;
void exposure_clear(Exposure *exposure);

/*
 * The items as an array of {name, field, description, set, exposure, real}: exposure in points,
 * null when it is zero; real is false for points that an i386 process earns without being held.
 */
int exposure_to_json(const Exposure *exposure, bool is_i386, sd_json_variant **ret) _must_check_;
