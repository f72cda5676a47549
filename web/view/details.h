/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The lines that explain why an action failed. `l4d2ctl --errors=json` writes messages, which are
 * said in the current language, one with a place in a file with its source line and a caret; a line
 * that is not such a message, of another program for example, stays as it is.
 */

#include <systemd/sd-json.h>

#include "base/cleanup.h"

/* A text as an array of its lines, without an empty last one; NULL: none. */
int details_to_model(const char *text, sd_json_variant **ret) _must_check_;
