/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Errors of files for programs: a list of objects with file, line, column and message. */

#include <systemd/sd-json.h>

#include "base/errors.h"

int errors_to_json(const SpecErrors *errors, sd_json_variant **ret) _must_check_;
