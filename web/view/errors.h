/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Errors of a spec or a blueprint as pages show them: with the source line and a caret below it. */

#include <systemd/sd-json.h>

#include "base/errors.h"

/* A list of {file, line, column, message, is_translated, text, caret}, in the current language;
 * text and caret may be null. */
int errors_to_model(const SpecErrors *errors, sd_json_variant **ret) _must_check_;
