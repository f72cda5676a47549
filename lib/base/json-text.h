/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* JSON that others wrote. */

#include <stddef.h>
#include <systemd/sd-json.h>

#include "base/cleanup.h"

/* size bytes of text, which end with a NUL that does not count. The caller unrefs ret. -EBADMSG: it
 * is not JSON, or has a NUL; -ENOMEM. */
int json_text_parse(const char *text, size_t size, sd_json_variant **ret) _must_check_;
